package dev.millrace.bench;

import com.mongodb.client.MongoClient;
import dev.millrace.lab.Ports;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import org.bson.BsonDocument;

/** Millrace itself as its users start it: the runnable jar in a process of its own. */
final class Program {
  private final List<String> command;
  private final Map<String, String> environment;
  private final Path log;

  private Program(List<String> command, Map<String, String> environment, Path log) {
    this.command = command;
    this.environment = environment;
    this.log = log;
  }

  /** The folder that this was built in. */
  static Path home() {
    return Path.of(System.getProperty("millrace.home", "."));
  }

  /** Relays one database to one stream, told by environment variables alone. */
  static Program relay(List<String> command, String mongoUri, String natsUrl, String stream)
      throws IOException {
    Map<String, String> environment = new TreeMap<>();
    environment.put("MONGO_URI", mongoUri);
    environment.put("NATS_SERVER_URL", natsUrl);
    environment.put("NATS_STREAM_NAME", stream);
    environment.put("HTTP_PORT", Integer.toString(Ports.free()));
    environment.put("RAFT_CLUSTER_SIZE", "1");
    return new Program(command, environment, log());
  }

  /** Told by a file. */
  static Program file(Path file) throws IOException {
    List<String> command = new ArrayList<>(jar());
    command.add(file.toString());
    return new Program(command, Map.of(), log());
  }

  /** {@code java -jar … run}, in this JDK. */
  static List<String> jar() {
    return List.of(
        Jvm.java().toString(),
        "-Xmx256m",
        "-jar",
        home().resolve("service/target/millrace.jar").toString(),
        "run");
  }

  /** {@code ./millrace run}. */
  static List<String> launcher() {
    return List.of(home().resolve("millrace").toString(), "run");
  }

  static boolean hasLauncher() {
    return Files.isExecutable(home().resolve("millrace"));
  }

  private static Path log() throws IOException {
    Path log = Files.createTempFile("millrace-bench-", ".log");
    log.toFile().deleteOnExit();
    return log;
  }

  /** Starts it; standard output goes to the log as well. */
  Process start() throws IOException {
    return Jvm.start(builder().redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile())));
  }

  /** Starts it; the caller reads its standard output. */
  Process startPiped() throws IOException {
    return Jvm.start(builder());
  }

  private ProcessBuilder builder() {
    ProcessBuilder builder = new ProcessBuilder(command);
    Jvm.cleanEnvironment(builder.environment());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().putAll(environment);
    // Its input stays a pipe: a child of ours ends when that does.
    return builder.redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()));
  }

  /** Waits until a pipeline keeps a position there: from then on it misses nothing. */
  static void awaitPosition(MongoClient client, String database, Process process, Program program)
      throws IOException {
    long end = System.nanoTime() + Duration.ofMinutes(1).toNanos();
    while (client
            .getDatabase(database)
            .getCollection("cs_resume_tokens", BsonDocument.class)
            .countDocuments(BsonDocument.parse("{checkpoint: {$type: 'object'}}"))
        == 0) {
      program.demandAlive(process);
      if (System.nanoTime() > end) {
        throw new IOException("no position after a minute; it said:\n" + program.said());
      }
      LockSupport.parkNanos(20_000_000L);
    }
  }

  void demandAlive(Process process) throws IOException {
    if (!process.isAlive()) {
      throw new IOException("it ended with " + process.exitValue() + ":\n" + said());
    }
  }

  /** The end of what it logged. */
  String said() throws IOException {
    List<String> lines = Files.readAllLines(log);
    return String.join("\n", lines.subList(Math.max(0, lines.size() - 20), lines.size()));
  }

  /** All that it logged. */
  List<String> lines() throws IOException {
    return Files.readAllLines(log);
  }
}
