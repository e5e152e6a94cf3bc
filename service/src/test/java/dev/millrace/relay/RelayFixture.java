package dev.millrace.relay;

import static org.assertj.core.api.Assertions.assertThat;

import com.mongodb.MongoNamespace;
import com.mongodb.WriteConcern;
import com.mongodb.client.ClientSession;
import com.mongodb.client.MongoCollection;
import dev.millrace.cli.Console;
import dev.millrace.cli.Main;
import dev.millrace.lab.Comparison;
import dev.millrace.lab.JetStreamImage;
import dev.millrace.lab.Lab;
import dev.millrace.lab.MongoServers;
import dev.millrace.lab.NatsServer;
import dev.millrace.lab.SinkImage;
import dev.millrace.lab.SqliteImage;
import dev.millrace.testing.NeedsServers;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.bson.BsonArray;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonInt64;
import org.bson.BsonString;
import org.bson.BsonTimestamp;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A database and a stream of its own for each trial, and what is asked of every trial. */
@NeedsServers
@Timeout(300)
abstract class RelayFixture {
  static final String TOKENS = "cs_resume_tokens";

  @TempDir Path folder;
  final String database = Lab.freshName("relay");
  final String stream = database;

  private final List<Relay> relays = new ArrayList<>();
  private final List<AutoCloseable> opened = new ArrayList<>();
  private int marks;

  /** What one command line printed and returned. */
  record Said(int code, String out, String err) {}

  MongoServers mongo() {
    return Lab.mongo();
  }

  NatsServer nats() {
    return Lab.nats();
  }

  Path table() {
    return folder.resolve("table.db");
  }

  @AfterEach
  void closeAll() throws Exception {
    relays.forEach(Relay::close);
    for (AutoCloseable it : opened.reversed()) {
      it.close();
    }
    relays.forEach(RelayFixture::assertSpeaksInSentences);
  }

  <T extends AutoCloseable> T keep(T it) {
    opened.add(it);
    return it;
  }

  /** Whatever happened: one line an event, no stack trace, and a code for each failure. */
  private static void assertSpeaksInSentences(Relay relay) {
    for (String said : relay.stderrs()) {
      assertThat(said.lines())
          .allSatisfy(line ->
              assertThat(line)
                  .matches("\\d{4}-\\d\\d-\\d\\dT\\S+Z (INFO |WARN |ERROR) .+")
                  .doesNotContain("MR-INTERNAL", "\tat ", "Exception", " | ", "null"));
      assertThat(said.lines().filter(line -> line.matches("\\S+ (WARN |ERROR) .*")))
          .allSatisfy(line -> assertThat(line).containsPattern("MR-[A-Z]+|stopped before"));
    }
  }

  /** The variables of the connector that Millrace replaces. */
  Map<String, String> variables() {
    Map<String, String> variables = new HashMap<>();
    variables.put("MONGO_URI", mongo().uri(database));
    variables.put("NATS_SERVER_URL", nats().url());
    variables.put("NATS_STREAM_NAME", stream);
    variables.put("HTTP_PORT", "0");
    variables.put("RAFT_CLUSTER_SIZE", "1");
    return variables;
  }

  Relay relay() {
    return relay("relay", variables());
  }

  Relay relay(String name, Map<String, String> variables, String... arguments) {
    return started("run", name, variables, arguments);
  }

  /** One that is started by another word than {@code run}. */
  Relay started(String command, String name, Map<String, String> variables, String... arguments) {
    Relay relay = new Relay(folder, name, variables, command, arguments);
    relays.add(relay);
    return relay;
  }

  /** One that has these pipelines, each from the trial's database. */
  Relay relay(String name, String... pipelines) {
    return relay(name, Map.of(), file(name, pipelines).toString());
  }

  Path file(String name, String... pipelines) {
    Path file = folder.resolve(name + ".yaml");
    try {
      Files.writeString(
          file, "http: {port: 0}\npipelines:\n  - " + String.join("\n  - ", pipelines) + "\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return file;
  }

  String intoStream() {
    return intoStream("stream", nats(), stream);
  }

  String intoStream(String name, NatsServer server, String into) {
    return pipeline(name, "{type: nats, url: '%s', stream: %s}".formatted(server.url(), into));
  }

  String intoTable() {
    return pipeline("table", "{type: sqlite, file: '%s'}".formatted(table()));
  }

  String intoStdout() {
    return pipeline("stdout", "{type: stdout}");
  }

  private String pipeline(String name, String sink) {
    return "{name: %s, source: {uri: '%s', database: %s}, sink: %s}"
        .formatted(name, mongo().uri(), database, sink);
  }

  /** Runs another command beside, as a person would. */
  Said millrace(Map<String, String> variables, String... arguments) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    Console console =
        new Console(
            variables,
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8));
    int code = Main.execute(console, arguments);
    return new Said(
        code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  MongoCollection<BsonDocument> collection(String name) {
    return mongo()
        .client()
        .getDatabase(database)
        .getCollection(name, BsonDocument.class)
        .withWriteConcern(WriteConcern.MAJORITY);
  }

  /** Inserts documents with these numbers. */
  void insert(String collection, int from, int to) {
    List<BsonDocument> documents = new ArrayList<>();
    for (int i = from; i <= to; i++) {
      documents.add(
          new BsonDocument("_id", new BsonInt32(i))
              .append("text", new BsonString("number " + i))
              .append("number", new BsonInt64(i)));
    }
    collection(collection).insertMany(documents);
  }

  /** Inserts one document more, behind all that was written; returns when it was. */
  BsonTimestamp mark() {
    try (ClientSession session = mongo().client().startSession()) {
      collection("marks").insertOne(session, new BsonDocument("_id", new BsonInt32(++marks)));
      return Objects.requireNonNull(session.getOperationTime());
    }
  }

  /** Waits until everything that was written until now is delivered. */
  void settle(Relay relay) {
    relay.awaitDelivered(mark());
  }

  /** Positions are refused from now on, with a code that passes, until {@link #takePositions}. */
  void refusePositions() {
    mongo()
        .failPoint(
            "failCommand",
            new BsonString("alwaysOn"),
            new BsonDocument("failCommands", new BsonArray(List.of(new BsonString("update"))))
                .append("namespace", new BsonString(database + "." + TOKENS))
                .append("errorCode", new BsonInt32(50)));
  }

  void takePositions() {
    mongo().failPointOff("failCommand");
  }

  SinkImage streamImage(NatsServer server, String name) {
    try {
      return JetStreamImage.read(server.url(), name);
    } catch (Exception e) {
      throw new IllegalStateException("reading stream " + name, e);
    }
  }

  SinkImage tableImage() {
    try {
      return SqliteImage.read(table());
    } catch (Exception e) {
      throw new IllegalStateException("reading " + table(), e);
    }
  }

  Comparison compare(SinkImage image) {
    return Comparison.compare(mongo().client(), database, List.of(), List.of(TOKENS), image);
  }

  /** The stream has every change exactly once and in order, and with them every document. */
  void assertStreamIsRight() {
    assertStreamIsRight(nats(), stream);
  }

  void assertStreamIsRight(NatsServer server, String name) {
    Comparison found = compare(streamImage(server, name));
    assertThat(found.exactlyOnceInOrder()).as("stream %s: %s", name, found).isTrue();
    assertThat(found.documents()).isPositive();
  }

  void assertTableIsRight() {
    Comparison found = compare(tableImage());
    assertThat(found.equal()).as("table: %s", found).isTrue();
    assertThat(found.documents()).isPositive();
  }

  int size(SinkImage image, String collection) {
    return image.size(new MongoNamespace(database, collection));
  }
}
