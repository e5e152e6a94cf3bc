package dev.millrace.relay;

import static org.assertj.core.api.Assertions.assertThat;

import com.mongodb.client.ChangeStreamIterable;
import com.mongodb.client.MongoChangeStreamCursor;
import com.mongodb.client.model.Updates;
import com.mongodb.client.model.changestream.ChangeStreamDocument;
import dev.millrace.lab.Comparison;
import dev.millrace.lab.MongoServers;
import dev.millrace.lab.NatsServer;
import dev.millrace.lab.SinkImage;
import dev.millrace.lab.Workload;
import io.nats.client.Connection;
import io.nats.client.JetStreamManagement;
import io.nats.client.Nats;
import io.nats.client.api.DiscardPolicy;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.impl.Headers;
import io.nats.client.impl.NatsMessage;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonObjectId;
import org.bson.BsonString;
import org.bson.types.ObjectId;
import org.junit.jupiter.api.Test;

/** What Millrace is refused, and what it refuses: in words, with nothing skipped. */
class RelayRefusalTest extends RelayFixture {
  private static final String SECRET = "hunter2secret";

  private void assertStopped(Relay relay, String code) {
    assertThat(relay.awaitStopped()).startsWith(code + ": ");
    assertThat(relay.isAlive()).isTrue();
    assertThat(relay.said().lines().filter(line -> line.contains("ERROR"))).hasSize(1);
  }

  private void assertKeepsTheSecret(Relay relay) throws Exception {
    assertThat(relay.stdouts()).allSatisfy(it -> assertThat(it).doesNotContain(SECRET));
    assertThat(relay.stderrs()).allSatisfy(it -> assertThat(it).doesNotContain(SECRET));
    assertThat(relay.pipelines().toString()).doesNotContain(SECRET);
  }

  /** Three pipelines, each refused for itself: the process and the others live on. */
  @Test
  void saysThatALoginIsWrongAndKeepsTheSecret() throws Exception {
    MongoServers closed = keep(MongoServers.builder().auth().start());
    NatsServer closedNats = keep(NatsServer.builder().user("app", "right").start());
    // Only reading: the position can be kept nowhere.
    closed.runOnPrimary(
        BsonDocument.parse(
            "{createUser: 'reader', pwd: '%s', roles: [{role: 'read', db: '%s'}]}"
                .formatted(SECRET, database)));
    Relay relay =
        relay(
            "logins",
            pipeline("mongo", closed.uri("root", SECRET, ""), nats().url()),
            pipeline(
                "nats", mongo().uri(), "nats://app:" + SECRET + "@127.0.0.1:" + closedNats.port()),
            pipeline("reader", closed.uri("reader", SECRET, ""), nats().url()));
    relay.start();
    relay.awaitState("stopped");
    assertThat(relay.detail(0)).startsWith("MR-SOURCE-CREDENTIALS: ");
    assertThat(relay.detail(1)).startsWith("MR-NATS-CREDENTIALS: ");
    assertThat(relay.detail(2)).startsWith("MR-SOURCE-PRIVILEGE: ");
    assertThat(relay.isAlive()).isTrue();
    assertThat(relay.said().lines().filter(line -> line.contains("ERROR"))).hasSize(3);
    assertKeepsTheSecret(relay);
  }

  @Test
  void saysThatASecretThatServersDoNotAnswerToIsOne() throws Exception {
    Relay relay =
        relay(
            "silent",
            pipeline(
                "mongo",
                "mongodb://root:" + SECRET + "@127.0.0.1:1/?serverSelectionTimeoutMS=300",
                nats().url()),
            pipeline("nats", mongo().uri(), "nats://app:" + SECRET + "@127.0.0.1:1"));
    relay.start();
    relay.awaitSaid("pipeline mongo: retrying: MR-SOURCE-UNAVAILABLE");
    relay.awaitSaid("pipeline nats: retrying: MR-NATS-UNREACHABLE");
    assertKeepsTheSecret(relay);
  }

  private String pipeline(String name, String source, String sink) {
    return "{name: %s, source: {uri: '%s', database: %s}, sink: {type: nats, url: '%s', stream: %s}}"
        .formatted(name, source, database, sink, stream + "_" + name);
  }

  @Test
  void refusesTokensThatAreNone() {
    Map<String, String> variables = variables();
    Relay relay = relay();
    relay.run();
    String position = relay.pipeline(0).path("position").asString("");

    Said said = millrace(variables, "position", "set", "--now");
    assertThat(said.code()).isEqualTo(3);
    assertThat(said.err()).startsWith("MR-RUNNING: ").hasLineCount(1);
    said = millrace(variables, "position", "skip");
    assertThat(said.code()).isEqualTo(3);
    relay.kill();

    said = millrace(variables, "position", "set", "--token", "nonsense");
    assertThat(said.code()).isEqualTo(2);
    assertThat(said.err()).startsWith("MR-USAGE: ").hasLineCount(1);
    // Of the form of a token, its time too, and then nonsense.
    String nonsense = position.substring(0, 18) + "DEADBEEFDEADBEEF";
    said = millrace(variables, "position", "set", "--token", nonsense);
    assertThat(said.code()).as(said.toString()).isEqualTo(1);
    assertThat(said.err()).startsWith("MR-POSITION-INVALID: ").hasLineCount(1);
    // A time that this deployment has not seen.
    said = millrace(variables, "position", "set", "--token", "82F" + position.substring(3));
    assertThat(said.code()).isEqualTo(1);
    assertThat(said.err()).startsWith("MR-POSITION-FUTURE: ").hasLineCount(1);

    for (String stored : List.of("nonsense", nonsense)) {
      collection(TOKENS)
          .updateOne(
              new BsonDocument("_id", new BsonString(stream)),
              Updates.set("checkpoint.token._data", stored));
      relay.start();
      assertStopped(
          relay, stored.equals("nonsense") ? "MR-STATE-UNREADABLE" : "MR-POSITION-INVALID");
      relay.kill();
    }

    insert("a", 1, 5);
    said = millrace(variables, "position", "set", "--token", position);
    assertThat(said.code()).as(said.err()).isZero();
    relay.run();
    settle(relay);
    assertStreamIsRight();
  }

  @Test
  void stopsAtAMessageThatNatsDoesNotTakeUntilItIsSkipped() {
    Relay relay = relay();
    relay.run();
    insert("a", 1, 5);
    collection("a")
        .insertOne(
            new BsonDocument("_id", new BsonString("large"))
                .append("text", new BsonString("x".repeat(2 << 20))));
    insert("a", 6, 10);
    assertStopped(relay, "MR-NATS-TOO-LARGE");
    assertThat(relay.detail()).contains("large", database + ".a", "position skip");
    assertThat(size(streamImage(nats(), stream), "a")).isEqualTo(5);
    relay.terminate();
    // Nothing but a person passes it.
    relay.start();
    assertStopped(relay, "MR-NATS-TOO-LARGE");
    Said said = millrace(variables(), "position", "skip");
    assertThat(said.code()).isEqualTo(3);
    relay.terminate();
    assertThat(size(streamImage(nats(), stream), "a")).isEqualTo(5);

    said = millrace(variables(), "position", "skip");
    assertThat(said.code()).as(said.err()).isZero();
    assertThat(said.out()).startsWith("skipped     insert in " + database + ".a, _id \"large\"\n");
    relay.run();
    settle(relay);
    Comparison found = compare(streamImage(nats(), stream));
    assertThat(found.examples()).containsExactly("missing " + database + ".a \"large\"");
    assertThat(found.duplicates() + found.outOfOrder()).isZero();
  }

  @Test
  void skipsWhatItStoppedAtAlsoWhenTheStoredPositionLags() {
    Relay relay = relay();
    relay.run();
    refusePositions();
    try {
      insert("a", 1, 5);
      collection("a")
          .insertOne(
              new BsonDocument("_id", new BsonString("large"))
                  .append("text", new BsonString("x".repeat(2 << 20))));
      insert("a", 6, 10);
      assertStopped(relay, "MR-NATS-TOO-LARGE");
      relay.kill();
    } finally {
      takePositions();
    }
    Said said = millrace(variables(), "position", "skip");
    assertThat(said.code()).as(said.err()).isZero();
    assertThat(said.out()).startsWith("skipped     insert in " + database + ".a, _id \"large\"\n");
    relay.run();
    settle(relay);
    Comparison found = compare(streamImage(nats(), stream));
    assertThat(found.examples()).containsExactly("missing " + database + ".a \"large\"");
    assertThat(found.duplicates() + found.outOfOrder()).isZero();
  }

  @Test
  void waitsWhileTheStreamIsFull() throws Exception {
    StreamConfiguration small =
        StreamConfiguration.builder()
            .name(stream)
            .subjects(stream + ".>")
            .maxBytes(200_000)
            .discardPolicy(DiscardPolicy.New)
            .build();
    Connection connection = keep(Nats.connect(nats().url()));
    JetStreamManagement streams = connection.jetStreamManagement();
    streams.addStream(small);
    Relay relay = relay();
    relay.run();
    CompletableFuture<Void> work =
        Workload.builder(mongo().client(), database).documents(500).build().start();
    relay.awaitSaid("retrying: MR-NATS-FULL: ");
    work.join();
    relay.until("another try", true, () -> relay.restarts() > 1);
    streams.updateStream(
        StreamConfiguration.builder(streams.getStreamInfo(stream).getConfiguration())
            .maxBytes(-1)
            .build());
    settle(relay);
    assertStreamIsRight();
  }

  @Test
  void stopsAtAStreamThatWasMadeAnewUntilTheGapIsAccepted() throws Exception {
    Relay relay = relay();
    relay.run();
    insert("a", 1, 5);
    settle(relay);
    relay.terminate();
    insert("a", 6, 10);
    Connection connection = keep(Nats.connect(nats().url()));
    connection.jetStreamManagement().deleteStream(stream);
    relay.start();
    assertStopped(relay, "MR-SINK-RESET");
    relay.terminate();

    Said said = millrace(variables(), "position", "set", "--now");
    assertThat(said.code()).as(said.err()).isZero();
    relay.run();
    insert("a", 11, 15);
    settle(relay);
    assertThat(size(streamImage(nats(), stream), "a")).isEqualTo(5);
  }

  @Test
  void waitsWhileTheTableHasNoRoom() {
    Relay relay = relay("relay", intoTable());
    // In blocks of 1 KiB; to SQLite it is a disk that fails.
    relay.wrapIn("ulimit -f 1500; exec \"$@\"");
    relay.run();
    Workload.builder(mongo().client(), database).documents(3_000).build().run();
    relay.awaitSaid("retrying: MR-SQLITE-");
    relay.until("another try", true, () -> relay.restarts() > 1);
    relay.kill();
    relay.wrapIn("exec \"$@\"");
    relay.run();
    settle(relay);
    assertTableIsRight();
  }

  /** The tokens of the events of this many inserts into a collection, in their order. */
  private List<String> tokensOf(String name, int from, int to) {
    ChangeStreamIterable<BsonDocument> watched = collection(name).watch();
    List<String> tokens = new ArrayList<>();
    try (MongoChangeStreamCursor<ChangeStreamDocument<BsonDocument>> cursor = watched.cursor()) {
      insert(name, from, to);
      while (tokens.size() <= to - from) {
        tokens.add(cursor.next().getResumeToken().getString("_data").getValue());
      }
    }
    return tokens;
  }

  private void leave(String id, String token) {
    collection(TOKENS)
        .insertOne(
            new BsonDocument("_id", new BsonObjectId(new ObjectId(id)))
                .append("value", new BsonString(token)));
  }

  @Test
  void takesOverWhereTheConnectorStood() {
    List<String> tokens = tokensOf("a", 1, 10);
    // Two of its processes in one second: its newest id is not its newest position.
    leave("000000010000000000000002", tokens.get(3));
    leave("000000010000000000000001", tokens.get(5));
    Relay relay = relay();
    relay.run();
    settle(relay);
    SinkImage image = streamImage(nats(), stream);
    assertThat(size(image, "a")).isEqualTo(4);
    relay.terminate();
    insert("a", 11, 12);
    relay.run();
    settle(relay);
    assertThat(size(streamImage(nats(), stream), "a")).isEqualTo(6);
  }

  @Test
  void believesTheStreamBeforeThePositionThatTheConnectorLeft() throws Exception {
    List<String> tokens = tokensOf("a", 1, 10);
    leave("000000010000000000000001", tokens.get(3));
    publishAsTheConnectorDid(tokens.get(6));
    Relay relay = relay();
    relay.run();
    settle(relay);
    // Its own message, three documents and the mark.
    SinkImage image = streamImage(nats(), stream);
    assertThat(size(image, "a")).isEqualTo(3 + 1);
    assertThat(image.duplicates() + image.outOfOrder()).isZero();
  }

  private void publishAsTheConnectorDid(String token) throws Exception {
    Connection connection = keep(Nats.connect(nats().url()));
    connection
        .jetStreamManagement()
        .addStream(StreamConfiguration.builder().name(stream).subjects(stream + ".>").build());
    String body =
        new BsonDocument("_id", new BsonDocument("_data", new BsonString(token)))
            .append("operationType", new BsonString("insert"))
            .append(
                "ns",
                new BsonDocument("db", new BsonString(database))
                    .append("coll", new BsonString("a")))
            .append("documentKey", new BsonDocument("_id", new BsonInt32(7)))
            .append("fullDocument", new BsonDocument("_id", new BsonInt32(7)))
            .toJson();
    connection
        .jetStream()
        .publish(
            NatsMessage.builder()
                .subject(stream + ".a.insert")
                .headers(new Headers().add("Nats-Msg-Id", token))
                .data(body, StandardCharsets.UTF_8)
                .build());
  }

  @Test
  void doesNotTakeNonsenseForThePositionThatTheConnectorLeft() {
    List<String> tokens = tokensOf("a", 1, 10);
    leave("000000010000000000000001", tokens.get(5));
    leave("000000010000000000000002", "nonsense");
    Relay relay = relay();
    relay.run();
    settle(relay);
    assertThat(size(streamImage(nats(), stream), "a")).isEqualTo(4);
  }

  @Test
  void stopsWhereAllThatTheConnectorLeftIsNonsense() {
    leave("000000010000000000000002", "nonsense");
    Relay relay = relay();
    relay.start();
    assertStopped(relay, "MR-STATE-UNREADABLE");
    relay.terminate();
    collection(TOKENS).deleteMany(new BsonDocument("value", new BsonString("nonsense")));
    relay.run();
  }

  @Test
  void saysThatAFileIsNoDatabase() throws Exception {
    Path file = Files.writeString(table(), "no database at all, ".repeat(100));
    Relay relay = relay("relay", intoTable());
    relay.start();
    assertStopped(relay, "MR-SQLITE-NOT-A-DATABASE");
    assertThat(Files.readString(file)).startsWith("no database at all");
  }
}
