package dev.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.mongodb.client.MongoCollection;
import com.mongodb.client.MongoDatabase;
import com.mongodb.client.model.ReplaceOptions;
import com.mongodb.client.model.Updates;
import dev.millrace.config.ConfigReader;
import dev.millrace.config.Reading;
import dev.millrace.lab.CollectionWorkload;
import dev.millrace.lab.Lab;
import dev.millrace.lab.Ports;
import dev.millrace.testing.NeedsServers;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bson.BsonBinary;
import org.bson.BsonBoolean;
import org.bson.BsonDateTime;
import org.bson.BsonDecimal128;
import org.bson.BsonDocument;
import org.bson.BsonDouble;
import org.bson.BsonInt32;
import org.bson.BsonInt64;
import org.bson.BsonJavaScript;
import org.bson.BsonMaxKey;
import org.bson.BsonMinKey;
import org.bson.BsonNull;
import org.bson.BsonObjectId;
import org.bson.BsonString;
import org.bson.BsonSymbol;
import org.bson.BsonTimestamp;
import org.bson.BsonValue;
import org.bson.Document;
import org.bson.types.Decimal128;
import org.bson.types.ObjectId;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Source and sink are compared as an operator does it, while they move and while nobody runs. */
@NeedsServers
@Timeout(180)
class VerifyCommandTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int DOCUMENTS = 3_000;
  private static final String CRATEDB = "CRATEDB_URL";

  enum Target {
    SQLITE,
    POSTGRES,
    CRATE
  }

  private final String database = Lab.freshName("verify");
  private final MongoDatabase source = Lab.mongo().client().getDatabase(database);
  private final int port = Ports.free();
  private final List<Restless> restless = new ArrayList<>();
  @TempDir Path folder;

  @BeforeEach
  void fill() {
    source
        .getCollection("orders")
        .insertMany(
            IntStream.range(0, DOCUMENTS)
                .mapToObj(i -> new Document("_id", i).append("n", i * 0.5).append("text", "é" + i))
                .toList());
  }

  @AfterEach
  void drop() {
    restless.forEach(Restless::stop);
    source.drop();
  }

  private void configure(Target target) throws IOException {
    configure(target, "");
  }

  private void configure(Target target, String source) throws IOException {
    configure(
        switch (target) {
          case SQLITE -> "{type: sqlite, file: %s}".formatted(folder.resolve("rows.db"));
          case POSTGRES ->
              "{type: postgres, url: \"%s\", schema: %s}".formatted(Lab.postgres().uri(), database);
          case CRATE ->
              "{type: crate, url: \"%s\", schema: %s}".formatted(System.getenv(CRATEDB), database);
        },
        source);
  }

  private void configure(String sink) throws IOException {
    configure(sink, "");
  }

  /**
   * @param source more of it, as {@code , filter: …}
   */
  private void configure(String sink, String source) throws IOException {
    Files.writeString(
        file(),
        """
        http: {port: %d, token: hunter2}
        pipelines:
          - name: rows
            source: {uri: "%s"%s}
            sink: %s
        """
            .formatted(port, Lab.mongo().uri(database), source, sink));
  }

  private Path file() {
    return folder.resolve("millrace.yaml");
  }

  @Test
  @EnabledIfEnvironmentVariable(
      named = CRATEDB,
      matches = ".+",
      disabledReason = "needs a CrateDB: CRATEDB_URL=http://localhost:4200")
  void theSameWithCrate() throws Exception {
    try {
      underLoadNothingIsReportedButWhatWasChangedByHand(Target.CRATE);
    } finally {
      for (BsonValue table : crate("SHOW TABLES FROM " + database).getArray("rows")) {
        crate("DROP TABLE \"%s\"".formatted(table.asArray().getFirst().asString().getValue()));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "CRATE")
  void underLoadNothingIsReportedButWhatWasChangedByHand(Target target) throws Exception {
    configure(target);
    ids();
    CollectionWorkload orders = workload("orders", 1);
    CollectionWorkload edges = workload("edges", 2);
    restless.add(new Restless(i -> new Document("_id", "counter").append("n", i)));
    restless.add(new Restless(i -> new Document("_id", "toggle").append("on", i % 2 == 0)));
    try (Running running = start()) {
      List<CompletableFuture<Void>> load = List.of(orders.start(), edges.start());
      awaitCopied(running);

      Outcome clean = verify();
      assertThat(clean.err()).doesNotContain("missing").doesNotContain("different");
      assertThat(clean.code()).as(clean.toString()).isZero();
      assertThat(clean.told().getNumber("documents").intValue()).isGreaterThan(DOCUMENTS);
      assertThat(clean.told().getNumber("collections").intValue()).isEqualTo(4);

      change(target);
      assertNine(verify());

      Outcome mended = verify("--repair");
      assertThat(mended.code()).as(mended.toString()).isZero();
      assertThat(mended.told().getNumber("repaired").intValue()).isEqualTo(9);
      Outcome again = verify();
      assertThat(again.code()).as(again.toString()).isZero();
      assertThat(again.err()).doesNotContain("missing").doesNotContain("different");

      change(target);
      restless.forEach(Restless::stop);
      orders.stop();
      edges.stop();
      load.forEach(CompletableFuture::join);
    }
    // Nobody runs it now.
    assertNine(verify());
  }

  /** Of every type, and one that PostgreSQL's index does not take. */
  private void ids() {
    source
        .getCollection("ids", BsonDocument.class)
        .insertMany(
            Stream.of(
                    new BsonObjectId(new ObjectId("507f1f77bcf86cd799439011")),
                    new BsonString("507f1f77bcf86cd799439011"),
                    new BsonInt32(7),
                    new BsonInt64(1L << 60),
                    new BsonString("7"),
                    new BsonDouble(1.5),
                    new BsonDouble(Double.NaN),
                    new BsonDecimal128(Decimal128.parse("0.10")),
                    BsonBoolean.TRUE,
                    BsonNull.VALUE,
                    new BsonDateTime(-1),
                    new BsonTimestamp(7, 8),
                    new BsonBinary(UUID.fromString("550e8400-e29b-11d4-a716-446655440000")),
                    new BsonSymbol("symbol"),
                    new BsonJavaScript("x"),
                    new BsonMinKey(),
                    new BsonMaxKey(),
                    BsonDocument.parse("{b: 1, a: {c: [1.0, 'x']}}"),
                    new BsonDocument(),
                    new BsonString("x".repeat(2_500)),
                    new BsonDocument("k", new BsonString("y".repeat(2_500))))
                .map(id -> new BsonDocument("_id", id).append("text", new BsonString("a\0b")))
                .toList());
  }

  /** Writes one document anew as fast as it can. */
  private final class Restless {
    private final AtomicBoolean over = new AtomicBoolean();
    private final CompletableFuture<Void> end;

    Restless(IntFunction<Document> state) {
      MongoCollection<Document> collection = source.getCollection("restless");
      // Not on the common pool: the JDK's HTTP client needs it, and it may have one thread.
      end =
          CompletableFuture.runAsync(
              () -> {
                for (int i = 0; !over.get(); i++) {
                  Document next = state.apply(i);
                  collection.replaceOne(
                      new Document("_id", next.get("_id")),
                      next,
                      new ReplaceOptions().upsert(true));
                }
              },
              Thread.ofVirtual()::start);
    }

    void stop() {
      over.set(true);
      end.join();
    }
  }

  private static void assertNine(Outcome found) {
    assertThat(found.code()).as(found.toString()).isEqualTo(ExitCode.FAILED);
    assertThat(found.told().getNumber("missing").intValue()).as(found.toString()).isEqualTo(3);
    assertThat(found.told().getNumber("different").intValue()).as(found.toString()).isEqualTo(3);
    assertThat(found.told().getNumber("extra").intValue()).as(found.toString()).isEqualTo(3);
    assertThat(found.told().getNumber("unsettled").intValue()).isZero();
    for (String row :
        List.of(
            "missing   %s.orders 10",
            "missing   %s.orders 11",
            "missing   %s.orders 12",
            "different %s.orders 20",
            "different %s.orders 21",
            "different %s.orders 22",
            "extra     %s.orders 100000",
            "extra     %s.orders \"7\"",
            "extra     %s.orders 507f1f77bcf86cd799439011")) {
      String database = found.told().getString("database").getValue();
      assertThat(found.err().lines()).contains(row.formatted(database));
    }
  }

  /** Behind the pipeline's back. */
  private void change(Target target) throws Exception {
    if (target == Target.CRATE) {
      changeCrate();
      return;
    }
    String json = target == Target.POSTGRES ? "::jsonb" : "";
    execute(
        target,
        "DELETE FROM orders WHERE id IN ('10', '11', '12')",
        "UPDATE orders SET document = '{\"_id\": 20, \"n\": 10.5, \"text\": \"é20\"}'%s WHERE id = '20'"
            .formatted(json),
        "UPDATE orders SET document = '{\"_id\": 21, \"n\": 10.5}'%s WHERE id = '21'"
            .formatted(json),
        "UPDATE orders SET document = '[]'%s WHERE id = '22'".formatted(json),
        "INSERT INTO orders SELECT '100000', document, version FROM orders WHERE id = '1'",
        "INSERT INTO orders SELECT '\"7\"', document, version FROM orders WHERE id = '1'",
        "INSERT INTO orders SELECT '507f1f77bcf86cd799439011', document, '' FROM orders WHERE id = '1'",
        // The same in another spelling.
        "UPDATE orders SET document = '{\"text\": \"\\u00e930\", \"_id\": 3e1, \"n\": 15}'%s WHERE id = '30'"
            .formatted(json));
  }

  /** Where {@code data_misfit} has the document, that is what counts. */
  private void changeCrate() throws Exception {
    for (String sql :
        List.of(
            "DELETE FROM orders WHERE oid = '10' OR oid = '11' OR oid = '12'",
            "UPDATE orders SET data['text'] = 'x', data_misfit = NULL WHERE oid = '20'",
            "UPDATE orders SET data['text'] = NULL, data_misfit = NULL WHERE oid = '21'",
            "UPDATE orders SET data = NULL, data_misfit = '{' WHERE oid = '22'",
            "INSERT INTO orders (oid, data, version) SELECT '100000', data, version FROM orders WHERE oid = '1'",
            "INSERT INTO orders (oid, data, version) SELECT '\"7\"', data, version FROM orders WHERE oid = '1'",
            "INSERT INTO orders (oid, data) SELECT '507f1f77bcf86cd799439011', data FROM orders WHERE oid = '1'")) {
      crate(sql);
    }
  }

  private BsonDocument crate(String sql) throws Exception {
    try (HttpClient client = HttpClient.newHttpClient()) {
      String body = new BsonDocument("stmt", new BsonString(sql)).toJson();
      HttpResponse<String> answer =
          client.send(
              HttpRequest.newBuilder(URI.create(System.getenv(CRATEDB)).resolve("/_sql"))
                  .header("Content-Type", "application/json")
                  .header("Default-Schema", database)
                  .POST(HttpRequest.BodyPublishers.ofString(body))
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
      return BsonDocument.parse(answer.body());
    }
  }

  private void execute(Target target, String... statements) throws SQLException {
    try (Connection connection = connect(target);
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  private Connection connect(Target target) throws SQLException {
    return switch (target) {
      case CRATE -> throw new IllegalArgumentException("no JDBC");
      case SQLITE ->
          DriverManager.getConnection(
              "jdbc:sqlite:" + folder.resolve("rows.db") + "?busy_timeout=30000");
      case POSTGRES ->
          DriverManager.getConnection(Lab.postgres().url() + "&currentSchema=" + database);
    };
  }

  @Test
  void repairNeedsSomebodyWhoRunsThePipelineAndTheToken() throws Exception {
    configure(Target.SQLITE);
    try (Running running = start()) {
      awaitCopied(running);
      execute(Target.SQLITE, "DELETE FROM orders WHERE id IN ('1', '2')");
      String file = Files.readString(file());
      Files.writeString(file(), file.replace("hunter2", "hunter3"));
      Outcome refused = verify("--repair");
      assertThat(refused.err()).contains("MR-HTTP-TOKEN: ").doesNotContain("hunter");
      assertThat(refused.told().getNumber("missing").intValue()).isEqualTo(2);
      assertThat(refused.code()).isEqualTo(ExitCode.USAGE);
    }
    assertThat(verify("--repair").err()).startsWith("MR-NO-INSTANCE: no Millrace answers on ");
  }

  @Test
  void rowsThatAreKeptOfADroppedCollectionStayWhereThereIsAnotherOneOfItsName() throws Exception {
    configure("{type: sqlite, file: %s, on_drop: keep}".formatted(folder.resolve("rows.db")));
    try (Running running = start()) {
      awaitCopied(running);
      source.getCollection("orders").drop();
      source.getCollection("orders").insertOne(new Document("_id", DOCUMENTS));
      String all = Integer.toString(DOCUMENTS + 1);
      await().atMost(PATIENCE).until(() -> rows(Target.SQLITE).equals(all));

      Outcome found = verify("--repair");

      assertSame(found);
      assertThat(found.told().getNumber("extra").intValue()).isZero();
      assertThat(found.err()).contains("rows without a document are not looked for");
      assertThat(rows(Target.SQLITE)).isEqualTo(all);
    }
  }

  @Test
  void whatNobodyDeliversIsNoDifference() throws Exception {
    configure(Target.SQLITE);
    copyAndStop();
    source.getCollection("orders").updateOne(new Document("_id", 5), Updates.set("n", -1));
    source.getCollection("orders").deleteOne(new Document("_id", 6));
    source.getCollection("orders").insertOne(new Document("_id", -1));
    source.getCollection("later").insertOne(new Document("_id", 1));

    Outcome found = verify();

    assertThat(found.told().getNumber("undelivered").intValue()).as(found.toString()).isEqualTo(4);
    assertThat(found.err()).contains("4 rows are of documents that changed behind the pipeline's");
    assertThat(found.code()).isZero();

    execute(Target.SQLITE, "DELETE FROM orders WHERE id = '8'");
    source.getCollection("orders").drop();
    assertThat(verify().told().getNumber("undelivered").intValue()).isEqualTo(DOCUMENTS);
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "CRATE")
  void filterAndProjectionHoldInCopyStreamAndComparison(Target target) throws Exception {
    configure(target, ", filter: {$expr: {$lt: [$n, 10]}}, projection: {text: 0}");
    try (Running running = start()) {
      awaitCopied(running);
      assertThat(rows(target)).isEqualTo("20");
      MongoCollection<Document> orders = source.getCollection("orders");
      orders.updateMany(new Document("_id", new Document("$lt", 5)), Updates.set("n", 100));
      orders.updateMany(new Document("_id", new Document("$gte", 2_990)), Updates.set("n", -1));
      orders.deleteOne(new Document("_id", 7));
      orders.insertOne(new Document("_id", 5_000).append("n", 1).append("text", "hidden"));
      await().atMost(PATIENCE).until(() -> rows(target).equals("25"));
      assertSame(verify());
      execute(target, "DELETE FROM orders WHERE id = '5000'", "DELETE FROM orders WHERE id = '10'");
      execute(
          target, "INSERT INTO orders SELECT '0', document, version FROM orders WHERE id = '8'");
      Outcome found = verify("--repair");
      assertThat(found.told().getNumber("missing").intValue()).as(found.toString()).isEqualTo(2);
      assertThat(found.told().getNumber("extra").intValue()).isEqualTo(1);
      assertThat(found.told().getNumber("repaired").intValue()).isEqualTo(3);
      assertThat(rows(target)).isEqualTo("25");
    }
    // While nobody runs it one document comes and one goes, and then all that is wanted changes.
    source.getCollection("orders").deleteOne(new Document("_id", 8));
    configure(target, ", filter: {$expr: {$lt: [$n, 9]}}, projection: {text: 1}");
    assertRefused(ExitCode.USAGE, "MR-VERIFY-SCOPE: the pipeline last followed something else ");
    try (Running running = start()) {
      await().atMost(PATIENCE).until(() -> rows(target).equals("22"));
      awaitCopied(running);
      assertSame(verify());
      configure(target, "");
    }
    try (Running running = start()) {
      await().atMost(PATIENCE).until(() -> rows(target).equals("" + (DOCUMENTS - 1)));
      awaitCopied(running);
      assertSame(verify());
    }
  }

  private static void assertSame(Outcome found) {
    assertThat(found.code()).as(found.toString()).isZero();
    assertThat(found.err()).doesNotContain("missing").doesNotContain("different");
  }

  private String rows(Target target) throws SQLException {
    try (Connection connection = connect(target);
        Statement statement = connection.createStatement();
        ResultSet count = statement.executeQuery("SELECT count(*) FROM orders")) {
      count.next();
      return count.getString(1);
    }
  }

  @Test
  void whatIsStillBeingCopiedIsLeftOut() throws Exception {
    configure(Target.SQLITE);
    source.getCollection("users").insertOne(new Document("_id", 1));
    try (Running running = start()) {
      awaitCopied(running);
      assertThat(execute("pause", "orders").code()).isZero();
      assertThat(execute("snapshot", "orders").code()).isZero();

      Outcome found = verify();

      assertThat(found.err())
          .contains("not compared, for they are still being copied: " + database + ".orders");
      assertThat(found.told().getNumber("left_out").intValue()).isEqualTo(1);
      assertThat(found.told().getNumber("documents").intValue()).isEqualTo(1);
      assertThat(found.code()).isEqualTo(ExitCode.UNREACHABLE);
    }
  }

  @Test
  void refusesWhatCannotBeCompared() throws Exception {
    configure("{type: nats, url: \"nats://127.0.0.1:1\", stream: s}");
    assertRefused(ExitCode.USAGE, "MR-VERIFY-LOG: a log cannot be verified so: pipeline rows ");

    configure(Target.SQLITE);
    assertRefused(ExitCode.USAGE, "MR-VERIFY-NOTHING: there is no file ");

    configure(Target.POSTGRES);
    assertRefused(ExitCode.USAGE, "MR-VERIFY-NOTHING: the pipeline never ran");

    configure("{type: postgres, url: \"postgresql://127.0.0.1:1/x\"}");
    assertRefused(ExitCode.UNREACHABLE, "MR-POSTGRES-AWAY: ");
  }

  @Test
  void sourceThatIsGoneIsOneSentence() throws Exception {
    configure(Target.SQLITE);
    copyAndStop();
    Files.writeString(
        file(),
        Files.readString(file())
            .replaceFirst(
                "mongodb://[^\"]*",
                "mongodb://127.0.0.1:1/" + database + "?serverSelectionTimeoutMS=200"));
    assertRefused(ExitCode.UNREACHABLE, "MR-SOURCE-UNAVAILABLE: ");
  }

  private void assertRefused(int code, String sentence) {
    Outcome refused = verify();
    assertThat(refused.err()).startsWith(sentence).hasLineCount(1);
    assertThat(refused.code()).isEqualTo(code);
  }

  private void copyAndStop() {
    try (Running running = start()) {
      awaitCopied(running);
    }
  }

  private CollectionWorkload workload(String collection, int seed) {
    return CollectionWorkload.open(
        source.getCollection(collection, BsonDocument.class),
        new CollectionWorkload.Settings(seed, 500, 0, 600, 200, seed == 2));
  }

  private Running start() {
    return Running.start(((Reading.Valid) new ConfigReader(Map.of()).file(file())).config());
  }

  private static void awaitCopied(Running running) {
    await()
        .atMost(PATIENCE)
        .until(() -> running.supervisors().getFirst().copy().commit().consistent());
  }

  private record Outcome(int code, BsonDocument told, String err) {}

  private Outcome verify(String... more) {
    List<String> line = new ArrayList<>(List.of("verify", "rows"));
    line.addAll(List.of(more));
    return execute(line.toArray(String[]::new));
  }

  private Outcome execute(String... line) {
    Ran ran = Ran.of(List.of(line), file().toString());
    return new Outcome(
        ran.code(),
        BsonDocument.parse(ran.out().startsWith("{") ? ran.out() : "{}")
            .append("database", new BsonString(database)),
        ran.err());
  }
}
