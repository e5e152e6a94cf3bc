package dev.millrace.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.config.SinkConfig.JetStream;
import dev.millrace.config.SinkConfig.Misfits;
import dev.millrace.config.SinkConfig.NatsLogin;
import dev.millrace.engine.CopyPlan;
import dev.millrace.engine.CopyPlan.HistoryLost;
import dev.millrace.engine.CopyPlan.Snapshot;
import dev.millrace.json.JsonMode;
import dev.millrace.model.Namespace;
import dev.millrace.model.Operation;
import dev.millrace.source.FullDocument;
import dev.millrace.source.PreImage;
import dev.millrace.source.StartFrom;
import dev.millrace.source.Subset;
import dev.millrace.table.TableName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bson.BsonTimestamp;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigFileTest {
  private static final String URI = "mongodb://root:hunter2@h1:27017/shop?authSource=admin";

  @TempDir Path folder;

  @Test
  void fileNeedsLittle() throws IOException {
    PipelineConfig pipeline =
        one(
            """
            pipelines:
              - name: orders
                source: {uri: "mongodb://h/shop"}
                sink: {type: nats}
            """);

    assertThat(pipeline.source())
        .isEqualTo(
            new SourceConfig(
                new Secret("mongodb://h/shop"),
                Optional.of("shop"),
                List.of(),
                Subset.ALL,
                EnumSet.allOf(Operation.class),
                FullDocument.LOOKUP,
                PreImage.OFF,
                new StartFrom.Now()));
    assertThat(pipeline.checkpoint())
        .isEqualTo(new CheckpointConfig.Source(new Namespace("shop", "cs_resume_tokens")));
    assertThat(pipeline.sink())
        .isEqualTo(
            new JetStream(
                List.of(new Secret("nats://127.0.0.1:4222")),
                "orders",
                new NatsLogin.None(),
                Optional.empty(),
                false,
                JsonMode.RELAXED,
                1));
    assertThat(pipeline.limits()).isEqualTo(LimitsConfig.DEFAULT);
  }

  @Test
  void everyKeyOfAFileIsTaken() throws IOException {
    Path ca = Files.writeString(folder.resolve("ca.pem"), "x");
    MillraceConfig config =
        valid(
            """
            http: {host: 0.0.0.0, port: "${PORT:3100}"}
            log: {format: json, level: debug}
            pipelines:
              - name: a
                source:
                  uri: ${URI}
                  database: other
                  collections: [orders_*, users]
                  operations: [insert, drop]
                  full_document: post_image_when_available
                  pre_images: required
                  start: {time: 2026-01-01T00:00:00Z}
                checkpoint: {store: source, database: x, collection: y}
                sink:
                  type: nats
                  urls: ["nats://a:1", "nats://b:2"]
                  stream: S
                  user: u
                  password: ${PASSWORD}
                  tls: {ca: %s}
                  json: canonical
                  replicas: 3
                  on_misfit: stop
                limits: {read_ahead: 1MiB, save_every: PT2S, stop_within: 1m}
              - name: b
                source:
                  uri: mongodb://h/
                  databases: all
                  collections: shop.*, crm.users
                  full_document: delta
                  pre_images: off
                  start: {token: 826B0182B1000000022B0229296E04}
                checkpoint: file:/var/lib/b.db
                sink: {type: nats, token: t}
              - name: c
                source: {uri: "mongodb://h/c", start: {time: 1700000000}}
                sink: {type: sqlite, file: c.db, on_drop: keep, soft_deletes: true}
              - name: d
                source: {uri: "mongodb://h/d", start: now}
                sink: {type: stdout, json: canonical}
            """
                .formatted(ca),
            Map.of("URI", URI, "PASSWORD", "hunter2"));

    assertThat(config.http()).isEqualTo(new HttpConfig("0.0.0.0", 3100));
    assertThat(config.log()).isEqualTo(new LogConfig(LogConfig.Format.JSON, LogConfig.Level.DEBUG));
    PipelineConfig a = config.pipelines().get(0);
    assertThat(a.source().database()).contains("other");
    assertThat(a.source().operations()).containsExactlyInAnyOrder(Operation.INSERT, Operation.DROP);
    assertThat(a.source().fullDocument()).isEqualTo(FullDocument.POST_IMAGE_WHEN_AVAILABLE);
    assertThat(a.source().preImage()).isEqualTo(PreImage.REQUIRED);
    assertThat(a.source().start()).isEqualTo(new StartFrom.At(new BsonTimestamp(1_767_225_600, 1)));
    assertThat(a.checkpoint()).isEqualTo(new CheckpointConfig.Source(new Namespace("x", "y")));
    assertThat(a.limits())
        .isEqualTo(
            new LimitsConfig(1 << 20, 16L << 20, Duration.ofSeconds(2), Duration.ofMinutes(1)));
    JetStream nats = (JetStream) a.sink();
    assertThat(nats.login()).isEqualTo(new NatsLogin.UserPassword("u", new Secret("hunter2")));
    assertThat(nats.tls().orElseThrow().ca()).contains(ca);
    assertThat(nats.json()).isEqualTo(JsonMode.CANONICAL);
    assertThat(nats.replicas()).isEqualTo(3);
    assertThat(nats.misfits()).isEqualTo(Misfits.STOP);

    PipelineConfig b = config.pipelines().get(1);
    assertThat(b.source().database()).isEmpty();
    assertThat(b.source().collections()).containsExactly("shop.*", "crm.users");
    assertThat(b.source().start()).isInstanceOf(StartFrom.After.class);
    assertThat(b.checkpoint()).isEqualTo(new CheckpointConfig.File(Path.of("/var/lib/b.db")));
    assertThat(((JetStream) b.sink()).databaseInSubject()).isTrue();
    assertThat(((JetStream) b.sink()).login()).isEqualTo(new NatsLogin.Token(new Secret("t")));

    PipelineConfig c = config.pipelines().get(2);
    assertThat(c.sink())
        .isEqualTo(
            new SinkConfig.Sqlite(
                Path.of("c.db"),
                new SinkConfig.Tables(JsonMode.RELAXED, TableName.OF_COLLECTION, true, true)));
    assertThat(c.checkpoint()).isEqualTo(new CheckpointConfig.InSink());
    assertThat(c.source().start()).isEqualTo(new StartFrom.At(new BsonTimestamp(1_700_000_000, 1)));
    assertThat(config.pipelines().get(3).sink())
        .isEqualTo(new SinkConfig.Stdout(JsonMode.CANONICAL));
    assertThat(config.own())
        .containsExactly(new Namespace("x", "y"), new Namespace("d", "cs_resume_tokens"));
    assertThat(config.toString()).doesNotContain("hunter2");
  }

  @Test
  void readsAPostgresSink() throws IOException {
    MillraceConfig config =
        valid(
            """
            pipelines:
              - name: a
                source: {uri: "mongodb://h/d"}
                sink: {type: postgres, url: "jdbc:postgresql://u:hunter2@h1,h2:5433/shop?sslmode=require"}
              - name: b
                source: {uri: "mongodb://h/d", collections: [orders]}
                sink:
                  type: postgres
                  url: "postgresql://h/shop"
                  user: me
                  password: hunter2
                  schema: live
                  table: "all orders"
                  on_misfit: stop
            """,
            Map.of());
    SinkConfig.Postgres a = (SinkConfig.Postgres) config.pipelines().get(0).sink();
    assertThat(a.url().reveal())
        .isEqualTo("postgresql://u:hunter2@h1,h2:5433/shop?sslmode=require");
    assertThat(a.schema()).isEqualTo("public");
    assertThat(a.tables()).isEqualTo(SinkConfig.Tables.USUAL);
    assertThat(config.pipelines().get(0).checkpoint()).isEqualTo(new CheckpointConfig.InSink());
    SinkConfig.Postgres b = (SinkConfig.Postgres) config.pipelines().get(1).sink();
    assertThat(b.login().orElseThrow().user()).isEqualTo("me");
    assertThat(b.schema()).isEqualTo("live");
    assertThat(b.tables().name()).isEqualTo(new TableName("all orders"));
    assertThat(b.tables().misfits()).isEqualTo(Misfits.STOP);
    assertThat(config.toString()).doesNotContain("hunter2");
  }

  @Test
  void saysWhatIsWrongWithTables() throws IOException {
    assertThat(
            faults(
                """
                pipelines:
                  - name: a
                    source: {uri: "mongodb://h/d"}
                    sink: {type: sqlite, file: a.db, table: orders}
                  - name: b
                    source: {uri: "mongodb://h/d", collections: ["o*"]}
                    sink: {type: sqlite, file: b.db, table: orders}
                  - name: c
                    source: {uri: "mongodb://h/d"}
                    sink: {type: postgres, url: "mysql://h/d", table: "{db}", on_misfit: ignore}
                """))
        .extracting(ConfigProblem::key)
        .containsExactlyInAnyOrder(
            "pipelines[0].sink.table",
            "pipelines[1].sink.table",
            "pipelines[2].sink.url",
            "pipelines[2].sink.table",
            "pipelines[2].sink.on_misfit");
  }

  @Test
  void fileCopiesUnlessItSaysOtherwise() throws IOException {
    MillraceConfig config =
        valid(
            """
            http: {token: "${TOKEN}"}
            pipelines:
              - {name: a, source: {uri: "mongodb://h/a"}, sink: {type: stdout}}
              - name: b
                source: {uri: "mongodb://h/b"}
                sink: {type: stdout}
                snapshot: only
                copy: {parallelism: 64, prefetch: 1MiB}
                commit_points: false
                on_history_lost: fail
              - {name: c, source: {uri: "mongodb://h/c"}, sink: {type: stdout}, snapshot: never}
            """,
            Map.of("TOKEN", "hunter2", "HTTP_TOKEN", "other"));

    assertThat(config.pipelines())
        .extracting(PipelineConfig::copy)
        .containsExactly(
            new CopyPlan(Snapshot.INITIAL, 4, 32 << 20, true, HistoryLost.RESNAPSHOT),
            new CopyPlan(Snapshot.ONLY, 64, 1 << 20, false, HistoryLost.FAIL),
            new CopyPlan(Snapshot.NEVER, 4, 32 << 20, true, HistoryLost.FAIL));
    assertThat(config.http().token()).contains(new Secret("hunter2"));
    assertThat(config.toString()).doesNotContain("hunter2");
  }

  @Test
  void tokenOfTheEnvironmentCountsBesideAFile() throws IOException {
    String yaml = "pipelines: [{name: a, source: {uri: 'mongodb://h/a'}, sink: {type: stdout}}]";

    assertThat(valid(yaml, Map.of("HTTP_TOKEN", "hunter2")).http().token())
        .contains(new Secret("hunter2"));
    assertThat(valid(yaml, Map.of("HTTP_TOKEN", "")).http().token()).isEmpty();
  }

  @Test
  void faultsOfCopyingAreToldInWords() throws IOException {
    List<ConfigProblem> faults =
        faults(
            """
            http: {token: "hunter2 x"}
            pipelines:
              - name: a
                source: {uri: "mongodb://h/a"}
                sink: {type: stdout}
                snapshot: never
                copy: {parallelism: 65, prefetch: many, reader: 1}
                commit_points: sometimes
                on_history_lost: resnapshot
              - {name: b, source: {uri: "mongodb://h/b"}, sink: {type: stdout}, snapshot: always}
            """);

    assertThat(faults)
        .extracting(ConfigProblem::key)
        .containsExactlyInAnyOrder(
            "http.token",
            "pipelines[0].on_history_lost",
            "pipelines[0].copy.parallelism",
            "pipelines[0].copy.prefetch",
            "pipelines[0].copy.reader",
            "pipelines[0].commit_points",
            "pipelines[1].snapshot");
    assertThat(faults.toString())
        .contains("found resnapshot, beside snapshot: never; expected fail")
        .doesNotContain("hunter2");
  }

  @Test
  void deploymentStreamKeepsItsPositionInADatabaseOfItsOwn() throws IOException {
    PipelineConfig pipeline =
        one(
            """
            pipelines:
              - name: all
                source: {uri: "mongodb://h/", databases: "*"}
                sink: {type: stdout}
            """);

    assertThat(pipeline.checkpoint())
        .isEqualTo(new CheckpointConfig.Source(new Namespace("millrace", "cs_resume_tokens")));
  }

  @Test
  void allFaultsOfAFileAreToldAtOnceWithTheirKeys() throws IOException {
    List<ConfigProblem> faults =
        faults(
            """
            http: {port: high}
            log: {level: loud}
            pipelines:
              - name: Orders
                source:
                  uri: ${NOWHERE}
                  databases: all
                  collections: [users]
                  operation: [insert]
                  start: {time: soon}
                checkpoint: sink
                sink: {type: nats, password: hunter2, file: x.db, replicas: 9}
                limits: {save_every: 300}
              - name: b
                source: {uri: "mongodb://h/b", full_document: delta}
                sink: {type: sqlite}
              - name: c
                sink: {typ: stdout}
            extra: 1
            """);

    assertThat(faults)
        .extracting(ConfigProblem::key)
        .containsExactlyInAnyOrder(
            "http.port",
            "log.level",
            "pipelines[0].name",
            "pipelines[0].source.uri",
            "pipelines[0].source.collections[0]",
            "pipelines[0].source.operation",
            "pipelines[0].source.start.time",
            "pipelines[0].checkpoint",
            "pipelines[0].sink.user",
            "pipelines[0].sink.file",
            "pipelines[0].sink.replicas",
            "pipelines[0].limits.save_every",
            "pipelines[1].sink.file",
            "pipelines[1].source.full_document",
            "pipelines[2].source",
            "pipelines[2].sink.type",
            "extra");
    assertThat(faults.toString())
        .contains("a reference to NOWHERE, which is not set")
        .contains("operations (is that what was meant?)")
        .contains("a key of another type")
        .contains("carries its own state")
        .doesNotContain("hunter2");
  }

  @Test
  void misspeltKeyIsAnsweredWithTheNearestOne() throws IOException {
    assertThat(
            faults(
                """
                pipelnies: []
                """))
        .extracting(ConfigProblem::expected)
        .anyMatch(expected -> expected.startsWith("pipelines (is that"));
  }

  @Test
  void twoPipelinesShareNeitherNameNorStream() throws IOException {
    assertThat(
            faults(
                """
                pipelines:
                  - {name: a, source: {uri: "mongodb://h/a"}, sink: {type: nats, stream: s}}
                  - {name: a, source: {uri: "mongodb://h/b"}, sink: {type: nats, stream: s}}
                """))
        .extracting(ConfigProblem::key)
        .containsExactly("pipelines[1].name", "pipelines[1].sink.stream");
  }

  @Test
  void referencesAreResolvedWithDefaultsAndCanBeWrittenPlain() throws IOException {
    PipelineConfig pipeline =
        one(
            """
            pipelines:
              - name: a
                source: {uri: "mongodb://${USER:me}:${PW}@h/a", collections: "${COLLECTIONS}"}
                sink: {type: stdout}
            """,
            Map.of("PW", "hunter2", "COLLECTIONS", "one, two", "USER", ""));

    assertThat(pipeline.source().uri().reveal()).isEqualTo("mongodb://me:hunter2@h/a");
    assertThat(pipeline.source().collections()).containsExactly("one", "two");
    assertThat(new References(Map.of()).resolve("a$${x}"))
        .isEqualTo(new References.Resolved.Text("a${x}"));
  }

  @Test
  void whatIsNoYamlIsToldByItsPlaceAlone() throws IOException {
    assertThat(faults("pipelines:\n  - name: a\n   password: *hunter2\n"))
        .singleElement()
        .asString()
        .contains("line 3")
        .doesNotContain("hunter2");
    assertThat(faults("http: {port: 1}\nhttp: {port: 2}\n")).isNotEmpty();
    assertThat(faults("")).isNotEmpty();
    assertThat(faults("- a")).isNotEmpty();
  }

  @Test
  void fileThatIsNotThereIsAFault() {
    Reading reading = new ConfigReader(Map.of()).file(folder.resolve("none.yaml"));

    assertThat(((Reading.Faulty) reading).problems())
        .singleElement()
        .asString()
        .contains("no such file");
  }

  static MillraceConfig valid(Reading reading) {
    return switch (reading) {
      case Reading.Valid valid -> valid.config();
      case Reading.Faulty faulty -> throw new AssertionError(faulty.problems().toString());
    };
  }

  private MillraceConfig valid(String yaml, Map<String, String> variables) throws IOException {
    return valid(read(yaml, variables));
  }

  private PipelineConfig one(String yaml) throws IOException {
    return one(yaml, Map.of());
  }

  private PipelineConfig one(String yaml, Map<String, String> variables) throws IOException {
    return valid(yaml, variables).pipelines().getFirst();
  }

  private List<ConfigProblem> faults(String yaml) throws IOException {
    return ((Reading.Faulty) read(yaml, Map.of())).problems();
  }

  private Reading read(String yaml, Map<String, String> variables) throws IOException {
    Path file = Files.writeString(folder.resolve("millrace.yaml"), yaml);
    return new ConfigReader(variables).file(file);
  }
}
