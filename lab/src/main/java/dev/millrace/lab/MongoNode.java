package dev.millrace.lab;

import com.mongodb.ConnectionString;
import com.mongodb.MongoClientSettings;
import com.mongodb.MongoException;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.conversions.Bson;
import org.jspecify.annotations.Nullable;

/** One mongod: its process, its folder and a direct connection for administration. */
final class MongoNode {
  private static final Duration READY_DEADLINE = Duration.ofSeconds(60);
  private static final int PORT_TRIES = 5;

  private final List<String> command;
  private final Path folder;
  private final Path scratch;
  private volatile int port;
  private volatile @Nullable ServerProcess process;
  private long logStart;
  private @Nullable MongoClient client;
  private volatile String credentials = "";

  /**
   * @param command binary and arguments that are the same for all nodes
   * @param folder of this node alone: data and log
   * @param scratch the deployment's folder, removed by the watchdog if it is a temporary one
   */
  MongoNode(List<String> command, Path folder, Path scratch) {
    this.command = command;
    this.folder = folder;
    this.scratch = scratch;
  }

  /** Starts on a free port; tries others when somebody is faster in taking it. */
  synchronized void startAnywhere() throws IOException {
    Files.createDirectories(data());
    for (int i = 1; ; i++) {
      port = Ports.free();
      launch();
      if (becameReady()) {
        return;
      }
      if (i == PORT_TRIES || !logTail().contains("SocketException")) {
        throw notStarted();
      }
    }
  }

  /** Starts again on the same port and data. Must be dead. */
  synchronized void startAgain() throws IOException {
    if (isAlive()) {
      throw new IllegalStateException("mongod on port " + port + " is still running");
    }
    launch();
    if (!becameReady()) {
      throw notStarted();
    }
  }

  private void launch() throws IOException {
    List<String> line = new ArrayList<>(command);
    line.addAll(List.of("--port", Integer.toString(port)));
    line.addAll(List.of("--dbpath", data().toString()));
    line.addAll(List.of("--logpath", logFile().toString(), "--logappend"));
    logStart = Files.exists(logFile()) ? Files.size(logFile()) : 0;
    process = ServerProcess.start(line, folder.resolve("output.log"), scratch);
  }

  /** False when the process ended instead. */
  private boolean becameReady() {
    Poll.until(READY_DEADLINE, () -> !isAlive() || Ports.accepts(port), this::notStarted);
    // Somebody else may be the one who accepts there: then ours is about to end.
    return isAlive() && answersAsOurs();
  }

  private boolean answersAsOurs() {
    boolean[] ours = new boolean[1];
    Poll.until(
        READY_DEADLINE,
        () -> {
          ours[0] = isAlive() && logContains("Waiting for connections");
          return ours[0] || !isAlive();
        },
        this::notStarted);
    return ours[0];
  }

  /** Whether this start, not an earlier one, logged it. */
  private boolean logContains(String text) {
    try {
      byte[] log = Files.readAllBytes(logFile());
      int start = (int) Math.min(logStart, log.length);
      // One byte, one character: the end may be in the middle of a longer one.
      return new String(log, start, log.length - start, StandardCharsets.ISO_8859_1).contains(text);
    } catch (IOException e) {
      // Not there yet: the next look will tell.
      return false;
    }
  }

  private ServerUnavailable notStarted() {
    return new ServerUnavailable(
        ServerUnavailable.NOT_STARTED, "mongod did not start. Its log ends with:\n" + logTail());
  }

  private String logTail() {
    return LogTail.of(folder.resolve("output.log"), logFile());
  }

  /** From now on administration logs in; {@code user:password@}. */
  synchronized void useCredentials(String userInfo) {
    credentials = userInfo;
    closeClient();
  }

  /**
   * Runs a command on the admin database of this node, whatever its state.
   *
   * @throws MongoException when it fails or the node does not answer within ten seconds
   */
  BsonDocument run(Bson command) {
    return client().getDatabase("admin").runCommand(command, BsonDocument.class);
  }

  /** The reply to {@code hello}, or null when the node is dead, paused or not answering. */
  @Nullable BsonDocument hello() {
    ServerProcess running = process;
    if (running == null || !running.isAlive() || running.isPaused()) {
      return null;
    }
    try {
      return run(new BsonDocument("hello", new BsonInt32(1)));
    } catch (MongoException e) {
      // Starting up, or just killed: not answering is the answer.
      return null;
    }
  }

  private synchronized MongoClient client() {
    if (client == null) {
      client =
          MongoClients.create(
              MongoClientSettings.builder()
                  .applyConnectionString(new ConnectionString(directUri()))
                  .applyToClusterSettings(
                      cluster -> cluster.serverSelectionTimeout(10, TimeUnit.SECONDS))
                  .applyToServerSettings(server ->
                      server
                          .heartbeatFrequency(100, TimeUnit.MILLISECONDS)
                          .minHeartbeatFrequency(20, TimeUnit.MILLISECONDS))
                  .applyToSocketSettings(socket -> socket.readTimeout(10, TimeUnit.SECONDS))
                  .applicationName("millrace-lab")
                  .build());
    }
    return client;
  }

  synchronized void closeClient() {
    if (client != null) {
      client.close();
      client = null;
    }
  }

  String directUri() {
    return "mongodb://" + credentials + address() + "/?directConnection=true";
  }

  String address() {
    return "127.0.0.1:" + port;
  }

  int port() {
    return port;
  }

  Path logFile() {
    return folder.resolve("mongod.log");
  }

  private Path data() {
    return folder.resolve("data");
  }

  boolean isAlive() {
    ServerProcess running = process;
    return running != null && running.isAlive();
  }

  ServerProcess process() {
    ServerProcess running = process;
    if (running == null) {
      throw new IllegalStateException("mongod was never started");
    }
    return running;
  }
}
