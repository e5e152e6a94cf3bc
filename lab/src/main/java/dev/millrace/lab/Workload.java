package dev.millrace.lab;

import com.mongodb.MongoException;
import com.mongodb.WriteConcern;
import com.mongodb.client.ClientSession;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoCollection;
import com.mongodb.client.model.DeleteOneModel;
import com.mongodb.client.model.InsertManyOptions;
import com.mongodb.client.model.InsertOneModel;
import com.mongodb.client.model.ReplaceOneModel;
import com.mongodb.client.model.UpdateOneModel;
import com.mongodb.client.model.WriteModel;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.bson.BsonDocument;
import org.bson.BsonInt64;
import org.bson.BsonString;
import org.bson.BsonValue;
import org.bson.RawBsonDocument;
import org.bson.codecs.BsonDocumentCodec;

/**
 * Writes to a database the way applications do, only with less taste: inserts, updates, replaces
 * and deletes, singly, in bulk and in transactions, of documents with every BSON type and all kinds
 * of ids. Which ones depends on the seed alone, unless the server fails in between. The database
 * must be empty of the collections it uses, and each instance runs once, on one thread; counters
 * and {@link #stop} are for any thread.
 */
public final class Workload implements Runnable {
  private static final int PRELOAD_BATCH = 500;
  private static final int FILL_BATCH_BYTES = 8_000_000;
  // Behind the length of the document, the type and the name "_id" with its end.
  private static final int ID_OFFSET = 4 + 1 + 4;

  private final WorkloadBuilder options;
  private final Random random;
  private final DocumentMaker maker;
  // A stop waits for it, so that no write is left half done.
  private final Writes writes = new Writes(() -> false);
  private final List<Target> targets = new ArrayList<>();
  private final AtomicLong operations = new AtomicLong();
  private final AtomicLong touched = new AtomicLong();
  private volatile boolean stopped;
  private long preloaded;

  /** A planned write and where it goes. */
  private record Planned(Target target, WriteModel<BsonDocument> model) {}

  /** One collection, and which of its documents exist once all that is planned is done. */
  private static final class Target {
    private final MongoCollection<BsonDocument> collection;
    private final List<BsonValue> living = new ArrayList<>();
    private final List<BsonValue> deleted = new ArrayList<>();
    private int made;

    Target(MongoCollection<BsonDocument> collection) {
      this.collection = collection;
    }
  }

  Workload(WorkloadBuilder options) {
    this.options = options;
    this.random = new Random(options.seed);
    this.maker = new DocumentMaker(random, options.documentBytes);
    for (int i = 0; i < options.collections; i++) {
      targets.add(
          new Target(
              options
                  .client
                  .getDatabase(options.database)
                  .getCollection("c" + i, BsonDocument.class)));
    }
  }

  /** Says what to write. */
  public static WorkloadBuilder builder(MongoClient client, String database) {
    return new WorkloadBuilder(client, database);
  }

  /** Runs on a thread of its own; the future fails as {@link #run} does. */
  public CompletableFuture<Void> start() {
    CompletableFuture<Void> end = new CompletableFuture<>();
    Thread.ofVirtual()
        .name("workload-" + options.database)
        .start(() -> {
          try {
            run();
            end.complete(null);
          } catch (RuntimeException | Error e) {
            end.completeExceptionally(e);
          }
        });
    return end;
  }

  /**
   * Inserts the first so many of the documents, as fast as the server takes them, and changes none.
   * To be called once, before {@link #run}, which goes on from there.
   *
   * @throws IllegalArgumentException when it is to write fewer in all
   */
  public void preload(int count) {
    if (count > options.documents) {
      throw new IllegalArgumentException(count + " of " + options.documents + " documents");
    }
    while (!stopped && made() < count) {
      Target target = targets.get(random.nextInt(targets.size()));
      List<Planned> plan = new ArrayList<>();
      for (int i = Math.min(PRELOAD_BATCH, count - made()); i > 0; i--) {
        plan.add(insert(target, maker.id(target.made)));
        target.made++;
      }
      execute(plan, false);
      operations.addAndGet(plan.size());
      touched.set(made());
    }
    preloaded = operations.get();
  }

  /**
   * Returns when all documents were written, or when it was told to stop. Goes through failovers.
   *
   * @throws MongoException when the server fails for longer than a minute or refuses a write
   */
  @Override
  public void run() {
    Pace pace = new Pace(options.rate);
    while (!stopped && (options.endless || made() < options.documents)) {
      step();
      pace.await(operations() - preloaded, () -> stopped);
    }
  }

  /** Ends {@link #run} after the step it is at. */
  public void stop() {
    stopped = true;
  }

  /** Writes acknowledged so far. */
  public long operations() {
    return operations.get();
  }

  /** Distinct documents written so far. */
  public long documentsTouched() {
    return touched.get();
  }

  private int made() {
    return targets.stream().mapToInt(target -> target.made).sum();
  }

  private void step() {
    List<Planned> plan = new ArrayList<>();
    boolean transaction = random.nextInt(100) < options.transactionPercent;
    if (transaction) {
      for (int i = 2 + random.nextInt(6); i > 0; i--) {
        plan(plan, 1);
      }
    } else {
      plan(plan, random.nextInt(10) < 3 ? 1 : 2 + random.nextInt(largestBatch() - 1));
    }
    execute(plan, transaction);
    operations.addAndGet(plan.size());
    touched.set(made());
  }

  private int largestBatch() {
    return Pace.largestBatch(options.rate, 2);
  }

  /** Adds writes of one kind to one collection, as many as the documents there allow. */
  private void plan(List<Planned> plan, int count) {
    Target target = targets.get(random.nextInt(targets.size()));
    int kind = target.living.isEmpty() ? 0 : random.nextInt(100);
    int left = options.documents - made();
    for (int i = 0; i < count; i++) {
      if (kind < 45 && left > 0) {
        plan.add(insert(target, maker.id(target.made)));
        target.made++;
        left--;
      } else if (kind < 50 && !target.deleted.isEmpty()) {
        plan.add(insert(target, take(target.deleted)));
      } else if (!target.living.isEmpty()) {
        plan.add(kind < 75 ? update(target) : kind < 88 ? replace(target) : delete(target));
      } else {
        return;
      }
    }
  }

  private Planned insert(Target target, BsonValue id) {
    target.living.add(id);
    return new Planned(target, new InsertOneModel<>(maker.document(id)));
  }

  private Planned update(Target target) {
    return new Planned(
        target, new UpdateOneModel<>(Writes.byId(any(target.living)), maker.update()));
  }

  private Planned replace(Target target) {
    BsonValue id = any(target.living);
    return new Planned(target, new ReplaceOneModel<>(Writes.byId(id), maker.document(id)));
  }

  private Planned delete(Target target) {
    BsonValue id = take(target.living);
    target.deleted.add(id);
    return new Planned(target, new DeleteOneModel<>(Writes.byId(id)));
  }

  private BsonValue any(List<BsonValue> ids) {
    return ids.get(random.nextInt(ids.size()));
  }

  /** Removes one at random without moving all behind it. */
  private BsonValue take(List<BsonValue> ids) {
    int index = random.nextInt(ids.size());
    BsonValue last = ids.removeLast();
    return index == ids.size() ? last : ids.set(index, last);
  }

  private void execute(List<Planned> plan, boolean transaction) {
    if (plan.isEmpty()) {
      return;
    }
    if (transaction) {
      try (ClientSession session = options.client.startSession()) {
        session.withTransaction(() -> {
          plan.forEach(write -> write.target.collection.bulkWrite(session, List.of(write.model)));
          return true;
        });
      }
      return;
    }
    writes.execute(plan.getFirst().target.collection, plan.stream().map(Planned::model).toList());
  }

  /**
   * Inserts many documents fast, for benchmarks: {@code _id} counts from 0 as a 64-bit number, the
   * rest is text that does not compress well. In no order, acknowledged by the primary alone.
   *
   * @param collection gets the documents; must not have any of those ids
   * @param count how many
   * @param bytes the size of each, 64 at least
   */
  public static void fill(MongoCollection<?> collection, long count, int bytes) {
    MongoCollection<RawBsonDocument> raw =
        collection.withDocumentClass(RawBsonDocument.class).withWriteConcern(WriteConcern.W1);
    byte[] template = template(bytes);
    int tail = Math.min(template.length - 64, 256) & ~7;
    Random random = new Random(bytes);
    int batch = Math.clamp(FILL_BATCH_BYTES / template.length, 1, 10_000);
    List<RawBsonDocument> documents = new ArrayList<>(batch);
    for (long id = 0; id < count; id++) {
      byte[] copy = template.clone();
      ByteBuffer.wrap(copy).order(ByteOrder.LITTLE_ENDIAN).putLong(ID_OFFSET, id);
      // Different text at the end of each, letters only.
      for (int i = copy.length - 2 - tail; i < copy.length - 2; i++) {
        copy[i] = (byte) ('a' + random.nextInt(26));
      }
      documents.add(new RawBsonDocument(copy));
      if (documents.size() == batch || id == count - 1) {
        raw.insertMany(documents, new InsertManyOptions().ordered(false));
        documents.clear();
      }
    }
  }

  private static byte[] template(int bytes) {
    int bare = bytes(0).length;
    return bytes(Math.max(0, bytes - bare));
  }

  private static byte[] bytes(int padding) {
    BsonDocument document =
        new BsonDocument("_id", new BsonInt64(0))
            .append("number", new BsonInt64(42))
            .append("pad", new BsonString("x".repeat(padding)));
    var buffer = new RawBsonDocument(document, new BsonDocumentCodec()).getByteBuffer();
    byte[] copy = new byte[buffer.remaining()];
    buffer.get(copy);
    return copy;
  }
}
