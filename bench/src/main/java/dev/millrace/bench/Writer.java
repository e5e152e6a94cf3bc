package dev.millrace.bench;

import com.mongodb.WriteConcern;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoCollection;
import com.mongodb.client.model.BulkWriteOptions;
import com.mongodb.client.model.DeleteOneModel;
import com.mongodb.client.model.InsertOneModel;
import com.mongodb.client.model.UpdateOneModel;
import com.mongodb.client.model.WriteModel;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.bson.BsonDocument;
import org.bson.BsonInt64;
import org.jspecify.annotations.Nullable;

/**
 * Writes to the collection that {@link Orders} filled, at a steady rate and with majority: four
 * updates to three deletes and three inserts, which bring back what was deleted before. Every
 * document that it inserts or updates says when, for {@link MarkedSink}.
 */
final class Writer implements AutoCloseable {
  /** The field with the time, by {@link Lags#now}. */
  static final String MARK = "written";

  private static final int MOST_AT_ONCE = 500;

  /** So many are gone at any time: those that come back have been away for a while. */
  private static final int GONE = 1_000;

  private final Orders orders;
  private final MongoCollection<BsonDocument> collection;
  private final long documents;
  private final double rate;
  private final Random random = new Random(7);
  private final ArrayDeque<Long> gone = new ArrayDeque<>();
  private final Set<Long> isGone = new HashSet<>();
  private final Thread thread = new Thread(this::run, "bench-writer");
  private final long started = System.nanoTime();
  private volatile boolean stopping;
  private final AtomicLong operations = new AtomicLong();
  private volatile @Nullable RuntimeException failure;

  /**
   * Begins at once.
   *
   * @param documents how many {@code orders} inserted
   * @param rate writes per second
   */
  Writer(MongoClient client, String database, Orders orders, long documents, double rate) {
    this.orders = orders;
    this.documents = documents;
    this.rate = rate;
    this.collection =
        client
            .getDatabase(database)
            .getCollection(Orders.COLLECTION, BsonDocument.class)
            .withWriteConcern(WriteConcern.MAJORITY);
    thread.setDaemon(true);
    thread.start();
  }

  private void run() {
    try {
      while (!stopping) {
        long due = (long) ((System.nanoTime() - started) / 1e9 * rate) - operations.get();
        if (due > 0) {
          write((int) Math.min(due, MOST_AT_ONCE));
        }
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
      }
    } catch (RuntimeException e) {
      failure = e;
    }
  }

  private void write(int count) {
    List<WriteModel<BsonDocument>> batch = new ArrayList<>(count);
    BsonInt64 now = new BsonInt64(Lags.now());
    // Of one document once in a batch, which is in no order.
    Set<Long> touched = new HashSet<>();
    for (int i = 0; i < count; i++) {
      int kind = random.nextInt(10);
      if (kind < 3 && gone.size() >= Math.min(GONE, documents / 10)) {
        long back = gone.removeFirst();
        isGone.remove(back);
        touched.add(back);
        batch.add(new InsertOneModel<>(orders.document(back).append(MARK, now)));
        continue;
      }
      long any = random.nextLong(documents);
      if (isGone.contains(any) || !touched.add(any)) {
        continue;
      }
      BsonDocument one = new BsonDocument("_id", Orders.id(any));
      if (kind < 6) {
        gone.addLast(any);
        isGone.add(any);
        batch.add(new DeleteOneModel<>(one));
      } else {
        BsonDocument set =
            new BsonDocument(MARK, now).append("number", new BsonInt64(operations.get()));
        batch.add(new UpdateOneModel<>(one, new BsonDocument("$set", set)));
      }
    }
    if (!batch.isEmpty()) {
      collection.bulkWrite(batch, new BulkWriteOptions().ordered(false));
    }
    operations.addAndGet(batch.size());
  }

  /** Writes per second so far. */
  double achieved() {
    return operations.get() / ((System.nanoTime() - started) / 1e9);
  }

  /**
   * Stops; returns when the last write is acknowledged.
   *
   * @throws IllegalStateException when it had to end earlier
   */
  @Override
  public void close() {
    stopping = true;
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    RuntimeException e = failure;
    if (e != null) {
      throw new IllegalStateException("the writer failed", e);
    }
  }
}
