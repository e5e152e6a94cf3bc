package dev.millrace.bench;

import com.mongodb.ReadConcern;
import com.mongodb.WriteConcern;
import com.mongodb.client.ClientSession;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoCollection;
import com.mongodb.client.model.InsertManyOptions;
import com.mongodb.client.model.UpdateOneModel;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.bson.BsonArray;
import org.bson.BsonBoolean;
import org.bson.BsonDateTime;
import org.bson.BsonDecimal128;
import org.bson.BsonDocument;
import org.bson.BsonDouble;
import org.bson.BsonInt32;
import org.bson.BsonInt64;
import org.bson.BsonNull;
import org.bson.BsonObjectId;
import org.bson.BsonString;
import org.bson.BsonTimestamp;
import org.bson.types.Decimal128;
import org.bson.types.ObjectId;

/**
 * The workload: documents such as applications keep, of some twenty fields in three shapes, with
 * nested documents, arrays, numbers of every kind, dates, and text in several scripts. The same
 * ones each time.
 */
final class Orders {
  static final String COLLECTION = "orders";

  private static final int BATCH = 1_000;

  /** In lookup runs: so many documents, updated in turn. */
  private static final int UPDATED_DOCUMENTS = 20_000;

  // 2025-01-01, so that nothing depends on the clock.
  private static final long START_MILLIS = 1_735_689_600_000L;
  private static final String[] WORDS = {
    "river",
    "mill",
    "stone",
    "Straße",
    "grain",
    "water",
    "wheel",
    "señal",
    "north",
    "harvest",
    "水車",
    "ledger",
    "invoice",
    "\"quoted\"",
    "tab\there",
    "customer",
    "pending",
    "delivered",
    "€",
    "back\\slash",
    "parcel",
    "Überweisung",
    "weight",
    "monday",
    "🚚",
    "signature",
    "ordinary"
  };

  private final Random random = new Random(42);
  private final MongoCollection<BsonDocument> collection;
  private final MongoClient client;
  private final int bytes;

  /**
   * @param bytes the size of a document, roughly; some 500 are the least
   */
  Orders(MongoClient client, String database, int bytes) {
    this.client = client;
    this.bytes = bytes;
    this.collection =
        client
            .getDatabase(database)
            .getCollection(COLLECTION, BsonDocument.class)
            .withReadConcern(ReadConcern.MAJORITY)
            .withWriteConcern(WriteConcern.W1);
  }

  /** Inserts so many, the last with majority; returns the cluster time before the first. */
  BsonTimestamp insert(long count) {
    BsonTimestamp before = now();
    insertFrom(0, count);
    return before;
  }

  /** Inserts some, then updates them so many times; returns the time between the two. */
  BsonTimestamp update(long count) {
    insertFrom(0, UPDATED_DOCUMENTS);
    BsonTimestamp before = now();
    for (long done = 0; done < count; done += BATCH) {
      List<UpdateOneModel<BsonDocument>> batch = new ArrayList<>(BATCH);
      for (long i = done; i < Math.min(count, done + BATCH); i++) {
        batch.add(
            new UpdateOneModel<>(
                new BsonDocument("_id", id(i % UPDATED_DOCUMENTS)),
                new BsonDocument(
                    "$set",
                    new BsonDocument("number", new BsonInt64(i))
                        .append("note", new BsonString(text(40))))));
      }
      concern(done + BATCH >= count).bulkWrite(batch);
    }
    return before;
  }

  private void insertFrom(long first, long count) {
    for (long done = 0; done < count; done += BATCH) {
      List<BsonDocument> batch = new ArrayList<>(BATCH);
      for (long i = done; i < Math.min(count, done + BATCH); i++) {
        batch.add(document(first + i));
      }
      concern(done + BATCH >= count).insertMany(batch, new InsertManyOptions().ordered(true));
    }
  }

  private MongoCollection<BsonDocument> concern(boolean last) {
    return last ? collection.withWriteConcern(WriteConcern.MAJORITY) : collection;
  }

  /** A cluster time that all that was written is at or before, and all that will be behind. */
  private BsonTimestamp now() {
    BsonDocument marker = new BsonDocument("ping", new BsonInt32(1));
    try (ClientSession session = client.startSession()) {
      client
          .getDatabase("bench_state")
          .getCollection("markers", BsonDocument.class)
          .withWriteConcern(WriteConcern.MAJORITY)
          .insertOne(session, marker);
      // The stream's start time is inclusive.
      return new BsonTimestamp(session.getOperationTime().getValue() + 1);
    }
  }

  /** The {@code _id} of one document, in this process: part of it is the process's own. */
  static BsonObjectId id(long n) {
    return new BsonObjectId(new ObjectId((int) (START_MILLIS / 1000 + n / 100), (int) (n % 100)));
  }

  /** What lies between the {@code _id}s of documents before the n-th and of those from it on. */
  static BsonObjectId bound(long n) {
    return new BsonObjectId(
        new ObjectId("%08x%016x".formatted((int) (START_MILLIS / 1000 + n / 100), 0L)));
  }

  /** One document. */
  BsonDocument document(long n) {
    BsonDocument document =
        new BsonDocument("_id", id(n))
            .append("number", new BsonInt64(10_000_000_000L + n))
            .append("status", new BsonString(word()))
            .append("placed", new BsonDateTime(START_MILLIS + n * 137))
            .append("version", new BsonInt32(random.nextInt(20)));
    switch ((int) (n % 3)) {
      case 0 -> order(document);
      case 1 -> customer(document);
      default -> reading(document);
    }
    // What is left of the size is one long text, as in most documents of this size.
    int left = bytes - size(document);
    return document.append("note", new BsonString(text(Math.max(10, left))));
  }

  private void order(BsonDocument document) {
    BsonArray items = new BsonArray();
    for (int i = 1 + random.nextInt(3); i > 0; i--) {
      items.add(
          new BsonDocument("sku", new BsonString(text(12)))
              .append("quantity", new BsonInt32(1 + random.nextInt(9)))
              .append("price", new BsonDecimal128(new Decimal128(random.nextInt(100_000)))));
    }
    document
        .append("customer", new BsonObjectId(new ObjectId(random.nextInt(), random.nextInt(1000))))
        .append("total", new BsonDouble(random.nextInt(1_000_000) / 100.0))
        .append("paid", BsonBoolean.valueOf(random.nextBoolean()))
        .append("items", items)
        .append("address", address())
        .append("coupon", BsonNull.VALUE);
  }

  private void customer(BsonDocument document) {
    document
        .append("name", new BsonString(text(24)))
        .append("email", new BsonString("someone" + random.nextInt(1_000_000) + "@example.com"))
        .append("address", address())
        .append("tags", new BsonArray(List.of(new BsonString(word()), new BsonString(word()))))
        .append("since", new BsonDateTime(START_MILLIS - random.nextInt()))
        .append("score", new BsonDouble(random.nextDouble()))
        .append("newsletter", BsonBoolean.valueOf(random.nextBoolean()))
        .append("referrer", BsonNull.VALUE);
  }

  private void reading(BsonDocument document) {
    BsonArray values = new BsonArray();
    for (int i = 0; i < 8; i++) {
      values.add(new BsonDouble(Math.round(random.nextDouble() * 10_000) / 100.0));
    }
    document
        .append("sensor", new BsonString(text(12)))
        .append("at", new BsonDateTime(START_MILLIS + random.nextInt()))
        .append("values", values)
        .append("unit", new BsonString("kg"))
        .append("battery", new BsonInt32(random.nextInt(100)))
        .append(
            "place",
            new BsonDocument("lat", new BsonDouble(48 + random.nextDouble()))
                .append("lon", new BsonDouble(9 + random.nextDouble())));
  }

  private BsonDocument address() {
    return new BsonDocument("street", new BsonString(text(20)))
        .append("city", new BsonString(word()))
        .append("zip", new BsonString(Integer.toString(10_000 + random.nextInt(80_000))))
        .append("country", new BsonString("DE"));
  }

  private String word() {
    return WORDS[random.nextInt(WORDS.length)];
  }

  private String text(int length) {
    StringBuilder text = new StringBuilder(length + 16);
    while (text.length() < length) {
      text.append(word()).append(' ');
    }
    return text.toString();
  }

  private static int size(BsonDocument document) {
    return new org.bson.RawBsonDocument(document, new org.bson.codecs.BsonDocumentCodec())
            .getByteBuffer()
            .remaining()
        + 12;
  }
}
