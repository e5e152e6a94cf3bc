package dev.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.mongodb.client.MongoCollection;
import dev.millrace.lab.Lab;
import dev.millrace.lab.MongoServers;
import dev.millrace.testing.NeedsServers;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.bson.BsonDocument;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The command as somebody types it; on real servers, where it needs any. */
class DbWorkloadTest {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  @TempDir Path folder;

  @Test
  @NeedsServers
  void writesWhatWasAskedForBesideWhatIsThere() {
    String database = Lab.freshName("db_workload");
    MongoCollection<BsonDocument> data = collection(database, "data");
    BsonDocument foreign = BsonDocument.parse("{_id: 1, temperature: 42.42}");
    data.insertOne(foreign);
    Map<String, String> environment =
        Map.of("MONGODB_URL", Lab.mongo().uri(), "MONGODB_DATABASE", database);

    assertThat(execute(environment, "--documents", "200", "--rate", "0")).isZero();

    assertThat(text(out)).startsWith("wrote to " + database + ".data: 200 inserts, ");
    assertThat(text(err)).isEqualTo("writing to " + database + ".data with seed 1\n");
    assertThat(data.find(BsonDocument.parse("{_id: 1}")).first()).isEqualTo(foreign);
    long before = data.countDocuments();
    assertThat(before).isGreaterThan(50);

    assertThat(execute(environment, "--documents", "200", "--rate", "0")).isZero();

    assertThat(text(err)).contains("going on behind document 19");
    assertThat(data.countDocuments()).isGreaterThan(before);
  }

  @Test
  @NeedsServers
  void optionsStandAboveTheEnvironment() {
    String database = Lab.freshName("db_workload");
    assertThat(
            execute(
                Map.of("MONGODB_URL", "mongodb://127.0.0.1:1/", "MONGODB_COLLECTION", "no"),
                "--mongodb-url=" + Lab.mongo().uri(),
                "--database=" + database,
                "--collection=yes",
                "--documents=5",
                "--document-size=4KiB",
                "--rate=1000"))
        .as(text(err))
        .isZero();

    assertThat(collection(database, "yes").countDocuments()).isBetween(1L, 5L);
  }

  @Test
  @NeedsServers
  void aSignalEndsItInGoodOrder() throws Exception {
    String database = Lab.freshName("db_workload");
    Path said = folder.resolve("out");
    Path told = folder.resolve("err");
    ProcessBuilder builder =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.millrace.cli.Main",
                "db-workload",
                "--rate=200")
            .redirectOutput(said.toFile())
            .redirectError(told.toFile());
    builder.environment().put("MONGODB_URL", Lab.mongo().uri());
    builder.environment().put("MONGODB_DATABASE", database);
    Process process = builder.start();
    try {
      MongoCollection<BsonDocument> data = collection(database, "data");
      await().until(() -> !process.isAlive() || data.countDocuments() >= 5);
      process.destroy();
      assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    } finally {
      process.destroyForcibly();
    }
    assertThat(process.exitValue()).as(Files.readString(told)).isZero();
    assertThat(Files.readString(said))
        .startsWith("wrote to " + database + ".data: ")
        .hasLineCount(1);
    assertThat(Files.readString(told)).contains("Ctrl-C ends it");
  }

  @Test
  @NeedsServers
  void memberThatWasNeverInitiatedIsToldWhatToType() {
    try (MongoServers servers =
        MongoServers.builder().kind(MongoServers.Kind.UNINITIATED).start()) {
      for (String url : List.of(servers.uri(), servers.directUri(0))) {
        assertThat(execute(Map.of("MONGODB_URL", url))).isEqualTo(ExitCode.FAILED);

        assertThat(text(err))
            .startsWith("MR-SOURCE-UNINITIATED: ")
            .contains("Failed to refresh key cache")
            .contains(
                "rs.initiate({_id: \"lab\", members: [{_id: 0, host: \"127.0.0.1:%d\"}]})"
                    .formatted(servers.port(0)))
            .hasLineCount(1);
      }
    }
  }

  @Test
  @NeedsServers
  void standaloneIsWrittenToAndWarnedOf() {
    try (MongoServers servers = MongoServers.builder().kind(MongoServers.Kind.STANDALONE).start()) {
      String host = "127.0.0.1:" + servers.port(0);
      assertThat(
              execute(
                  Map.of("MONGODB_URL", "mongodb://" + host + "/"), "--documents=5", "--rate=0"))
          .isZero();

      assertThat(text(err))
          .startsWith("WARNING MR-SOURCE-STANDALONE: ")
          .contains("40573")
          .contains("--replSet rs0")
          .contains("rs.initiate({_id: \"rs0\", members: [{_id: 0, host: \"" + host + "\"}]})");

      assertThat(
              execute(
                  Map.of("MONGODB_URL", "mongodb://" + host + "/?replicaSet=shop"),
                  "--documents=5"))
          .isEqualTo(ExitCode.FAILED);
      assertThat(text(err))
          .startsWith("MR-SOURCE-STANDALONE: ")
          .contains("--replSet shop")
          .contains("rs.initiate({_id: \"shop\"");
    }
  }

  @Test
  @NeedsServers
  void whatTheServerRefusesIsOneSentence() {
    String database = Lab.freshName("db_workload");
    Map<String, String> environment =
        Map.of("MONGODB_URL", Lab.mongo().uri(), "MONGODB_DATABASE", database);
    Lab.mongo().client().getDatabase(database).createView("view", "data", List.of());

    assertThat(execute(environment, "--collection=view", "--documents=5"))
        .isEqualTo(ExitCode.FAILED);
    assertThat(text(err)).contains("\nMR-SOURCE-REFUSED: ", "code 166", "view").hasLineCount(2);

    collection(database, "unique")
        .createIndex(
            BsonDocument.parse("{revision: 1}"),
            new com.mongodb.client.model.IndexOptions().unique(true));
    assertThat(execute(environment, "--collection=unique", "--rate=0", "--documents=50"))
        .isEqualTo(ExitCode.FAILED);
    assertThat(text(err)).contains("\nMR-WORKLOAD-DUPLICATE: ").hasLineCount(2);
  }

  @Test
  void whereNoMongoIsNamedItSaysHow() {
    assertThat(execute(Map.of())).isEqualTo(ExitCode.USAGE);

    assertThat(text(err))
        .startsWith("MR-CONFIG: MONGODB_URL: found nothing; expected ")
        .contains("mongodb://localhost:27017/?replicaSet=rs0", "--mongodb-url")
        .hasLineCount(1);
  }

  @ParameterizedTest
  @CsvSource({
    "mongodb://u:hunter2@/, a b, MONGODB_URL, MONGODB_DATABASE",
    "http://u:hunter2@h/, data, MONGODB_URL, mongodb://"
  })
  void faultsAreToldTogetherAndWithoutSecrets(
      String url, String database, String first, String second) {
    Map<String, String> environment = new HashMap<>();
    environment.put("MONGODB_URL", url);
    environment.put("MONGODB_DATABASE", database);

    assertThat(execute(environment)).isEqualTo(ExitCode.USAGE);

    assertThat(text(err))
        .startsWith("MR-CONFIG: ")
        .contains(first, second)
        .doesNotContain("hunter2")
        .hasLineCount(1);
  }

  private static MongoCollection<BsonDocument> collection(String database, String name) {
    return Lab.mongo().client().getDatabase(database).getCollection(name, BsonDocument.class);
  }

  /** What was said before is forgotten. */
  private int execute(Map<String, String> environment, String... options) {
    out.reset();
    err.reset();
    String[] line = new String[options.length + 1];
    line[0] = "db-workload";
    System.arraycopy(options, 0, line, 1, options.length);
    return Main.execute(
        new Console(
            environment,
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8)),
        line);
  }

  private static String text(ByteArrayOutputStream stream) {
    return stream.toString(StandardCharsets.UTF_8);
  }
}
