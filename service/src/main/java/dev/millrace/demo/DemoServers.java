package dev.millrace.demo;

import com.mongodb.client.MongoClient;
import dev.millrace.lab.Binaries;
import dev.millrace.lab.Comparison;
import dev.millrace.lab.JetStreamImage;
import dev.millrace.lab.MongoServers;
import dev.millrace.lab.NatsServer;
import dev.millrace.lab.ServerProcess;
import dev.millrace.lab.ServerUnavailable;
import dev.millrace.lab.SinkImage;
import dev.millrace.lab.SqliteImage;
import io.nats.client.Connection;
import io.nats.client.JetStreamApiException;
import io.nats.client.Nats;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * The servers of one demo, started here or given, and the names used on them. Closing removes all
 * of it again: started servers with their folders, and on given ones the database and the stream.
 */
public final class DemoServers implements AutoCloseable {
  private static final String TOKENS = "cs_resume_tokens";

  private final Deque<AutoCloseable> closing = new ArrayDeque<>();
  private final Path folder;
  private final String mongoUri;
  private final Optional<String> natsUrl;
  private final Optional<Path> sqlite;
  private final String database;
  private final String stream;
  private final MongoServers.Kind kind;

  private DemoServers(DemoOptions options, Consumer<String> progress) {
    kind = options.kind();
    boolean given = options.mongoUri().isPresent() || options.natsUrl().isPresent();
    // On servers that are somebody's, names that are nobody's.
    String suffix =
        given ? "_" + HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextInt()) : "";
    database = "demo" + suffix;
    stream = given ? database : "cs";
    folder = folder();
    Binaries binaries = new Binaries(System.getenv(), progress);
    mongoUri = options.mongoUri().orElseGet(() -> startMongo(binaries));
    natsUrl = options.nats() ? nats(options, binaries, progress) : Optional.empty();
    sqlite = natsUrl.isPresent() ? Optional.empty() : Optional.of(folder.resolve("demo.db"));
    if (given && kind == MongoServers.Kind.REPLICA_SET) {
      closing.push(this::removeTraces);
    }
  }

  /**
   * Finds or fetches, and starts.
   *
   * @param progress is told what takes long
   * @throws ServerUnavailable when a server cannot be had
   */
  public static DemoServers start(DemoOptions options, Consumer<String> progress) {
    return new DemoServers(options, progress);
  }

  private String startMongo(Binaries binaries) {
    MongoServers mongo = MongoServers.builder().binary(binaries.mongod()).kind(kind).start();
    closing.push(mongo);
    return kind == MongoServers.Kind.REPLICA_SET ? mongo.uri() : mongo.directUri(0);
  }

  private Optional<String> nats(DemoOptions options, Binaries binaries, Consumer<String> progress) {
    if (options.natsUrl().isPresent()) {
      return options.natsUrl();
    }
    try {
      NatsServer nats = NatsServer.builder().binary(binaries.natsServer()).start();
      closing.push(nats);
      return Optional.of(nats.url());
    } catch (ServerUnavailable e) {
      if (!options.sqliteWillDo()) {
        close();
        throw e;
      }
      progress.accept(
          "no nats-server is to be had, so the sink is a SQLite file: " + e.getMessage());
      return Optional.empty();
    }
  }

  private Path folder() {
    try {
      Path made = ServerProcess.scratchFolder("millrace-demo-");
      closing.push(() -> ServerProcess.removeScratch(made));
      return made;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void removeTraces() throws IOException, InterruptedException {
    try (MongoClient client = client()) {
      client.getDatabase(database).drop();
    }
    if (natsUrl.isPresent()) {
      Connection connection = Nats.connect(natsUrl.get());
      try {
        connection.jetStreamManagement().deleteStream(stream);
      } catch (JetStreamApiException gone) {
        return;
      } finally {
        connection.close();
      }
    }
  }

  /** What to paste into a shell. */
  public List<String> exports() {
    String path = mongoUri.replaceFirst("(mongodb://[^/]+)/?", "$1/" + database);
    return Stream.concat(
            Stream.of(export("MONGO_URI", path)),
            Stream.concat(
                natsUrl.stream().map(url -> export("NATS_SERVER_URL", url)),
                Stream.of(
                    export("NATS_STREAM_NAME", stream),
                    export("HTTP_PORT", "3000"),
                    export("RAFT_CLUSTER_SIZE", "1"))))
        .toList();
  }

  private static String export(String name, String value) {
    return "export " + name + "='" + value + "'";
  }

  /**
   * What the relay is told: one pipeline from here to there, which copies what is there first.
   *
   * @param httpPort 0 takes a free one
   */
  public DemoFile file(int httpPort) {
    return DemoFile.write(
        folder,
        httpPort,
        database,
        mongoUri,
        natsUrl.or(() -> sqlite.map(Path::toString)).orElseThrow(),
        natsUrl.map(url -> stream));
  }

  /** For people: {@code JetStream at nats://…}. */
  public String sinkName() {
    return natsUrl
        .map(url -> "JetStream stream " + stream)
        .orElseGet(() -> "SQLite file " + sqlite.orElseThrow());
  }

  /** A client of the source; the caller closes it. */
  public MongoClient client() {
    return com.mongodb.client.MongoClients.create(mongoUri);
  }

  public String database() {
    return database;
  }

  /**
   * Reads the sink back and compares it with the source.
   *
   * @param client of the source
   */
  public Comparison compare(MongoClient client)
      throws IOException, InterruptedException, JetStreamApiException, SQLException {
    SinkImage image =
        natsUrl.isPresent()
            ? JetStreamImage.read(natsUrl.get(), stream)
            : SqliteImage.read(sqlite.orElseThrow());
    return Comparison.compare(client, database, List.of(), List.of(TOKENS), image);
  }

  @Override
  public void close() {
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
