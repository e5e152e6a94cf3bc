package dev.millrace.source.mongo;

import static org.assertj.core.api.Assertions.assertThat;

import com.mongodb.MongoBulkWriteException;
import com.mongodb.client.MongoCollection;
import com.mongodb.client.model.InsertManyOptions;
import dev.millrace.json.CanonicalKey;
import dev.millrace.lab.EdgeValues;
import dev.millrace.model.Namespace;
import dev.millrace.source.CopySource;
import dev.millrace.source.CopySource.Chunk;
import dev.millrace.source.CopySource.Entry;
import dev.millrace.source.CopySource.Outcome;
import dev.millrace.source.CopySource.Span;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.bson.BsonBinary;
import org.bson.BsonBoolean;
import org.bson.BsonDateTime;
import org.bson.BsonDecimal128;
import org.bson.BsonDocument;
import org.bson.BsonDouble;
import org.bson.BsonInt32;
import org.bson.BsonInt64;
import org.bson.BsonJavaScript;
import org.bson.BsonMaxKey;
import org.bson.BsonMinKey;
import org.bson.BsonObjectId;
import org.bson.BsonString;
import org.bson.BsonTimestamp;
import org.bson.BsonValue;
import org.bson.types.Decimal128;
import org.bson.types.ObjectId;
import org.jspecify.annotations.Nullable;

/** One collection as a test copies it. */
record Copying(CopySource source, Namespace namespace, Entry.Copyable facts) {
  static final Span ALL = new Span(null, null, null);

  /** The collection as a listing has it now. */
  static Copying of(CopySource source, Namespace namespace) {
    Entry entry = source.list(source.now()).collections().get(namespace);
    assertThat(entry).isInstanceOf(Entry.Copyable.class);
    return new Copying(source, namespace, (Entry.Copyable) entry);
  }

  Outcome read(Span span, long at, int rows) {
    return read(span, at, facts.exact(), rows);
  }

  Outcome read(Span span, long at, boolean exact, int rows) {
    return source.read(new Chunk(namespace, facts.uuid(), span, at, exact, rows));
  }

  Outcome.Rows rows(Span span, long at, int rows) {
    Outcome outcome = read(span, at, rows);
    assertThat(outcome).as("%s", span).isInstanceOf(Outcome.Rows.class);
    return (Outcome.Rows) outcome;
  }

  /** The canonical keys of a chunk, in its order. */
  static List<String> keys(Outcome outcome) {
    List<String> keys = new ArrayList<>();
    for (CopySource.Row row : ((Outcome.Rows) outcome).rows()) {
      keys.add(CanonicalKey.of(row.id()));
      assertThat(key(row.document().toDocument())).isEqualTo(keys.get(keys.size() - 1));
    }
    assertThat(keys).hasSize(((Outcome.Rows) outcome).count());
    return keys;
  }

  private static String key(BsonDocument document) {
    return CanonicalKey.of(Objects.requireNonNull(document.get("_id")));
  }

  /** The keys of each of so many ranges, read in chunks of so many rows. */
  List<List<String>> ranges(int parts, int rows) {
    List<@Nullable BsonValue> bounds = new ArrayList<>();
    bounds.add(null);
    bounds.addAll(source.cuts(namespace, ALL, parts));
    bounds.add(null);
    long at = source.now();
    List<List<String>> ranges = new ArrayList<>();
    for (int i = 1; i < bounds.size(); i++) {
      ranges.add(all(new Span(null, bounds.get(i - 1), bounds.get(i)), at, rows));
    }
    return ranges;
  }

  /** The keys of a span, read in chunks of so many rows. */
  List<String> all(Span span, long at, int rows) {
    List<String> keys = new ArrayList<>();
    BsonValue after = span.after();
    boolean complete = false;
    while (!complete) {
      Outcome.Rows chunk = rows(new Span(after, span.from(), span.to()), at, rows);
      keys.addAll(keys(chunk));
      complete = chunk.complete();
      after = chunk.last() == null ? after : chunk.last();
      assertThat(facts.exact() ? chunk.readAt() == at : chunk.readAt() >= at).isTrue();
    }
    return keys;
  }

  /** About so many ids of twelve types and more, all edges among them, in no order. */
  static List<BsonValue> mixedIds(int count, long seed) {
    Random random = new Random(seed);
    List<BsonValue> ids = new ArrayList<>(EdgeValues.ids());
    ids.add(new BsonMinKey());
    ids.add(new BsonMaxKey());
    while (ids.size() < count) {
      ids.add(id(random, ids.size() % 12));
    }
    Set<String> seen = new TreeSet<>();
    ids.removeIf(id -> !seen.add(CanonicalKey.of(id)));
    Collections.shuffle(ids, random);
    return ids;
  }

  private static BsonValue id(Random random, int type) {
    byte[] bytes = new byte[12];
    random.nextBytes(bytes);
    return switch (type) {
      case 0 -> new BsonInt32(random.nextInt());
      case 1 -> new BsonInt64(random.nextLong());
      case 2 -> new BsonDouble(random.nextGaussian() * 1e9);
      case 3 -> new BsonDecimal128(Decimal128.parse(random.nextInt() + "." + random.nextInt(9999)));
      case 4 -> new BsonString("Key " + random.nextInt(1_000_000));
      case 5 -> new BsonObjectId(new ObjectId(bytes));
      case 6 -> new BsonDateTime(random.nextLong(4_000_000_000_000L));
      case 7 -> new BsonBinary(bytes);
      case 8 ->
          new BsonDocument("a", new BsonInt32(random.nextInt()))
              .append("b", BsonBoolean.valueOf(random.nextBoolean()));
      case 9 -> new BsonTimestamp(random.nextInt(Integer.MAX_VALUE), random.nextInt(99));
      case 10 -> new BsonJavaScript("f" + random.nextInt());
      default -> new BsonString(new ObjectId(bytes).toHexString());
    };
  }

  /**
   * Stores a document for each; those that the collection's collation takes for equal only once.
   */
  static void insert(MongoCollection<BsonDocument> collection, List<BsonValue> ids) {
    try {
      collection.insertMany(
          ids.stream().map(id -> new BsonDocument("_id", id)).toList(),
          new InsertManyOptions().ordered(false));
    } catch (MongoBulkWriteException e) {
      assertThat(e.getWriteErrors()).allMatch(error -> error.getCode() == 11000);
    }
  }

  /** The canonical keys that a plain scan finds. */
  static Set<String> stored(MongoCollection<BsonDocument> collection) {
    Set<String> keys = new TreeSet<>();
    collection.find().forEach(document -> keys.add(key(document)));
    return keys;
  }
}
