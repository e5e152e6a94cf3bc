package dev.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.mongodb.client.MongoCollection;
import com.mongodb.client.model.Filters;
import com.mongodb.client.model.Updates;
import dev.millrace.config.ConfigReader;
import dev.millrace.config.MillraceConfig;
import dev.millrace.config.Reading;
import dev.millrace.lab.Lab;
import dev.millrace.lab.Ports;
import dev.millrace.testing.NeedsServers;
import io.nats.client.Connection;
import io.nats.client.Nats;
import io.nats.client.api.StreamConfiguration;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.bson.Document;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Misfits of a real pipeline, looked at, repaired, replayed and discarded by command line. */
@NeedsServers
@Timeout(180)
class DeadLettersCommandTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final String database = Lab.freshName("letters");
  private final MongoCollection<Document> docs =
      Lab.mongo().client().getDatabase(database).getCollection("docs");
  private final int port = Ports.free();
  @TempDir Path folder;

  /** A database whose tables a person narrows. */
  enum Target {
    SQLITE {
      @Override
      String sink(DeadLettersCommandTest test) {
        return "{type: sqlite, file: %s}".formatted(test.folder.resolve("rows.db"));
      }

      @Override
      String url(DeadLettersCommandTest test) {
        return "jdbc:sqlite:" + test.folder.resolve("rows.db");
      }

      @Override
      String narrow() {
        return "CREATE TRIGGER narrow BEFORE INSERT ON docs WHEN new.document ->> 'v' = 'bad' BEGIN SELECT RAISE(ABORT, 'too narrow'); END";
      }

      @Override
      String repair() {
        return "DROP TRIGGER narrow";
      }
    },
    POSTGRES {
      @Override
      String sink(DeadLettersCommandTest test) {
        return "{type: postgres, url: \"%s\", schema: %s}"
            .formatted(Lab.postgres().uri(), test.database);
      }

      @Override
      String url(DeadLettersCommandTest test) {
        String url = Lab.postgres().url();
        return url + (url.contains("?") ? "&" : "?") + "currentSchema=" + test.database;
      }

      @Override
      String narrow() {
        return "ALTER TABLE docs ADD CONSTRAINT narrow CHECK (document ->> 'v' <> 'bad')";
      }

      @Override
      String repair() {
        return "ALTER TABLE docs DROP CONSTRAINT narrow";
      }
    };

    abstract String sink(DeadLettersCommandTest test);

    abstract String url(DeadLettersCommandTest test);

    abstract String narrow();

    abstract String repair();
  }

  private void configure(String sink) throws IOException {
    Files.writeString(
        file(),
        """
        http: {port: %d, token: hunter2}
        pipelines:
          - name: rows
            source: {uri: "%s"}
            sink: %s
        """
            .formatted(port, Lab.mongo().uri(database), sink));
  }

  private Path file() {
    return folder.resolve("millrace.yaml");
  }

  private static Document doc(int id, String value) {
    return new Document("_id", id).append("v", value);
  }

  @ParameterizedTest
  @EnumSource
  void areListedRepairedReplayedAndDiscarded(Target target) throws Exception {
    configure(target.sink(this));
    assertThat(execute("list").out()).isEqualTo("no dead letters\n");
    docs.insertMany(List.of(doc(1, "a"), doc(2, "a")));
    try (Running running = start()) {
      await().atMost(PATIENCE).ignoreExceptions().until(() -> rows(target).equals("1 a, 2 a"));
      sql(target, target.narrow());
      docs.updateOne(Filters.eq(1), Updates.set("v", "bad"));
      docs.insertMany(List.of(doc(4, "bad"), doc(5, "bad"), doc(6, "bad"), doc(7, "good")));
      awaitLetters(4);

      Ran listed = execute("list");
      assertThat(listed.code()).isZero();
      assertThat(listed.out().lines())
          .hasSize(6)
          .first()
          .asString()
          .matches("COLLECTION +ID +AT +CODE +REASON");
      assertThat(listed.out()).contains(database + ".docs", "-MISFIT", "narrow", "4 dead letters");
      assertThat(execute("list", "--limit", "3").out())
          .endsWith(
              "3 of 4 dead letters\nmore: --after '[\"%s.docs\", \"5\"]'\n".formatted(database));
      assertThat(
              execute("list", "--json", "--after", "[\"%s.docs\", \"5\"]".formatted(database))
                  .out())
          .startsWith("{\"collection\":\"%s.docs\",\"id\":\"6\",\"at\":\"2".formatted(database))
          .hasLineCount(1);
      assertThat(execute("show", "4").out())
          .contains("id          4\n", "document    {\"_id\": 4, \"v\": \"bad\"}\n");
      assertThat(get("?limit=1&id=5"))
          .contains("\"count\":1", "\"id\":\"5\"", "\"next\":\"[")
          .doesNotContain("document");
      assertThat(get("?order=newest&limit=2")).contains("\"id\":\"6\"");

      Ran discarded = execute("discard", "--id", "6");
      assertThat(discarded.out()).as(discarded.err()).isEqualTo("1 discarded\n");
      Ran still = execute("replay", "--all");
      assertThat(still.out())
          .as(still.err())
          .startsWith("3 replayed: 0 ended, 3 still do not fit\nCOLLECTION")
          .contains("narrow");
      assertThat(still.code()).isEqualTo(ExitCode.FAILED);

      sql(target, target.repair());
      docs.updateOne(Filters.eq(1), Updates.set("v", "newest"));
      // Its own newer state ends it.
      awaitLetters(2);
      Ran done = execute("replay", "--all");
      assertThat(done.out()).as(done.err()).isEqualTo("2 replayed: 2 ended, 0 still do not fit\n");
      assertThat(done.code()).isZero();
      assertThat(rows(target)).isEqualTo("1 newest, 2 a, 4 bad, 5 bad, 7 good");
      assertThat(execute("list").out()).isEqualTo("no dead letters\n");
      assertThat(execute("replay", "--all").out()).isEqualTo("no dead letters\n");
      assertThat(running.supervisors().getFirst().deadLetters()).isZero();
    }
    assertThat(execute("list").out()).isEqualTo("no dead letters\n");
    Ran nobody = execute("replay", "--all");
    assertThat(nobody.code()).isEqualTo(ExitCode.UNREACHABLE);
    assertThat(nobody.err()).startsWith("MR-NO-INSTANCE: ");
  }

  @Test
  void manyAreReplayedInPortionsAndDiscardedOnlyWhereThatIsSaid() throws Exception {
    configure(Target.SQLITE.sink(this));
    docs.insertOne(doc(-1, "a"));
    try (Running running = start()) {
      awaitRunning(running);
      await().atMost(PATIENCE).ignoreExceptions().until(() -> rows(Target.SQLITE).equals("-1 a"));
      sql(Target.SQLITE, Target.SQLITE.narrow());
      docs.insertMany(IntStream.range(0, 1_200).mapToObj(i -> doc(i, "bad")).toList());
      awaitLetters(1_200);
      assertThat(execute("list").out()).contains("100 of 1,200 dead letters\nmore: --after '[");
      assertThat(execute("list", "--limit", "0").out()).hasLineCount(1_202);
      Ran asked = execute("discard", "--all");
      assertThat(asked.code()).isEqualTo(ExitCode.USAGE);
      assertThat(asked.err())
          .isEqualTo("MR-USAGE: 1,200 dead letters would be discarded, for good: add --yes\n");
      sql(Target.SQLITE, Target.SQLITE.repair());
      assertThat(execute("replay", "--collection", "docs", "--id", "7").out())
          .isEqualTo("1 replayed: 1 ended, 0 still do not fit\n");
      Ran done = execute("replay", "--collection", database + ".docs");
      assertThat(done.out())
          .as(done.err())
          .isEqualTo("1,199 replayed: 1,199 ended, 0 still do not fit\n");
    }
    assertThat(rows(Target.SQLITE).split(", ")).hasSize(1_201);
  }

  @Test
  void whatIsDiscardedStaysGoneAlsoWhileNobodyRuns() throws Exception {
    configure(Target.SQLITE.sink(this));
    docs.insertOne(doc(-1, "a"));
    try (Running running = start()) {
      awaitRunning(running);
      await().atMost(PATIENCE).ignoreExceptions().until(() -> rows(Target.SQLITE).equals("-1 a"));
      sql(Target.SQLITE, Target.SQLITE.narrow());
      docs.insertMany(List.of(doc(1, "bad"), doc(2, "bad"), doc(3, "bad")));
      awaitLetters(3);
      assertThat(post("discard", "{\"id\": \"1\"}", "hunter3").statusCode()).isEqualTo(401);
      assertThat(post("discard", "{}", "hunter2").body()).contains("MR-REQUEST");
      assertThat(post("discard", "{\"id\": \"1\"}", "hunter2").body())
          .isEqualTo("{\"discarded\":1,\"next\":null}");
    }
    assertThat(execute("discard", "--all", "--yes").out()).isEqualTo("2 discarded\n");
    Ran none = execute("discard", "--id", "2");
    assertThat(none.code()).isEqualTo(ExitCode.FAILED);
    assertThat(none.err())
        .isEqualTo(
            "MR-LETTER-UNKNOWN: pipeline rows has no dead letter of 2: `millrace deadletters list` has what there is\n");
    assertThat(execute("discard").err()).startsWith("MR-USAGE: which dead letters are meant?");
    sql(Target.SQLITE, Target.SQLITE.repair());
    try (Running running = start()) {
      awaitRunning(running);
      docs.insertOne(doc(4, "good"));
      await()
          .atMost(PATIENCE)
          .ignoreExceptions()
          .until(() -> rows(Target.SQLITE).equals("-1 a, 4 good"));
    }
    assertThat(execute("list").out()).isEqualTo("no dead letters\n");
  }

  @Test
  void aStreamHasThemToo() throws Exception {
    String stream = Lab.freshName("letters");
    configure("{type: nats, url: \"%s\", stream: %s}".formatted(Lab.nats().url(), stream));
    Connection nats = Nats.connect(Lab.nats().url());
    try {
      var streams = nats.jetStreamManagement();
      StreamConfiguration.Builder settings =
          StreamConfiguration.builder().name(stream).subjects(stream + ".>");
      streams.addStream(settings.maximumMessageSize(5_000).build());
      docs.insertOne(doc(1, "a"));
      String large = "x".repeat(10_000);
      try (Running running = start()) {
        awaitRunning(running);
        docs.insertMany(List.of(doc(2, large), doc(3, large), doc(4, large), doc(5, "a")));
        awaitLetters(3);
        assertThat(execute("list").out()).contains("MR-NATS-TOO-LARGE", "makes a message of 1");
        assertThat(execute("show", "2").out())
            .containsPattern("change      (insert|read)\n")
            .contains("document    not kept\n");
        assertThat(execute("discard", "--id", "4").out()).isEqualTo("1 discarded\n");
        assertThat(execute("replay", "--all").out())
            .startsWith("2 replayed: 0 ended, 2 still do not fit\n");
        docs.updateOne(Filters.eq(3), Updates.set("v", "small"));
        awaitLetters(1);
      }
      streams.updateStream(
          StreamConfiguration.builder(streams.getStreamInfo(stream).getConfiguration())
              .maximumMessageSize(-1)
              .build());
      try (Running running = start()) {
        awaitRunning(running);
        assertThat(running.supervisors().getFirst().deadLetters()).isEqualTo(1);
        Ran done = execute("replay", "--all");
        assertThat(done.out())
            .as(done.err())
            .isEqualTo("1 replayed: 1 ended, 0 still do not fit\n");
        assertThat(
                new String(
                    streams.getLastMessage(stream, stream + ".docs.read.2").getData(),
                    StandardCharsets.UTF_8))
            .contains(large);
        assertThat(running.supervisors().getFirst().deadLetters()).isZero();
      }
    } finally {
      nats.close();
    }
  }

  @Test
  void stdoutHasNone() throws Exception {
    configure("{type: stdout}");
    Ran none = execute("list");
    assertThat(none.code()).isEqualTo(ExitCode.FAILED);
    assertThat(none.err())
        .isEqualTo(
            "MR-LETTERS-NONE: pipeline rows has no dead letters: its sink is stdout, which keeps nothing aside; what it does not take stops the pipeline\n");
  }

  private void awaitLetters(int count) {
    await()
        .atMost(PATIENCE)
        .until(() -> execute("list", "--json", "--limit", "0").out().lines().count() == count);
  }

  private void awaitRunning(Running running) {
    await()
        .atMost(PATIENCE)
        .until(() -> running.supervisors().getFirst().state().name().equals("running"));
  }

  private String rows(Target target) throws SQLException {
    List<String> rows = new ArrayList<>();
    try (var connection = DriverManager.getConnection(target.url(this));
        Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT id, document ->> 'v' FROM docs ORDER BY CAST(id AS INTEGER)")) {
      while (row.next()) {
        rows.add(row.getString(1) + " " + row.getString(2));
      }
    }
    return String.join(", ", rows);
  }

  private void sql(Target target, String sql) throws SQLException {
    try (var connection = DriverManager.getConnection(target.url(this));
        Statement statement = connection.createStatement()) {
      statement.execute("SELECT 1");
      statement.execute(sql);
    }
  }

  private String get(String query) throws Exception {
    return send(HttpRequest.newBuilder(uri(query)).build()).body();
  }

  private HttpResponse<String> post(String what, String body, String token) throws Exception {
    return send(
        HttpRequest.newBuilder(uri("/" + what))
            .header("Authorization", "Bearer " + token)
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build());
  }

  private URI uri(String rest) {
    return URI.create("http://127.0.0.1:%d/api/pipelines/rows/deadletters%s".formatted(port, rest));
  }

  private static HttpResponse<String> send(HttpRequest request) throws Exception {
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client.send(request, HttpResponse.BodyHandlers.ofString());
    }
  }

  private Running start() {
    MillraceConfig config = ((Reading.Valid) new ConfigReader(Map.of()).file(file())).config();
    return Running.start(config);
  }

  private Ran execute(String... args) {
    List<String> line = new ArrayList<>(List.of("deadletters"));
    line.addAll(Arrays.asList(args));
    return Ran.of(line, file().toString());
  }
}
