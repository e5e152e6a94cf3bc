package dev.millrace.source.mongo;

import com.mongodb.MongoCommandException;
import com.mongodb.MongoException;
import com.mongodb.ReadPreference;
import com.mongodb.client.MongoClient;
import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;
import java.time.Duration;
import org.bson.BsonBoolean;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonTimestamp;
import org.bson.BsonValue;

/**
 * What the server is, asked once before anything is built on it.
 *
 * @param version as {@code major.minor.patch}
 * @param setName the replica set's name; empty behind mongos
 * @param deployment the replica set's id; its name where the id may not be read
 * @param sessionTimeout after which the server forgets a session nobody uses
 * @param now the newest cluster time it knew
 */
public record ServerFacts(
    String version, String setName, String deployment, Duration sessionTimeout, BsonTimestamp now) {

  /** The first that shows expanded events, which carry the collection's UUID. */
  private static final int OLDEST_MAJOR = 6;

  /**
   * Asks a server that can be followed.
   *
   * @throws MillraceException {@code Fatal} in words for a standalone and for a member that was
   *     never initiated
   */
  public static ServerFacts probe(MongoClient client) {
    try {
      BsonDocument hello = admin(client, "hello");
      if (hello.getBoolean("isreplicaset", BsonBoolean.FALSE).getValue()
          && !hello.containsKey("setName")) {
        throw Failure.fatal("MR-SOURCE-UNINITIATED", uninitiated());
      }
      boolean sharded = hello.containsKey("msg");
      if (!sharded && !hello.containsKey("setName")) {
        throw Failure.fatal("MR-SOURCE-STANDALONE", MongoFailures.standalone());
      }
      String version = admin(client, "buildInfo").getString("version").getValue();
      if (Integer.parseInt(version.substring(0, version.indexOf('.'))) < OLDEST_MAJOR) {
        throw Failure.fatal(
            "MR-SOURCE-VERSION",
            "this is MongoDB %s, and Millrace follows 6.0 or newer: upgrade the server"
                .formatted(version));
      }
      String setName = sharded ? "" : hello.getString("setName").getValue();
      BsonValue minutes = hello.get("logicalSessionTimeoutMinutes");
      return new ServerFacts(
          version,
          setName,
          deployment(client, setName),
          Duration.ofMinutes(
              minutes != null && minutes.isNumber() ? minutes.asNumber().longValue() : 30),
          hello.getTimestamp("operationTime", new BsonTimestamp(0)));
    } catch (MongoException e) {
      throw MongoFailures.of(e, "asking the server what it is");
    }
  }

  /** What a member is told that was started with --replSet and never initiated. */
  static String uninitiated() {
    return "this mongod was started with --replSet but its replica set was never initiated (its log"
        + " may say \"Failed to refresh key cache\"): type in mongosh: rs.initiate(), or run"
        + " `millrace check --initiate`";
  }

  /** Whether the server splits events over 16 MB by itself. */
  boolean splitsLargeEvents() {
    String[] parts = version.split("[.-]");
    int major = Integer.parseInt(parts[0]);
    int minor = Integer.parseInt(parts[1]);
    int patch = Integer.parseInt(parts[2]);
    return major >= 7 || (major == 6 && (minor > 0 || patch >= 9));
  }

  private static String deployment(MongoClient client, String setName) {
    try {
      BsonDocument settings =
          admin(client, "replSetGetConfig")
              .getDocument("config")
              .getDocument("settings", new BsonDocument());
      return settings.containsKey("replicaSetId")
          ? settings.getObjectId("replicaSetId").getValue().toHexString()
          : setName;
    } catch (MongoCommandException notAllowed) {
      return setName;
    }
  }

  /** The primary's newest time, which is no earlier than anything a majority ever had. */
  static BsonTimestamp newest(MongoClient client) {
    return admin(client, "hello", ReadPreference.primary())
        .getTimestamp("operationTime", new BsonTimestamp(0));
  }

  private static BsonDocument admin(MongoClient client, String command) {
    return admin(client, command, ReadPreference.primaryPreferred());
  }

  private static BsonDocument admin(MongoClient client, String command, ReadPreference from) {
    return client
        .getDatabase("admin")
        .runCommand(new BsonDocument(command, new BsonInt32(1)), from, BsonDocument.class);
  }
}
