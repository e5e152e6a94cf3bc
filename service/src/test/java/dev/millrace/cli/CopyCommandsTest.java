package dev.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.mongodb.client.MongoDatabase;
import dev.millrace.config.ConfigReader;
import dev.millrace.config.MillraceConfig;
import dev.millrace.config.Reading;
import dev.millrace.engine.CopyView;
import dev.millrace.lab.Comparison;
import dev.millrace.lab.Lab;
import dev.millrace.lab.Ports;
import dev.millrace.lab.SqliteImage;
import dev.millrace.model.CollectionCopy.Status;
import dev.millrace.testing.NeedsServers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.bson.Document;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is copied is changed while it runs, by command line, against real servers. */
@NeedsServers
class CopyCommandsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Pattern PAUSED = Pattern.compile("users +pending, paused");

  private final String database = Lab.freshName("copycli");
  private final MongoDatabase source = Lab.mongo().client().getDatabase(database);
  private final int port = Ports.free();
  @TempDir Path folder;

  @BeforeEach
  void fill() throws IOException {
    for (String name : List.of("orders", "users", "events")) {
      source
          .getCollection(name)
          .insertMany(IntStream.range(0, 1_000).mapToObj(i -> new Document("_id", i)).toList());
    }
    configure("orders", "");
  }

  private void configure(String collections, String more) throws IOException {
    Files.writeString(
        file(),
        """
        http: {port: %d, token: hunter2}
        pipelines:
          - name: rows
            source: {uri: "%s", collections: [%s]}
            sink: {type: sqlite, file: %s}
            %s
        """
            .formatted(port, Lab.mongo().uri(database), collections, rows(), more));
  }

  private Path file() {
    return folder.resolve("millrace.yaml");
  }

  private Path rows() {
    return folder.resolve("rows.db");
  }

  @Test
  void whatIsAddedIsCopiedSurvivesARestartAndIsForgottenByAReload() throws Exception {
    try (Running running = start()) {
      awaitCopied(running, "orders");
      awaitSame("orders");

      assertThat(execute("collections", "add", "users").out()).isEqualTo("done, and stored\n");
      awaitCopied(running, "orders", "users");
      awaitSame("orders", "users");
      assertThat(execute("status").out())
          .contains("added while running: users (not in the file; `millrace reload` makes")
          .contains("commit point ")
          .contains(", consistent");
    }
    try (Running running = start()) {
      awaitCopied(running, "orders", "users");
      source.getCollection("users").insertOne(new Document("_id", "later"));
      awaitSame("orders", "users");

      configure("orders, events", "");
      assertThat(execute("reload").out()).contains("rows goes on by what changed");
      awaitCopied(running, "orders", "events");
      awaitSame("orders", "events");
      assertThat(execute("status").out()).doesNotContain("while running");
    }
  }

  @Test
  void pausedCopyWaitsAndGoesOn() throws Exception {
    try (Running running = start()) {
      awaitCopied(running, "orders");
      assertThat(execute("pause", "users").code()).isZero();
      assertThat(execute("collections", "add", "users").code()).isZero();
      await().atMost(PATIENCE).until(() -> PAUSED.matcher(execute("status").out()).find());
      assertThat(execute("resume", "users").code()).isZero();
      awaitCopied(running, "orders", "users");
      awaitSame("orders", "users");
    }
  }

  @Test
  void snapshotAgainKeepsTheSinkRight() throws Exception {
    try (Running running = start()) {
      awaitCopied(running, "orders");
      assertThat(execute("snapshot", "orders").code()).isZero();
      source.getCollection("orders").deleteOne(new Document("_id", 5));
      awaitCopied(running, "orders");
      awaitSame("orders");
      Ran unknown = execute("snapshot", "nothing");
      assertThat(unknown.err()).startsWith("MR-COLLECTION-UNKNOWN: ").hasLineCount(1);
      assertThat(unknown.code()).isEqualTo(ExitCode.USAGE);
    }
  }

  @Test
  void copyAloneEndsByItself() throws Exception {
    configure("orders, users", "snapshot: only");
    try (Running running = start()) {
      assertThat(running.await()).isTrue();
    }
    assertSame("orders", "users");
  }

  private Running start() {
    return Running.start(config(), () -> new ConfigReader(Map.of()).file(file()));
  }

  private MillraceConfig config() {
    return ((Reading.Valid) new ConfigReader(Map.of()).file(file())).config();
  }

  private void awaitCopied(Running running, String... names) {
    await()
        .atMost(PATIENCE)
        .until(() -> {
          CopyView copy = running.supervisors().getFirst().copy();
          return copy.commit().consistent()
              && copy.collections().stream()
                  .filter(c -> c.status() == Status.DONE)
                  .map(c -> c.namespace().collection())
                  .toList()
                  .containsAll(List.of(names));
        });
  }

  private void awaitSame(String... names) {
    await().atMost(PATIENCE).untilAsserted(() -> assertSame(names));
  }

  private void assertSame(String... names) throws Exception {
    Comparison found =
        Comparison.compare(
            Lab.mongo().client(), database, List.of(names), List.of(), SqliteImage.read(rows()));
    assertThat(found.equal()).as(found.examples().toString()).isTrue();
    assertThat(found.documents()).isPositive();
  }

  private Ran execute(String... args) {
    return Ran.of(List.of(args), file().toString());
  }
}
