package dev.millrace.copy;

import com.mongodb.MongoCommandException;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoCollection;
import dev.millrace.lab.MongoServers;
import java.time.Duration;
import java.util.Objects;
import org.awaitility.Awaitility;
import org.bson.BsonBinary;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonInt64;
import org.bson.BsonString;
import org.bson.BsonTimestamp;

/** A server whose oplog is a megabyte, and what makes it forget. */
public final class Oplog {
  private Oplog() {}

  public static MongoServers small() {
    return MongoServers.builder().oplogMegabytes(1).arguments("--syncdelay", "1").start();
  }

  /** The newest entry's time, as the server's 64 bits. */
  static long newest(MongoServers servers) {
    return servers
        .runOnPrimary(new BsonDocument("hello", new BsonInt32(1)))
        .getTimestamp("operationTime")
        .getValue();
  }

  /** Writes to a database that nobody follows until this time is no longer in the oplog. */
  public static void rollPast(MongoServers servers, long time) {
    MongoClient client = servers.client();
    MongoCollection<BsonDocument> filler =
        client.getDatabase("filler").getCollection("filler", BsonDocument.class);
    byte[] bytes = new byte[200_000];
    Awaitility.await("the oplog past " + new BsonTimestamp(time))
        .atMost(Duration.ofMinutes(1))
        .pollInterval(Duration.ofMillis(1))
        .until(() -> {
          for (int i = 0; i < 10; i++) {
            filler.insertOne(new BsonDocument("bytes", new BsonBinary(bytes)));
          }
          filler.deleteMany(new BsonDocument());
          return Long.compareUnsigned(oldest(client), time) > 0;
        });
  }

  private static long oldest(MongoClient client) {
    return Objects.requireNonNull(
            client
                .getDatabase("local")
                .getCollection("oplog.rs", BsonDocument.class)
                .find()
                .sort(new BsonDocument("$natural", new BsonInt32(1)))
                .first())
        .getTimestamp("ts")
        .getValue();
  }

  /** For how many seconds collections can be read as they were. */
  static void keepPast(MongoServers servers, int seconds) {
    servers.runOnPrimary(
        new BsonDocument("setParameter", new BsonInt32(1))
            .append("minSnapshotHistoryWindowInSeconds", new BsonInt32(seconds)));
  }

  /** Waits until a collection can no longer be read as of this time (code 239). */
  static void awaitTooOld(MongoServers servers, Origin origin, String collection, long time) {
    BsonDocument find =
        new BsonDocument("find", new BsonString(collection))
            .append("limit", new BsonInt64(1))
            .append(
                "readConcern",
                new BsonDocument("level", new BsonString("snapshot"))
                    .append("atClusterTime", new BsonTimestamp(time)));
    MongoCollection<BsonDocument> filler =
        servers.client().getDatabase("filler").getCollection("filler", BsonDocument.class);
    Awaitility.await("SnapshotTooOld")
        .atMost(Duration.ofMinutes(1))
        .pollInterval(Duration.ofMillis(20))
        .until(() -> {
          filler.insertOne(new BsonDocument());
          try {
            origin.database().runCommand(find);
            return false;
          } catch (MongoCommandException e) {
            return e.getErrorCode() == 239;
          }
        });
  }
}
