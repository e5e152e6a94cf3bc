package dev.millrace.repro;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.json.JsonMapper;

/** One tap in front of one slow consumer, and what the server says of its cursor. */
final class Run {
  private final Place place;
  private final Lives lives;
  private final boolean fullTable;
  private final boolean publicTap;
  private final PrintStream out;

  /**
   * @param fullTable reads all documents in place of the changes
   * @param publicTap runs tap-mongodb in place of ours
   */
  Run(Place place, Lives lives, boolean fullTable, boolean publicTap, PrintStream out) {
    this.place = place;
    this.lives = lives;
    this.fullTable = fullTable;
    this.publicTap = publicTap;
    this.out = out;
  }

  /** Returns the tap's exit status, or 1 where it succeeded without having told of everything. */
  int run() throws IOException, InterruptedException {
    if (Server.running(place).isEmpty()) {
      throw new UsageException("no server is running: ./repro/session-timeout/init first");
    }
    Duration stall =
        Duration.ofSeconds(
            new JsonMapper()
                .readTree(Files.readString(place.facts()))
                .path("stall_seconds")
                .asLong());
    List<String> command = command();
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().remove(Lives.VARIABLE);
    if (!publicTap) {
      lives.value().ifPresent(value -> builder.environment().put(Lives.VARIABLE, value));
    }
    long logged = Files.size(place.serverLog());
    long start = System.nanoTime();
    out.println("$ " + shown(command) + " | a slow consumer");
    Process tap = builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
    Tally tally = fullTable ? Tally.ofTable() : Tally.ofChanges();
    int status;
    try (BufferedReader lines = tap.inputReader(StandardCharsets.UTF_8)) {
      new SlowConsumer(tally, stall, out).read(lines);
      status = tap.waitFor();
    } finally {
      tap.destroy();
    }
    out.printf(
        "the tap ended with %d after %d s%n", status, (System.nanoTime() - start) / 1_000_000_000);
    out.println(tally);
    CursorHistory.of(place.serverLog(), logged, publicTap ? "" : lives.script()).print(out);
    return status == 0 && !tally.isComplete() ? 1 : status;
  }

  private List<String> command() throws IOException, InterruptedException {
    List<String> command =
        publicTap
            ? new ArrayList<>(List.of(new PublicTap(System.getenv()).executable().toString()))
            : new ArrayList<>(List.of(place.launcher(), "tap"));
    Path config = publicTap ? place.config() : place.config(lives.script());
    command.addAll(List.of("--config", config.toString()));
    Path catalog = fullTable ? place.catalog() : place.logCatalog();
    command.addAll(List.of("--catalog", catalog.toString()));
    if (!fullTable) {
      command.addAll(List.of("--state", place.tapState().toString()));
    }
    return command;
  }

  private String shown(List<String> command) {
    String text =
        publicTap ? "" : lives.value().map(it -> Lives.VARIABLE + "=" + it + " ").orElse("");
    return text
        + String.join(" ", command)
            .replace(place.home() + "/millrace ", "./millrace ")
            .replace(place.home() + "/", "");
  }
}
