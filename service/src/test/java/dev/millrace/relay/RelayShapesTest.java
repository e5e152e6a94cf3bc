package dev.millrace.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.mongodb.MongoNamespace;
import com.mongodb.client.ClientSession;
import com.mongodb.client.MongoClient;
import com.mongodb.client.model.RenameCollectionOptions;
import com.mongodb.client.model.Sorts;
import com.mongodb.client.model.Updates;
import dev.millrace.lab.EdgeValues;
import dev.millrace.lab.MongoServers;
import dev.millrace.lab.NatsServer;
import dev.millrace.lab.Workload;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.bson.BsonArray;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonString;
import org.bson.BsonTimestamp;
import org.bson.BsonValue;
import org.bson.Document;
import org.junit.jupiter.api.Test;

/** Changes of unusual form and size, into JetStream and SQLite at once. */
class RelayShapesTest extends RelayFixture {
  private Relay relaying() {
    Relay relay = relay("relay", intoStream(), intoTable());
    relay.run();
    return relay;
  }

  @Test
  void everyTypeAsValueAndAsId() {
    Relay relay = relaying();
    List<BsonDocument> documents = new ArrayList<>();
    int number = 0;
    for (BsonValue value : EdgeValues.values()) {
      documents.add(
          new BsonDocument("_id", new BsonInt32(number++))
              .append("first", value)
              .append("in", new BsonDocument("a", new BsonArray(List.of(value, value))))
              .append("last", value));
    }
    collection("values").insertMany(documents);
    List<BsonDocument> byId = new ArrayList<>();
    for (BsonValue id : EdgeValues.ids()) {
      byId.add(new BsonDocument("_id", id).append("n", new BsonInt32(number++)));
    }
    collection("ids").insertMany(byId);
    settle(relay);
    assertStreamIsRight();
    assertTableIsRight();

    for (BsonValue value : EdgeValues.values()) {
      collection("values").updateMany(new BsonDocument(), Updates.set("changed", value));
    }
    for (BsonValue id : EdgeValues.ids()) {
      BsonDocument which = new BsonDocument("_id", new BsonDocument("$eq", id));
      collection("ids").updateOne(which, Updates.set("n", -1));
      collection("ids").replaceOne(which, new BsonDocument("of", new BsonDocument("id", id)));
    }
    settle(relay);
    assertStreamIsRight();
    assertTableIsRight();

    for (BsonValue id : EdgeValues.ids().subList(0, EdgeValues.ids().size() - 1)) {
      assertThat(
              collection("ids")
                  .deleteOne(new BsonDocument("_id", new BsonDocument("$eq", id)))
                  .getDeletedCount())
          .isOne();
    }
    settle(relay);
    assertStreamIsRight();
    assertTableIsRight();
  }

  /** With {@code -Drelay.many=200000} for long. */
  @Test
  void oneUpdateOfManyDocumentsInASmallHeap() {
    int many = Integer.getInteger("relay.many", 20_000);
    Workload.fill(collection("many"), many, 600);
    Relay relay = relaying();
    collection("many").updateMany(new BsonDocument(), Updates.set("changed", true));
    settle(relay);
    assertStreamIsRight();
    assertTableIsRight();
    assertThat(relay.restarts()).isZero();
  }

  @Test
  void anEventOverSixteenMegabytes() {
    NatsServer roomy = keep(NatsServer.builder().maxPayload(32 << 20).start());
    Relay relay = relay("relay", intoStream("stream", roomy, stream), intoTable());
    relay.run();
    insert("a", 1, 5);
    BsonDocument large = new BsonDocument("_id", new BsonString("large"));
    collection("a").insertOne(large);
    settle(relay);
    // The document and the description of what changed are nine megabytes each.
    collection("a").updateOne(large, Updates.set("text", "x".repeat(9 << 20)));
    insert("a", 6, 10);
    collection("a").updateOne(large, Updates.set("more", 1));
    settle(relay);
    assertStreamIsRight(roomy, stream);
    assertTableIsRight();
    assertThat(relay.restarts()).isZero();

    // And across a restart.
    collection("a").updateOne(large, Updates.set("text", "y".repeat(9 << 20)));
    relay.kill();
    insert("a", 11, 15);
    relay.run();
    settle(relay);
    assertStreamIsRight(roomy, stream);
    assertTableIsRight();
  }

  @Test
  void collectionsGoAndMove() {
    Relay relay = relaying();
    insert("dropped", 1, 10);
    insert("again", 1, 10);
    insert("moved", 1, 10);
    insert("onto", 1, 5);
    insert("target", 1, 20);
    collection("dropped").drop();
    collection("again").drop();
    insert("again", 5, 15);
    collection("moved").renameCollection(new MongoNamespace(database, "elsewhere"));
    insert("elsewhere", 11, 12);
    insert("moved", 100, 110);
    collection("onto")
        .renameCollection(
            new MongoNamespace(database, "target"), new RenameCollectionOptions().dropTarget(true));
    settle(relay);
    assertStreamIsRight();
    assertTableIsRight();
    relay.kill();
    collection("elsewhere").renameCollection(new MongoNamespace(database, "back"));
    collection("again").drop();
    relay.run();
    settle(relay);
    assertStreamIsRight();
    assertTableIsRight();
  }

  /** The position is kept in the very database that goes. */
  @Test
  void theDatabaseGoes() {
    Relay relay = relaying();
    insert("a", 1, 10);
    settle(relay);
    for (int i = 1; i <= 2; i++) {
      mongo().client().getDatabase(database).drop();
      insert("a", 20, 25);
      insert("b", 1, 5);
      settle(relay);
      assertStreamIsRight();
      assertTableIsRight();
    }
    // Gone while Millrace is, and with it the position.
    relay.kill();
    mongo().client().getDatabase(database).drop();
    insert("c", 1, 5);
    relay.run();
    settle(relay);
    assertStreamIsRight();
    assertTableIsRight();
  }

  @Test
  void anIdlePipelineWritesNothing() {
    MongoServers quiet =
        keep(MongoServers.builder().parameter("writePeriodicNoops", "false").start());
    var variables = variables();
    variables.put("MONGO_URI", quiet.uri(database));
    Relay relay = relay("relay", variables);
    relay.run();
    MongoClient client = quiet.client();
    BsonTimestamp last;
    try (ClientSession session = client.startSession()) {
      for (int i = 0; i < 10; i++) {
        client
            .getDatabase(database)
            .getCollection("a")
            .insertOne(session, new Document("number", i));
      }
      last = Objects.requireNonNull(session.getOperationTime());
    }
    relay.awaitSaved(last);
    // A move with nothing delivered is saved after ten seconds: those and some more.
    await()
        .during(Duration.ofSeconds(12))
        .atMost(Duration.ofSeconds(90))
        .until(new Unchanged(quiet));
  }

  /** Whether the oplog still ends where it did when last asked. */
  private static final class Unchanged implements java.util.concurrent.Callable<Boolean> {
    private final MongoServers servers;
    private BsonTimestamp last = new BsonTimestamp(0);

    Unchanged(MongoServers servers) {
      this.servers = servers;
    }

    @Override
    public Boolean call() {
      BsonTimestamp before = last;
      last =
          Objects.requireNonNull(
                  servers
                      .client()
                      .getDatabase("local")
                      .getCollection("oplog.rs", BsonDocument.class)
                      .find()
                      .sort(Sorts.descending("$natural"))
                      .first())
              .getTimestamp("ts");
      return last.equals(before);
    }
  }
}
