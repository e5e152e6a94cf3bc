package dev.millrace.relay;

import static org.assertj.core.api.Assertions.assertThat;

import com.mongodb.MongoNamespace;
import dev.millrace.lab.CollectionWorkload;
import dev.millrace.lab.Comparison;
import dev.millrace.lab.MongoServers;
import dev.millrace.model.Namespace;
import dev.millrace.sink.crate.LiveCrate;
import dev.millrace.sink.crate.NeedsCrate;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonString;
import org.junit.jupiter.api.Test;

/** {@code cdc-relay} as its users start it: by variables, on servers in every condition. */
class CdcRelayTest extends RelayFixture {
  private static final String TABLE = "cdc-testdrive";

  private final Namespace data = new Namespace(database, "data");

  /** Nobody listens there: what is wrong with MongoDB is said before that is found. */
  private Map<String, String> variables(String mongo, String crate) {
    Map<String, String> variables = new HashMap<>();
    variables.put("MONGODB_URL", mongo);
    variables.put("MONGODB_DATABASE", database);
    variables.put("CRATEDB_SQLALCHEMY_URL", crate);
    variables.put("HTTP_PORT", "0");
    return variables;
  }

  private Relay cdcRelay(LiveCrate crate, String... options) {
    return started(
        "cdc-relay",
        "cdc",
        variables(
            mongo().uri(),
            "crate://%s/?schema=%s".formatted(LiveCrate.node().getAuthority(), crate.schema())),
        options);
  }

  private Relay cdcRelay(String mongo, String name) {
    return started("cdc-relay", name, variables(mongo, "crate://127.0.0.1:1"));
  }

  private void assertEqual(LiveCrate crate) {
    Comparison found =
        Comparison.compare(
            mongo().client(), database, List.of("data"), List.of(), crate.image(data));
    assertThat(found.equal()).as("%s", found).isTrue();
    assertThat(found.documents()).isPositive();
  }

  @Test
  void aStandaloneServerIsAnsweredWithWhatToType() {
    MongoServers servers = keep(MongoServers.builder().kind(MongoServers.Kind.STANDALONE).start());
    String host = "127.0.0.1:" + servers.port(0);
    Relay relay = cdcRelay("mongodb://" + host, "standalone");
    relay.start();
    assertThat(relay.awaitStopped())
        .startsWith("MR-SOURCE-STANDALONE: ")
        .contains("40573", "--replSet rs0")
        .contains("rs.initiate({_id: \"rs0\", members: [{_id: 0, host: \"" + host + "\"}]})");
    assertThat(relay.terminate()).isEqualTo(143);
    assertThat(relay.said())
        .contains("from collection " + data + " (MongoDB at " + host + ")")
        .endsWith("stopped\n");
  }

  @Test
  void aSetThatWasNeverInitiatedIsAnsweredWithWhatToTypeAndGoneOnWithBehindThat() {
    MongoServers servers = keep(MongoServers.builder().kind(MongoServers.Kind.UNINITIATED).start());
    String initiate =
        "rs.initiate({_id: \"lab\", members: [{_id: 0, host: \"127.0.0.1:%d\"}]})"
            .formatted(servers.port(0));
    Relay direct = cdcRelay(servers.directUri(0), "direct");
    direct.start();
    assertThat(direct.awaitStopped())
        .startsWith("MR-SOURCE-UNINITIATED: ")
        .contains("Failed to refresh key cache", initiate);
    direct.close();

    Relay waiting = cdcRelay(servers.uri(), "waiting");
    waiting.start();
    waiting.awaitSaid("retrying: MR-SOURCE-UNINITIATED: ");
    assertThat(waiting.said()).contains(initiate);
    servers.run(
        0,
        new BsonDocument(
            "replSetInitiate",
            BsonDocument.parse(
                initiate.substring("rs.initiate(".length(), initiate.length() - 1))));
    // Then it wants the other server.
    waiting.awaitSaid("retrying: MR-CRATE-AWAY: ");
  }

  @Test
  @NeedsCrate
  void killedWhileAWorkloadWritesItLosesNothing() {
    LiveCrate crate = keep(new LiveCrate());
    insert("data", 1, 500);
    CollectionWorkload workload =
        CollectionWorkload.open(
            collection("data"), new CollectionWorkload.Settings(7, 400, 0, 512, 500, true));
    CompletableFuture<Void> work = workload.start();
    Relay relay = cdcRelay(crate);
    relay.run();
    for (int i = 1; i <= 3; i++) {
      relay.awaitEvents(200);
      relay.kill();
      // What happens while it is down was lost with the relay that it replaces.
      collection("data")
          .insertOne(
              new BsonDocument("_id", new BsonString("down" + i)).append("n", new BsonInt32(i)));
      collection("data").deleteOne(new BsonDocument("_id", new BsonInt32(i)));
      relay.run();
    }
    relay.awaitEvents(200);
    workload.stop();
    work.join();
    settle(relay);
    assertEqual(crate);
    assertThat(relay.terminate()).isEqualTo(143);
    assertThat(relay.said()).endsWith("stopped\n");
    assertThat(crate.tables()).contains(TABLE);
  }

  @Test
  @NeedsCrate
  void changesAloneAreFollowedWhereThatIsWished() {
    LiveCrate crate = keep(new LiveCrate());
    insert("data", 1, 5);
    Relay relay = cdcRelay(crate, "--snapshot", "never");
    relay.run();
    insert("data", 6, 8);
    settle(relay);
    assertThat(crate.image(data).size(new MongoNamespace(data.toString()))).isEqualTo(3);
    relay.terminate();
    // Who never copied begins to where he is told to.
    Relay copying = cdcRelay(crate);
    copying.run();
    awaitEqual(copying, crate);
  }

  @Test
  @NeedsCrate
  void aTableOfTheRelayInPythonIsRefusedOrSetAside() {
    LiveCrate crate = keep(new LiveCrate());
    crate.query("CREATE TABLE %s (oid TEXT, data OBJECT(DYNAMIC))".formatted(crate.quoted(TABLE)));
    crate.query(
        "INSERT INTO %s (oid, data) VALUES ('1', {\"_id\" = 1})".formatted(crate.quoted(TABLE)));
    insert("data", 1, 100);
    Relay relay = cdcRelay(crate);
    relay.start();
    assertThat(relay.awaitStopped())
        .startsWith("MR-CRATE-TABLE: ")
        .contains("--replace-table")
        .contains(
            "ALTER TABLE %s RENAME TO \"cdc-testdrive_before_millrace\";"
                .formatted(crate.quoted(TABLE)));
    relay.terminate();

    Relay replacing = cdcRelay(crate, "--replace-table");
    for (int i = 1; i <= 2; i++) {
      replacing.run();
      insert("data", 100 * i + 1, 100 * i + 10);
      settle(replacing);
      awaitEqual(replacing, crate);
      replacing.terminate();
    }
    assertThat(crate.tables()).contains(TABLE, TABLE + "_before_millrace");
    assertThat(crate.tables()).noneMatch(name -> name.endsWith("_2"));

    // Somebody's relay in Python made it once more, and there is a position by now.
    crate.query("DROP TABLE " + crate.quoted(TABLE));
    crate.query("CREATE TABLE %s (oid TEXT, data OBJECT(DYNAMIC))".formatted(crate.quoted(TABLE)));
    replacing.run();
    settle(replacing);
    awaitEqual(replacing, crate);
    assertThat(crate.tables()).contains(TABLE + "_before_millrace_2");
  }

  /** The copy goes on beside the stream. */
  private void awaitEqual(Relay relay, LiveCrate crate) {
    long there = collection("data").countDocuments();
    relay.until(
        there + " rows",
        true,
        () -> crate.image(data).size(new MongoNamespace(data.toString())) == there);
    assertEqual(crate);
  }
}
