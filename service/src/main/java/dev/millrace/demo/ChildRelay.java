package dev.millrace.demo;

import dev.millrace.http.RunningInstance;
import dev.millrace.lab.ServerProcess;
import dev.millrace.model.Position;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** {@code millrace run} in a process of its own, which can be killed. Ends with this JVM. */
public final class ChildRelay implements Relay, AutoCloseable {
  private static final Duration STOPPED_WITHIN = Duration.ofSeconds(20);
  private static final long FRESH_NANOS = 100_000_000L;
  private static final int TAIL_LINES = 5;

  private final DemoFile file;
  private final String address;
  private final Path log;
  private ServerProcess process;
  private Standing last = starting(0, 0, 0);
  private long lastNanos = System.nanoTime();
  private long eventsBefore;

  private ChildRelay(DemoFile file, int port) {
    this.file = file;
    this.address = "127.0.0.1:" + port;
    this.log = file.path().resolveSibling("relay.log");
    this.process = launch();
  }

  /**
   * Starts it.
   *
   * @param port what the file says; the same for every start, so that the page stays where it is
   */
  public static ChildRelay start(DemoFile file, int port) {
    return new ChildRelay(file, port);
  }

  private ServerProcess launch() {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of(
            "-Xmx256m",
            "-XX:+UseSerialGC",
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            "dev.millrace.cli.Main",
            "run",
            file.path().toString()));
    try {
      return ServerProcess.start(
          command, file.environment(), log, Objects.requireNonNull(file.path().getParent()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** SIGKILL, and a new start at once. */
  void killAndStart() {
    process.kill();
    eventsBefore = last.events();
    last = starting(eventsBefore, last.copied(), last.estimated());
    lastNanos = System.nanoTime();
    process = launch();
  }

  @Override
  public Standing standing() {
    long now = System.nanoTime();
    if (now - lastNanos < FRESH_NANOS) {
      return last;
    }
    lastNanos = now;
    if (!process.isAlive()) {
      last =
          new Standing("stopped", "the relay ended by itself: " + tail(), 0, -1, null, false, 0, 0);
      return last;
    }
    Optional<JsonNode> answer = new RunningInstance(address).pipelines();
    answer.map(pipelines -> pipelines.path(0)).ifPresent(pipeline -> last = standing(pipeline));
    return last;
  }

  private Standing standing(JsonNode pipeline) {
    JsonNode copy = pipeline.path("copy");
    long copied = 0;
    long estimated = 0;
    boolean pending = false;
    for (JsonNode one : copy.path("collections").values()) {
      copied += one.path("copied").asLong(0);
      estimated += Math.max(0, one.path("estimated").asLong(0));
      String status = one.path("status").asString("");
      pending |= status.equals("pending") || status.equals("unreadable");
    }
    boolean known = copy.path("active").asBoolean(false) && copy.path("listed").asBoolean(false);
    String position = pipeline.path("position").asString("");
    return new Standing(
        pipeline.path("state").asString(""),
        pipeline.path("detail").asString(""),
        eventsBefore + pipeline.path("events").asLong(0),
        pipeline.path("lag_seconds").asLong(-1),
        position.isEmpty() ? null : Position.of(position),
        known && !pending,
        copied,
        estimated);
  }

  private static Standing starting(long events, long copied, long estimated) {
    return new Standing("starting", "", events, -1, null, false, copied, estimated);
  }

  private String tail() {
    try {
      List<String> lines = Files.readAllLines(log);
      return String.join(
          System.lineSeparator(),
          lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size()));
    } catch (IOException e) {
      return "no log: " + e.getMessage();
    }
  }

  @Override
  public String page() {
    return "http://" + address + "/";
  }

  @Override
  public void close() {
    process.stop(STOPPED_WITHIN);
  }
}
