package dev.millrace.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import com.mongodb.MongoNamespace;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoCursor;
import com.mongodb.client.MongoDatabase;
import com.mongodb.client.model.changestream.FullDocument;
import io.nats.client.Connection;
import io.nats.client.JetStream;
import io.nats.client.Nats;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.impl.Headers;
import io.nats.client.impl.NatsMessage;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;
import org.bson.BsonDocument;
import org.bson.BsonString;
import org.bson.Document;
import org.bson.RawBsonDocument;
import org.bson.json.JsonMode;
import org.bson.json.JsonWriterSettings;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

// Connection.close may be interrupted; then the test fails, as it should.
@SuppressWarnings("try")
class ComparisonTest {
  private static final JsonWriterSettings RELAXED =
      JsonWriterSettings.builder().outputMode(JsonMode.RELAXED).build();

  @TempDir private Path folder;
  private final String name = Lab.freshName("compare");

  @BeforeAll
  static void needsServers() {
    assumeFalse(Lab.serversSkipped(), "servers=skip");
  }

  @Test
  void eachKindOfFaultIsSeen() {
    MongoClient client = Lab.mongo().client();
    MongoNamespace namespace = new MongoNamespace(name, "c");
    client
        .getDatabase(name)
        .getCollection("c", BsonDocument.class)
        .insertMany(
            List.of(
                BsonDocument.parse("{_id: 1, v: {$numberLong: '5'}, nan: {$numberDouble: 'NaN'}}"),
                BsonDocument.parse("{_id: 2.0, v: 1}"),
                BsonDocument.parse("{_id: 'x'}")));
    SinkImage image = new SinkImage();
    image.put(namespace, BsonDocument.parse("{_id: 1, v: 5, nan: {$numberDouble: 'NaN'}}"));
    image.put(namespace, BsonDocument.parse("{_id: 2.0, v: 1}"));
    image.put(namespace, BsonDocument.parse("{_id: 'x'}"));
    assertThat(Comparison.compare(client, name, image))
        .isEqualTo(new Comparison(3, 0, 0, 0, 0, 0, 0, List.of()));

    image.remove(namespace, BsonDocument.parse("{_id: 2}").getInt32("_id"));
    image.put(namespace, BsonDocument.parse("{_id: 'x', more: 1}"));
    image.put(new MongoNamespace(name, "other"), BsonDocument.parse("{_id: 9}"));
    for (String id : new String[] {"82AA", "82AC", "82AC", "82AB", "c.7", "c.3", "c.7"}) {
      image.countMessage(id);
    }
    Comparison comparison = Comparison.compare(client, name, image);
    assertThat(comparison.equal()).isFalse();
    assertThat(comparison.examples())
        .containsExactlyInAnyOrder(
            "missing " + name + ".c 2", "stale " + name + ".c \"x\"", "extra " + name + ".other 9");
    assertThat(comparison.toJson(1.5))
        .isEqualTo(
            "{\"documents\": 3, \"events\": 7, \"missing\": 1, \"stale\": 1, \"extra\": 1,"
                + " \"duplicates\": 2, \"out_of_order\": 2, \"seconds\": 1.500}");
    assertThat(Comparison.compare(client, name, List.of(), List.of("c", "other"), image).equal())
        .isTrue();
    assertThat(Comparison.compare(client, name, List.of("c"), List.of(), image).extra()).isZero();
  }

  @Test
  void aStreamOfTheWorkloadReplaysToTheSource() throws Exception {
    replay(Lab.nats());
  }

  @Test
  void anOldServersStreamReplaysToo() throws Exception {
    Optional<NatsServer> old = Lab.natsOld();
    assumeFalse(old.isEmpty(), "no old nats-server here");
    replay(old.orElseThrow());
  }

  private void replay(NatsServer nats) throws Exception {
    MongoClient client = Lab.mongo().client();
    MongoDatabase database = client.getDatabase(name);
    try (Connection connection = Nats.connect(nats.url());
        MongoCursor<RawBsonDocument> stream =
            database
                .watch()
                .fullDocument(FullDocument.UPDATE_LOOKUP)
                .withDocumentClass(RawBsonDocument.class)
                .cursor()) {
      connection
          .jetStreamManagement()
          .addStream(StreamConfiguration.builder().name(name).subjects(name + ".>").build());
      assertThat(JetStreamImage.read(connection, name).events()).isZero();
      Workload.builder(client, name).documents(700).build().run();
      database.getCollection("old").insertOne(new Document("_id", 1));
      database.getCollection("old").renameCollection(new MongoNamespace(name, "renamed"));
      database.getCollection("gone").insertOne(new Document("_id", 1));
      database.getCollection("gone").drop();
      database.getCollection("end").insertOne(new Document("_id", 1));
      JetStream jetStream = connection.jetStream();
      RawBsonDocument event;
      do {
        event = stream.next();
        publish(
            jetStream,
            name + ".events",
            event.getDocument("_id").getString("_data").getValue(),
            event.toJson(RELAXED));
      } while (!event
          .getDocument("ns")
          .getString("coll", new BsonString(""))
          .getValue()
          .equals("end"));
      long events = JetStreamImage.read(nats.url(), name).events();
      for (String own : new String[] {"$state", "$commit"}) {
        publish(jetStream, name + "." + own, own, "{}");
      }
      String ns = "\"ns\": {\"db\": \"" + name + "\", \"coll\": \"end\"}";
      publish(jetStream, name + ".end.insert.2", "x", row("insert", 5, 2, ns));
      publish(jetStream, name + ".$reset", "r", "{\"operationType\": \"reset\", " + ns + "}");
      publish(jetStream, name + ".end.read.1", "read.1", row("read", 9, 1, ns));
      publish(jetStream, name + ".$swept", "w", "{\"operationType\": \"swept\", " + ns + "}");
      SinkImage image = JetStreamImage.read(nats.url(), name);
      assertThat(image.events()).isEqualTo(events + 2);
      Comparison comparison = Comparison.compare(client, name, image);
      assertThat(comparison.examples()).isEmpty();
      assertThat(comparison.exactlyOnceInOrder()).isTrue();
      assertThat(comparison.documents()).isGreaterThan(300);
      publish(jetStream, name + ".events", "82", "nonsense");
      assertThatThrownBy(() -> JetStreamImage.read(connection, name))
          .hasMessageContaining("nonsense");
    }
  }

  private static String row(String operation, int at, int id, String ns) {
    return """
    {"_id": {"_copy": "g"}, "operationType": "%s", %s, "documentKey": {"_id": %d}, \
    "clusterTime": {"$timestamp": {"t": 210000000%d, "i": 1}}, "fullDocument": {"_id": %d}}\
    """
        .formatted(operation, ns, id, at, id);
  }

  private static void publish(JetStream jetStream, String subject, String id, String body)
      throws Exception {
    jetStream.publish(
        NatsMessage.builder()
            .subject(subject)
            .headers(new Headers().add("Nats-Msg-Id", id))
            .data(body.getBytes(StandardCharsets.UTF_8))
            .build());
  }

  @Test
  void aSqliteFileIsRead() throws Exception {
    Path file = folder.resolve("sink.db");
    try (java.sql.Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement statement = connection.createStatement()) {
      statement.execute(
          "CREATE TABLE millrace_collections"
              + " (database_name TEXT, collection_name TEXT, table_name TEXT)");
      statement.execute("INSERT INTO millrace_collections VALUES ('" + name + "', 'c', 'a \"b')");
      statement.execute(
          "CREATE TABLE \"a \"\"b\" (id TEXT PRIMARY KEY, document TEXT, version TEXT)");
      statement.execute("INSERT INTO \"a \"\"b\" VALUES ('1', '{\"_id\": 1, \"a\": 2.5}', '')");
    }
    MongoClient client = Lab.mongo().client();
    client
        .getDatabase(name)
        .getCollection("c", BsonDocument.class)
        .insertOne(BsonDocument.parse("{_id: 1, a: 2.5}"));
    assertThat(Comparison.compare(client, name, SqliteImage.read(file)).equal()).isTrue();

    // Rows that are marked as deleted are of documents that are gone.
    try (java.sql.Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement statement = connection.createStatement()) {
      statement.execute("ALTER TABLE \"a \"\"b\" ADD COLUMN deleted_at TEXT");
      statement.execute("INSERT INTO \"a \"\"b\" VALUES ('2', '{\"_id\": 2}', '', '2026-11-21')");
    }
    assertThat(Comparison.compare(client, name, SqliteImage.read(file)).equal()).isTrue();
    assertThatThrownBy(() -> SqliteImage.read(folder.resolve("none"))).hasMessageContaining("none");
  }
}
