package dev.millrace.relay;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bson.BsonTimestamp;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Millrace as a process of its own, as an operator runs it: started any number of times, and looked
 * at from outside alone.
 */
final class Relay implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final Pattern PAGE = Pattern.compile("page at (http://\\S+/)");

  // Waits for the end of its input, whose other end only this JVM holds: no Millrace outlives it.
  private static final String WATCHDOG =
      "trap '' INT TERM HUP; read -r word || kill -KILL \"$1\" 2>/dev/null";

  private static final HttpClient HTTP =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();

  private final Path folder;
  private final String name;
  private final Map<String, String> environment;
  private final String word;
  private final List<String> arguments;
  private String heap = "-Xmx256m";
  private String wrap = "exec \"$@\"";
  private int runs;
  private @Nullable Process process;

  /**
   * @param name of the files that it prints to
   * @param command the word for what it does
   * @param arguments behind that
   */
  Relay(
      Path folder,
      String name,
      Map<String, String> environment,
      String command,
      String... arguments) {
    this.folder = folder;
    this.name = name;
    this.environment = Map.copyOf(environment);
    this.word = command;
    this.arguments = List.of(arguments);
  }

  /** From the next start on it runs in this shell line, where {@code "$@"} is the process. */
  void wrapIn(String line) {
    wrap = line;
  }

  /** Starts it; returns at once. */
  void start() {
    runs++;
    List<String> command =
        new ArrayList<>(
            List.of(
                "bash",
                "-c",
                wrap,
                "bash",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                heap,
                "-XX:-UsePerfData",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xlog:disable",
                "--enable-native-access=ALL-UNNAMED"));
    command.addAll(ClassArchive.options());
    command.add("dev.millrace.cli.Main");
    command.add(word);
    command.addAll(arguments);
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectOutput(stdout(runs).toFile())
            .redirectError(stderr(runs).toFile());
    builder.environment().putAll(environment);
    try {
      process = builder.start();
      watch(process);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Starts it and waits until all of its pipelines run. */
  void run() {
    start();
    awaitState("running");
  }

  private static void watch(Process watched) throws IOException {
    Process watchdog =
        new ProcessBuilder("sh", "-c", WATCHDOG, "watchdog", Long.toString(watched.pid()))
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    watched.onExit().thenRun(watchdog::destroyForcibly);
  }

  private Process process() {
    Process started = process;
    if (started == null) {
      throw new IllegalStateException("never started");
    }
    return started;
  }

  boolean isAlive() {
    return process != null && process.isAlive();
  }

  /** SIGKILL; returns when it is gone. */
  void kill() {
    process().destroyForcibly();
    awaitExit();
  }

  /** SIGTERM; returns its exit code. */
  int terminate() {
    process().destroy();
    return awaitExit();
  }

  int awaitExit() {
    try {
      assertThat(process().waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS))
          .as("%s ends", this)
          .isTrue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return process().exitValue();
  }

  private Path stdout(int run) {
    return folder.resolve(name + run + ".out");
  }

  private Path stderr(int run) {
    return folder.resolve(name + run + ".err");
  }

  /** What each run printed to stdout. */
  List<String> stdouts() {
    return texts(true);
  }

  /** What each run printed to stderr. */
  List<String> stderrs() {
    return texts(false);
  }

  private List<String> texts(boolean out) {
    List<String> texts = new ArrayList<>();
    try {
      for (int run = 1; run <= runs; run++) {
        texts.add(Files.readString(out ? stdout(run) : stderr(run)));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return texts;
  }

  /** What this run printed to stderr until now. */
  String said() {
    return runs == 0 ? "" : stderrs().getLast();
  }

  /** Where its HTTP answers, as it says itself. */
  String page() {
    Matcher page = PAGE.matcher(said());
    if (!page.find()) {
      throw new IllegalStateException("it has not said yet where its page is");
    }
    return page.group(1);
  }

  /** What its API says of the pipelines. */
  List<JsonNode> pipelines() throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(page() + "api/pipelines"))
            .timeout(Duration.ofSeconds(5))
            .build();
    String body = HTTP.send(request, HttpResponse.BodyHandlers.ofString()).body();
    return List.copyOf(new JsonMapper().readTree(body).values());
  }

  /** What its API says of one pipeline; empty texts and zeros while it does not answer. */
  JsonNode pipeline(int index) {
    try {
      return pipelines().get(index);
    } catch (IOException | RuntimeException e) {
      return new JsonMapper().createObjectNode();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new JsonMapper().createObjectNode();
    }
  }

  String state() {
    return pipeline(0).path("state").asString("");
  }

  String detail() {
    return detail(0);
  }

  String detail(int index) {
    return pipeline(index).path("detail").asString("");
  }

  long events() {
    return pipeline(0).path("events").asLong(0);
  }

  long restarts() {
    return pipeline(0).path("restarts").asLong(0);
  }

  /** Waits until all of its pipelines are in this state. */
  void awaitState(String state) {
    until(
        "every pipeline " + state,
        !state.equals("stopped"),
        () -> pipelines().stream().allMatch(it -> it.path("state").asString("").equals(state)));
  }

  /** Waits until the first pipeline stopped, and returns what it says. */
  String awaitStopped() {
    until("stopped", false, () -> state().equals("stopped"));
    return detail();
  }

  /** Waits until this run said so. */
  void awaitSaid(String text) {
    until("saying " + text, false, () -> said().contains(text));
  }

  /** Waits until the first pipeline delivered so many changes in this run. */
  void awaitEvents(long events) {
    until(events + " events", true, () -> events() >= events);
  }

  /** Waits until all of its pipelines delivered everything until then. */
  void awaitDelivered(BsonTimestamp time) {
    awaitPosition("position", time);
  }

  /** Waits until all of its pipelines stored a position of then or later. */
  void awaitSaved(BsonTimestamp time) {
    awaitPosition("saved_position", time);
  }

  private void awaitPosition(String which, BsonTimestamp time) {
    String wanted = "%016X".formatted(time.getValue());
    until(
        which + " at " + wanted,
        true,
        () ->
            pipelines().stream()
                .map(it -> it.path(which).asString(""))
                .allMatch(at -> at.length() > 18 && at.substring(2, 18).compareTo(wanted) >= 0));
  }

  /** Waits; where it should live on meanwhile, its end ends the waiting too. */
  void until(String what, boolean alive, Callable<Boolean> condition) {
    try {
      await()
          .pollInterval(Duration.ofMillis(50))
          .pollInSameThread()
          .atMost(PATIENCE)
          .ignoreExceptions()
          .failFast(
              "ended or stopped", () -> alive && (!isAlive() || said().contains(": stopped: ")))
          .until(condition);
    } catch (RuntimeException e) {
      throw new AssertionError(
          "%s: not %s; %s\n%s".formatted(name, what, e.getMessage(), said()), e);
    }
  }

  @Override
  public void close() {
    if (isAlive()) {
      kill();
    }
  }

  @Override
  public String toString() {
    return name + " said:\n" + said();
  }
}
