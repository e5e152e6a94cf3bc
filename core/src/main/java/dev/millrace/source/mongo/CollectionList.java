package dev.millrace.source.mongo;

import com.mongodb.MongoCommandException;
import com.mongodb.ReadPreference;
import com.mongodb.client.ClientSession;
import com.mongodb.client.MongoClient;
import dev.millrace.model.ClusterTime;
import dev.millrace.model.Failure;
import dev.millrace.model.Namespace;
import dev.millrace.source.CopySource.Entry;
import dev.millrace.source.CopySource.Listing;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.bson.BsonArray;
import org.bson.BsonBoolean;
import org.bson.BsonDocument;
import org.bson.BsonInt64;
import org.bson.BsonString;
import org.bson.BsonTimestamp;

/** Looks at which collections of a scope there are; one object looks once. */
final class CollectionList {
  private static final long MAX_MILLIS = 30_000;

  private final MongoClient client;
  private final ClientSession session;
  private final Scope scope;
  private final long after;
  private final Map<Namespace, Entry> found = new LinkedHashMap<>();
  private long time;

  /**
   * @param after a server that has not come so far yet waits before it answers: one that was
   *     primary before, and does not know, would otherwise miss what came to be since
   */
  CollectionList(MongoClient client, ClientSession session, Scope scope, long after) {
    this.client = client;
    this.session = session;
    this.scope = scope;
    this.after = after;
    this.time = after;
  }

  Listing look() {
    for (String database : databases()) {
      for (BsonDocument info : collections(database)) {
        Namespace name = new Namespace(database, info.getString("name").getValue());
        if (scope.includes(name)) {
          found.put(name, entry(name, info));
        }
      }
    }
    for (Namespace name : scope.named()) {
      if (scope.includes(name)) {
        found.putIfAbsent(
            name,
            new Entry.NotCopyable("there is no such collection: followed from its first document"));
      }
    }
    return new Listing(Map.copyOf(found), time);
  }

  private List<String> databases() {
    String database = scope.database();
    if (database != null) {
      return List.of(database);
    }
    BsonDocument command =
        CopyCommands.listed("listDatabases", after, MAX_MILLIS)
            .append("nameOnly", BsonBoolean.TRUE);
    return run("admin", command).getArray("databases").stream()
        .map(listed -> listed.asDocument().getString("name").getValue())
        .filter(scope::includesDatabase)
        .toList();
  }

  private List<BsonDocument> collections(String database) {
    List<BsonDocument> infos = new ArrayList<>();
    BsonDocument command =
        CopyCommands.listed("listCollections", after, MAX_MILLIS)
            .append("cursor", new BsonDocument());
    BsonDocument cursor = listing(database, command);
    add(cursor.getArray("firstBatch"), infos);
    for (long id = id(cursor); id != 0; id = id(cursor)) {
      cursor = run(database, CopyCommands.listedNext(id)).getDocument("cursor");
      add(cursor.getArray("nextBatch"), infos);
    }
    return infos;
  }

  private BsonDocument listing(String database, BsonDocument command) {
    try {
      return run(database, command).getDocument("cursor");
    } catch (MongoCommandException e) {
      if (e.getErrorCode() != MongoFailures.UNAUTHORIZED) {
        throw e;
      }
      throw Failure.fatal(
          "MR-SOURCE-PRIVILEGE",
          ("MongoDB refuses (code 13) to list the collections of %s, without which nothing of it can be"
                  + " copied: grant the user the role `read` on %s, or listCollections as in \"The smallest"
                  + " role\" of docs/OPERATIONS.md; or copy nothing with `snapshot: never`")
              .formatted(database, database),
          e);
    }
  }

  private static long id(BsonDocument cursor) {
    return cursor.getInt64("id").getValue();
  }

  private static void add(BsonArray batch, List<BsonDocument> infos) {
    batch.forEach(info -> infos.add(info.asDocument()));
  }

  private BsonDocument run(String database, BsonDocument command) {
    BsonDocument reply =
        client
            .getDatabase(database)
            .runCommand(session, command, ReadPreference.primary(), BsonDocument.class);
    long told = reply.getTimestamp("operationTime", new BsonTimestamp(0)).getValue();
    time = ClusterTime.later(time, told);
    return reply;
  }

  private Entry entry(Namespace name, BsonDocument info) {
    BsonDocument options = info.getDocument("options", new BsonDocument());
    return switch (info.getString("type").getValue()) {
      case "collection" -> copyable(name, info, options);
      case "view" -> {
        String behind = options.getString("viewOn", new BsonString("another")).getValue();
        yield new Entry.NotCopyable(
            "a view, of which MongoDB tells no changes; name the collection behind it, %s"
                .formatted(behind));
      }
      case "timeseries" ->
          new Entry.NotCopyable("a time-series collection, of which MongoDB tells no changes");
      default ->
          new Entry.NotCopyable(
              "of the type %s, which Millrace does not know"
                  .formatted(info.getString("type").getValue()));
    };
  }

  private Entry copyable(Namespace name, BsonDocument info, BsonDocument options) {
    UUID uuid = info.getDocument("info").getBinary("uuid").asUuid();
    boolean capped = options.getBoolean("capped", BsonBoolean.FALSE).getValue();
    long rows = -1;
    long bytes = -1;
    try {
      rows = 0;
      bytes = 0;
      for (BsonDocument shard : sizes(name)) {
        rows += shard.getNumber("count", new BsonInt64(0)).longValue();
        bytes += shard.getNumber("size", new BsonInt64(0)).longValue();
      }
    } catch (MongoCommandException e) {
      // Known or not, it is copied; and if it is gone by now, the stream tells.
      if (MongoFailures.isTransient(e)) {
        throw e;
      }
      rows = -1;
      bytes = -1;
    }
    return new Entry.Copyable(uuid, !capped, rows, bytes);
  }

  private List<BsonDocument> sizes(Namespace name) {
    return client
        .getDatabase(name.database())
        .getCollection(name.collection(), BsonDocument.class)
        .withReadPreference(ReadPreference.primary())
        .aggregate(session, CopyCommands.size())
        .maxTime(MAX_MILLIS, TimeUnit.MILLISECONDS)
        .into(new ArrayList<>());
  }
}
