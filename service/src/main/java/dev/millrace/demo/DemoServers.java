package dev.millrace.demo;

import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import dev.millrace.lab.Binaries;
import dev.millrace.lab.Comparison;
import dev.millrace.lab.MongoServers;
import dev.millrace.lab.ServerProcess;
import dev.millrace.lab.ServerUnavailable;
import dev.millrace.model.MillraceException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * The servers of one demo, started here or given, and the names used on them. Closing removes all
 * of it again: started servers with their folders, and on given ones the database and the stream or
 * the schema.
 */
public final class DemoServers implements AutoCloseable {
  private static final String TOKENS = "cs_resume_tokens";

  private final Deque<AutoCloseable> closing;
  private final Path folder;
  private final String mongoUri;
  private final String database;
  private final DemoSink sink;

  private DemoServers(
      Deque<AutoCloseable> closing, Path folder, String mongoUri, String database, DemoSink sink) {
    this.closing = closing;
    this.folder = folder;
    this.mongoUri = mongoUri;
    this.database = database;
    this.sink = sink;
  }

  /**
   * Finds or fetches, and starts.
   *
   * @param progress is told what takes long
   * @throws ServerUnavailable when a server cannot be had
   * @throws MillraceException when a database that was given cannot be connected to
   */
  public static DemoServers start(DemoOptions options, Consumer<String> progress) {
    // On servers that are somebody's, names that are nobody's.
    String suffix =
        options.given()
            ? "_" + HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextInt())
            : "";
    String database = "demo" + suffix;
    Binaries binaries = new Binaries(System.getenv(), progress);
    Deque<AutoCloseable> closing = new ArrayDeque<>();
    try {
      Path folder = folder(closing);
      String mongoUri =
          options
              .mongoUri()
              .map(uri -> given(uri, database, options.kind(), closing))
              .orElseGet(() -> startMongo(binaries, options.kind(), closing));
      DemoSink sink =
          new Sinks(binaries, folder, database, options.given(), progress).open(options.sink());
      closing.push(sink.end());
      return new DemoServers(closing, folder, mongoUri, database, sink);
    } catch (RuntimeException e) {
      closeAll(closing);
      throw e;
    }
  }

  private static Path folder(Deque<AutoCloseable> closing) {
    try {
      Path made = ServerProcess.scratchFolder("millrace-demo-");
      closing.push(() -> ServerProcess.removeScratch(made));
      return made;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String startMongo(
      Binaries binaries, MongoServers.Kind kind, Deque<AutoCloseable> closing) {
    MongoServers mongo = MongoServers.builder().binary(binaries.mongod()).kind(kind).start();
    closing.push(mongo);
    return kind == MongoServers.Kind.REPLICA_SET ? mongo.uri() : mongo.directUri(0);
  }

  private static String given(
      String uri, String database, MongoServers.Kind kind, Deque<AutoCloseable> closing) {
    if (kind == MongoServers.Kind.REPLICA_SET) {
      closing.push(() -> drop(uri, database));
    }
    return uri;
  }

  private static void drop(String uri, String database) {
    try (MongoClient client = MongoClients.create(uri)) {
      client.getDatabase(database).drop();
    }
  }

  /** Opens the sink that is wanted. */
  private record Sinks(
      Binaries binaries, Path folder, String database, boolean given, Consumer<String> progress) {
    DemoSink open(SinkChoice choice) {
      return switch (choice) {
        case SinkChoice.Nats nats -> nats(nats);
        case SinkChoice.Sqlite sqlite -> sqlite();
        case SinkChoice.Postgres postgres ->
            postgres
                .url()
                .map(url -> DemoPostgres.given(url, database))
                .orElseGet(() -> DemoPostgres.started(binaries, database));
      };
    }

    private DemoSink nats(SinkChoice.Nats nats) {
      String stream = given ? database : "cs";
      if (nats.url().isPresent()) {
        return DemoJetStream.given(nats.url().get(), stream);
      }
      try {
        return DemoJetStream.started(binaries, stream);
      } catch (ServerUnavailable e) {
        if (!nats.sqliteWillDo()) {
          throw e;
        }
        progress.accept(
            "no nats-server is to be had, so the sink is a SQLite file: " + e.getMessage());
        return sqlite();
      }
    }

    private DemoSink sqlite() {
      return new DemoSqlite(folder.resolve("demo.db"));
    }
  }

  /** What to paste into a shell. */
  public List<String> exports() {
    String source = mongoUri.replaceFirst("(mongodb://[^/]+)/?", "$1/" + database);
    return Stream.concat(Stream.of(DemoSink.export("MONGO_URI", source)), sink.exports().stream())
        .toList();
  }

  /**
   * What the relay is told: one pipeline from here to there, which copies what is there first.
   *
   * @param httpPort 0 takes a free one
   */
  public DemoFile file(int httpPort) {
    return DemoFile.write(folder, httpPort, database, mongoUri, sink);
  }

  /** For people: {@code JetStream stream cs}. */
  public String sinkName() {
    return sink.name();
  }

  /** A client of the source; the caller closes it. */
  public MongoClient client() {
    return MongoClients.create(mongoUri);
  }

  public String database() {
    return database;
  }

  /**
   * Reads the sink back and compares it with the source.
   *
   * @param client of the source
   */
  public Comparison compare(MongoClient client) throws Exception {
    return Comparison.compare(client, database, List.of(), List.of(TOKENS), sink.read());
  }

  @Override
  public void close() {
    closeAll(closing);
  }

  private static void closeAll(Deque<AutoCloseable> closing) {
    while (!closing.isEmpty()) {
      try {
        closing.pop().close();
      } catch (Exception e) {
        System.getLogger("dev.millrace.demo")
            .log(System.Logger.Level.WARNING, "could not remove everything: " + e.getMessage());
      }
    }
  }
}
