package dev.millrace.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.bson.BsonDocument;

/**
 * Starts processes that end with this one: children of our own by the end of their input, all of
 * them by a shutdown hook.
 */
final class Jvm {
  private static final Set<Process> RUNNING = ConcurrentHashMap.newKeySet();

  static {
    Runtime.getRuntime()
        .addShutdownHook(new Thread(() -> RUNNING.forEach(Process::destroyForcibly), "bench-end"));
  }

  private Jvm() {}

  /** Starts a command; what it prints goes where the builder says. */
  static Process start(ProcessBuilder builder) throws IOException {
    Process process = builder.start();
    RUNNING.add(process);
    process.onExit().thenRun(() -> RUNNING.remove(process));
    return process;
  }

  /** The command line of this program's {@code child}, in the same JDK. */
  static List<String> child(String heap, List<String> flags, List<String> args) {
    List<String> command = new ArrayList<>();
    command.add(java().toString());
    command.add("-Xmx" + heap);
    command.addAll(flags);
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add("-Dlogback.configurationFile=bench-logback.xml");
    command.addAll(List.of("dev.millrace.bench.Main", "child"));
    command.addAll(args);
    return command;
  }

  static Path java() {
    return Path.of(System.getProperty("java.home"), "bin", "java");
  }

  /**
   * Runs a child to its end and reads its one line.
   *
   * @throws IOException when it fails; what it complained of went to standard error
   */
  static BsonDocument ask(List<String> command) throws IOException, InterruptedException {
    Process process =
        start(new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT));
    String answer = null;
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        answer = line;
      }
    }
    int status = process.waitFor();
    if (status != 0 || answer == null) {
      throw new IOException("a run failed with status " + status + ": " + command.getLast());
    }
    return BsonDocument.parse(answer);
  }

  /** Asks it to end, and ends it where it does not. */
  static void stop(Process process) throws InterruptedException {
    process.destroy();
    if (!process.waitFor(15, TimeUnit.SECONDS)) {
      kill(process);
    }
  }

  /** SIGKILL; returns once it is gone. */
  static void kill(Process process) throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  /** This process's environment, without what would configure a Millrace started from here. */
  static void cleanEnvironment(Map<String, String> environment) {
    environment
        .keySet()
        .removeIf(
            name -> name.matches("(MONGO|NATS|HTTP|RAFT|LOG|SERVER|APP)_.*|JAVA_TOOL_OPTIONS"));
  }
}
