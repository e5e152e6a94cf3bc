package dev.millrace.bench;

import com.mongodb.ClientSessionOptions;
import com.mongodb.client.ClientSession;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import com.mongodb.client.MongoDatabase;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonInt64;
import org.bson.BsonString;
import org.bson.BsonTimestamp;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;

/**
 * The floor of a copy: {@code find} and {@code getMore} by so many threads, each over its part of
 * the {@code _id}s, with nothing done but counting. Or in pages instead, each a {@code find} of its
 * own behind the page before and all as of one cluster time, as a copy that can stop anywhere has
 * to.
 */
final class BareFind implements Contender {
  private static final int PAGE = 4_000;

  /** So large that a round trip costs nothing, and not so large that arrays are hard to come by. */
  private static final int BATCH = 2_000;

  private static final ClientSessionOptions PLAIN =
      ClientSessionOptions.builder().causallyConsistent(false).build();

  private final int readers;
  private final boolean paged;

  BareFind(int readers, boolean paged) {
    this.readers = readers;
    this.paged = paged;
  }

  @Override
  public void run(Course course) throws InterruptedException, ExecutionException {
    try (MongoClient client = MongoClients.create(course.mongoUri());
        ExecutorService threads = Executors.newFixedThreadPool(readers)) {
      BsonTimestamp at = paged ? present(client, course) : null;
      List<Future<Long>> parts = new ArrayList<>();
      for (int i = 0; i < readers; i++) {
        BsonValue from = i == 0 ? null : Orders.bound(course.events() * i / readers);
        BsonValue to = i == readers - 1 ? null : Orders.bound(course.events() * (i + 1) / readers);
        parts.add(
            threads.submit(() -> {
              MongoDatabase database = client.getDatabase(course.database());
              try (ClientSession session = client.startSession(PLAIN)) {
                return at == null
                    ? cursor(database, session, from, to)
                    : pages(database, session, from, to, at);
              }
            }));
      }
      long seen = 0;
      for (Future<Long> part : parts) {
        seen += part.get();
      }
      if (course.task() == Course.Task.COPY && seen != course.events()) {
        throw new IllegalStateException(
            "%,d documents instead of %,d".formatted(seen, course.events()));
      }
    }
  }

  private static BsonTimestamp present(MongoClient client, Course course) {
    try (ClientSession session = client.startSession()) {
      client
          .getDatabase(course.database())
          .runCommand(session, new BsonDocument("ping", new BsonInt32(1)));
      return session.getOperationTime();
    }
  }

  private static long cursor(
      MongoDatabase database,
      ClientSession session,
      @Nullable BsonValue from,
      @Nullable BsonValue to) {
    BsonDocument bounds = new BsonDocument();
    if (from != null) {
      bounds.append("$gte", from);
    }
    if (to != null) {
      bounds.append("$lt", to);
    }
    BsonDocument find = new BsonDocument("find", new BsonString(Orders.COLLECTION));
    if (!bounds.isEmpty()) {
      find.append("filter", new BsonDocument("_id", bounds));
    }
    // Also without bounds: what lies on the disk first cannot be gone on with after an
    // interruption.
    find.append("hint", new BsonDocument("_id", new BsonInt32(1)));
    BsonInt32 batch = new BsonInt32(BATCH);
    RawBatch reply = RawBatch.run(database, session, find.append("batchSize", batch));
    long seen = reply.count();
    BsonDocument more =
        new BsonDocument("getMore", new BsonInt64(reply.cursorId()))
            .append("collection", new BsonString(Orders.COLLECTION))
            .append("batchSize", batch);
    while (reply.cursorId() != 0) {
      reply = RawBatch.run(database, session, more);
      seen += reply.count();
    }
    return seen;
  }

  private static long pages(
      MongoDatabase database,
      ClientSession session,
      @Nullable BsonValue from,
      @Nullable BsonValue to,
      BsonTimestamp at) {
    long seen = 0;
    BsonValue after = null;
    while (true) {
      // The bound is inclusive: the last row of the page before comes first once more.
      int again = after == null ? 0 : 1;
      BsonDocument page = page(after == null ? from : after, to, PAGE + again, at);
      RawBatch rows = RawBatch.run(database, session, page);
      seen += rows.count() - again;
      if (rows.count() < PAGE + again) {
        return seen;
      }
      after = rows.lastDocument().get("_id");
    }
  }

  private static BsonDocument page(
      @Nullable BsonValue from, @Nullable BsonValue to, int rows, BsonTimestamp at) {
    BsonDocument find = new BsonDocument("find", new BsonString(Orders.COLLECTION));
    if (from != null) {
      find.append("min", new BsonDocument("_id", from));
    }
    if (to != null) {
      find.append("max", new BsonDocument("_id", to));
    }
    return find.append("hint", new BsonDocument("_id", new BsonInt32(1)))
        .append("sort", new BsonDocument("_id", new BsonInt32(1)))
        .append("limit", new BsonInt32(rows))
        .append("batchSize", new BsonInt32(rows))
        .append(
            "readConcern",
            new BsonDocument("level", new BsonString("snapshot")).append("atClusterTime", at));
  }
}
