package dev.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.mongodb.client.MongoCollection;
import dev.millrace.config.ConfigReader;
import dev.millrace.config.MillraceConfig;
import dev.millrace.config.Reading;
import dev.millrace.lab.Lab;
import dev.millrace.testing.NeedsServers;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.bson.Document;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole of it against real servers, in this process. */
@NeedsServers
class RunningTest {
  private final String database = Lab.freshName("cli");
  @TempDir Path folder;
  private Path file;
  private MongoCollection<Document> docs;

  @BeforeEach
  void configure() throws IOException {
    docs = Lab.mongo().client().getDatabase(database).getCollection("docs");
    file =
        Files.writeString(
            folder.resolve("millrace.yaml"),
            """
            http: {port: 0}
            pipelines:
              - name: rows
                source: {uri: "%s"}
                checkpoint: source
                snapshot: never
                sink: {type: sqlite, file: %s}
            """
                .formatted(Lab.mongo().uri(database), folder.resolve("rows.db")));
  }

  @Test
  void deliversIsSeenRefusesToBeMovedAndCanBeMovedWhenStopped() throws IOException {
    try (Running running = Running.start(config())) {
      awaitRunning(running);
      docs.insertOne(new Document("n", 1));
      await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> page(running, "api/pipelines").contains("\"events\":2"));
      assertThat(page(running, "health")).isEqualTo("{\"mongo\":\"UP\",\"sqlite\":\"UP\"}");

      Outcome refused = execute("position", "set", "--now");
      assertThat(refused.code()).isEqualTo(ExitCode.RUNNING);
      assertThat(refused.err()).startsWith("MR-RUNNING: ").hasLineCount(1);
      assertThat(execute("position", "show").out()).contains("runs at     127.0.0.1:");
    }
    assertThat(execute("position", "show").out()).contains("runs at     nowhere");
    docs.insertOne(new Document("_id", "secret-free").append("n", 2));
    docs.insertOne(new Document("_id", "next").append("n", 3));

    Outcome skipped = execute("position", "skip");
    assertThat(skipped.code()).isZero();
    assertThat(skipped.out())
        .contains("insert in " + database + ".docs, _id \"secret-free\"")
        .doesNotContain("\"n\"");

    try (Running running = Running.start(config())) {
      awaitRunning(running);
      await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> page(running, "api/pipelines").contains("\"events\":1"));
    }
    assertThat(execute("status").code()).isEqualTo(ExitCode.FAILED);
  }

  @Test
  void positionCanBeSetByTimeAndByToken() {
    docs.insertOne(new Document("n", 1));
    assertThat(execute("position", "set", "--now").code()).isZero();
    Outcome byTime = execute("position", "set", "--time", Long.toString(now() - 1));
    assertThat(byTime.err()).isEmpty();
    assertThat(byTime.code()).isZero();
    String token = byTime.out().replaceAll("(?s).*was         (\\S+) .*", "$1");
    Outcome byToken = execute("position", "set", "--token", token);
    assertThat(byToken.code()).isZero();
    assertThat(byToken.out()).contains("is now      " + token);
    assertThat(execute("position", "set", "--time", "2100000000").err())
        .startsWith("MR-POSITION-FUTURE: ");
  }

  private static long now() {
    return System.currentTimeMillis() / 1000;
  }

  private static void awaitRunning(Running running) {
    await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> page(running, "api/pipelines").contains("\"state\":\"running\""));
  }

  private static String page(Running running, String path) throws IOException {
    try (var in = URI.create(running.url() + path).toURL().openStream()) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private MillraceConfig config() {
    return ((Reading.Valid) new ConfigReader(Map.of()).file(file)).config();
  }

  private record Outcome(int code, String out, String err) {}

  private Outcome execute(String... args) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    String[] line = java.util.Arrays.copyOf(args, args.length + 1);
    line[args.length] = file.toString();
    int code =
        Main.execute(
            new Console(
                Map.of(),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8)),
            line);
    return new Outcome(
        code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }
}
