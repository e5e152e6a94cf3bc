package dev.millrace.bench;

import dev.millrace.checkpoint.CheckpointStore;
import dev.millrace.checkpoint.CheckpointStore.Stored;
import dev.millrace.checkpoint.mongo.MongoCheckpointStore;
import dev.millrace.config.Secret;
import dev.millrace.config.SinkConfig;
import dev.millrace.lab.Comparison;
import dev.millrace.lab.Folders;
import dev.millrace.lab.JetStreamImage;
import dev.millrace.lab.MongoServers;
import dev.millrace.lab.NatsServer;
import dev.millrace.lab.PostgresImage;
import dev.millrace.lab.PostgresServer;
import dev.millrace.lab.SinkImage;
import dev.millrace.lab.SqliteImage;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.Namespace;
import dev.millrace.sink.postgres.PostgresSink;
import dev.millrace.sink.sqlite.SqliteSink;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** A sink of its own, the program that copies into it, and what became durable of that. */
final class CopyTarget implements AutoCloseable {
  private static final String PIPELINE = "soak";
  private static final String POSITIONS = "cs_resume_tokens";

  private final Kind kind;
  private final Servers servers;
  private final String database;
  private final Path folder;
  private final Program program;

  /** Where to. */
  enum Kind {
    SQLITE,
    POSTGRES,
    JETSTREAM
  }

  private CopyTarget(Kind kind, Servers servers, String database, Path folder, Program program) {
    this.kind = kind;
    this.servers = servers;
    this.database = database;
    this.folder = folder;
    this.program = program;
  }

  /** The source, and what sinks need. */
  record Servers(MongoServers mongo, NatsServer nats, PostgresServer postgres) {}

  /** With nothing in it; the database names the stream and the schema, too. */
  static CopyTarget open(Kind kind, Servers servers, String database) throws IOException {
    Path folder = Files.createTempDirectory("millrace-soak-");
    String sink =
        switch (kind) {
          case SQLITE -> "{type: sqlite, file: \"%s\"}".formatted(folder.resolve("copy.db"));
          case POSTGRES ->
              "{type: postgres, url: \"%s\", schema: %s}"
                  .formatted(servers.postgres().uri(), database);
          case JETSTREAM ->
              "{type: nats, urls: [\"%s\"], stream: %s}".formatted(servers.nats().url(), database);
        };
    Path file =
        Files.writeString(
            folder.resolve("millrace.yaml"),
            """
            http: {port: 0}
            pipelines:
              - name: %s
                source: {uri: "%s"}
                snapshot: initial
                sink: %s
            """
                .formatted(PIPELINE, servers.mongo().uri(database), sink));
    return new CopyTarget(kind, servers, database, folder, Program.file(file));
  }

  Program program() {
    return program;
  }

  String database() {
    return database;
  }

  /**
   * The newest that is stored. A database's is of one unit with the rows; JetStream's own is, and
   * this one, beside it, is stored behind that.
   */
  Optional<Checkpoint> checkpoint() {
    try (CheckpointStore store = store()) {
      return store.read().flatMap(Stored::checkpoint);
    }
  }

  private CheckpointStore store() {
    return switch (kind) {
      case SQLITE -> SqliteSink.store(folder.resolve("copy.db"), PIPELINE);
      case POSTGRES ->
          PostgresSink.store(
              new SinkConfig.Postgres(
                  new Secret(servers.postgres().uri()),
                  Optional.empty(),
                  database,
                  SinkConfig.Tables.USUAL),
              PIPELINE);
      case JETSTREAM ->
          new MongoCheckpointStore(
              servers.mongo().uri(), new Namespace(database, POSITIONS), PIPELINE);
    };
  }

  /** All that arrived with all that there is, of a database that nobody writes to. */
  Comparison compare() throws Exception {
    SinkImage image =
        switch (kind) {
          case SQLITE -> SqliteImage.read(folder.resolve("copy.db"));
          case POSTGRES -> PostgresImage.read(servers.postgres().url(), database);
          case JETSTREAM -> JetStreamImage.read(servers.nats().url(), database);
        };
    return Comparison.compare(
        servers.mongo().client(), database, List.of(), List.of(POSITIONS), image);
  }

  @Override
  public void close() throws IOException {
    Folders.delete(folder);
  }
}
