package dev.millrace.lab;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * One server process that never outlives this JVM, with the processes it starts itself. A shutdown
 * hook kills them at an orderly exit; a watchdog does so when this JVM is killed without a chance
 * to say goodbye. Thread-safe.
 */
public final class ServerProcess {
  private static final Set<ServerProcess> RUNNING = ConcurrentHashMap.newKeySet();
  private static final Set<Path> SCRATCH = ConcurrentHashMap.newKeySet();
  private static final Duration DEATH_DEADLINE = Duration.ofSeconds(30);
  private static final Duration SIGNAL_DEADLINE = Duration.ofSeconds(10);

  // Waits for the end of its input, whose other end only this JVM holds: the kernel closes that
  // when the JVM dies in whatever way. A line instead of the end means all is well. The server is
  // stopped first, so that it starts nobody whom the list of its children does not have.
  private static final String WATCHDOG =
      "trap '' INT TERM HUP; read -r word || { kill -STOP \"$1\" 2>/dev/null;"
          + " kill -KILL \"$1\" $(cat \"/proc/$1/task/\"*/children 2>/dev/null) 2>/dev/null;"
          + " if [ -n \"$2\" ]; then rm -rf -- \"$2\"; fi; }";

  static {
    Runtime.getRuntime().addShutdownHook(new Thread(ServerProcess::killAll, "lab-cleanup"));
  }

  private final Process process;
  private volatile boolean paused;

  private ServerProcess(Process process) {
    this.process = process;
  }

  /** A new temporary folder that is removed, at the latest, when this JVM exits. */
  public static Path scratchFolder(String prefix) throws IOException {
    Path folder = Files.createTempDirectory(prefix);
    SCRATCH.add(folder);
    return folder;
  }

  /** Removes a folder made by {@link #scratchFolder}. */
  public static void removeScratch(Path folder) throws IOException {
    Folders.delete(folder);
    SCRATCH.remove(folder);
  }

  /**
   * Starts a server whose process is the command itself: no shell in between, so its pid is real.
   *
   * @param output file that gets what it prints, appended
   * @param scratch folder to remove when the JVM is killed, if it is one of {@link #scratchFolder}
   */
  static ServerProcess start(List<String> command, Path output, Path scratch) throws IOException {
    return start(command, Map.of(), output, scratch);
  }

  /**
   * As {@link #start(List, Path, Path)}.
   *
   * @param environment variables beside those of this JVM
   */
  public static ServerProcess start(
      List<String> command, Map<String, String> environment, Path output, Path scratch)
      throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
            .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()));
    builder.environment().putAll(environment);
    Process process = builder.start();
    ServerProcess server = new ServerProcess(process);
    RUNNING.add(server);
    try {
      server.watch(SCRATCH.contains(scratch) ? scratch.toString() : "");
    } catch (IOException e) {
      server.kill();
      throw e;
    }
    return server;
  }

  private void watch(String scratch) throws IOException {
    Process watchdog =
        new ProcessBuilder(
                "sh", "-c", WATCHDOG, "lab-watchdog", Long.toString(process.pid()), scratch)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    process.onExit().thenRun(() -> dismiss(watchdog));
  }

  private void dismiss(Process watchdog) {
    RUNNING.remove(this);
    try (OutputStream line = watchdog.getOutputStream()) {
      line.write('\n');
    } catch (IOException e) {
      // It is gone already, which is what we want.
      watchdog.destroyForcibly();
    }
  }

  long pid() {
    return process.pid();
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  boolean isPaused() {
    return paused && isAlive();
  }

  /** SIGTERM; returns once it is gone, or after the deadline, when it is killed. */
  public void stop(Duration deadline) {
    stop("TERM", deadline);
  }

  /**
   * As {@link #stop(Duration)}.
   *
   * @param signal the one that asks this server to end, as {@code INT}
   */
  void stop(String signal, Duration deadline) {
    if (isAlive()) {
      signal(signal, List.of(process.toHandle()));
    }
    try {
      process.waitFor(deadline.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    kill();
  }

  /** SIGKILL to it and all it started, also when stopped; returns once they are gone. */
  public void kill() {
    awaitDeath(sendKill());
  }

  /** Returns those that it had started: once it is gone, nobody can tell whose they were. */
  private List<ProcessHandle> sendKill() {
    if (!children().isEmpty()) {
      stopFromStarting();
    }
    List<ProcessHandle> children = children();
    process.destroyForcibly();
    children.forEach(ProcessHandle::destroyForcibly);
    return children;
  }

  private void awaitDeath(List<ProcessHandle> children) {
    try {
      if (!process.waitFor(DEATH_DEADLINE.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new IllegalStateException("Process " + pid() + " survives SIGKILL");
      }
      Poll.until(
          DEATH_DEADLINE,
          () -> children.stream().allMatch(ServerProcess::isGone),
          () -> new IllegalStateException("A child of process " + pid() + " survives SIGKILL"));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    paused = false;
    RUNNING.remove(this);
  }

  private List<ProcessHandle> children() {
    return process.descendants().toList();
  }

  /**
   * SIGSTOP to it and all it started; returns once they stand still, for a signal is only sent when
   * it is sent. Their connections stay open, but nobody answers.
   */
  void pause() {
    requireAlive();
    stopFromStarting();
    signal("STOP", children());
    paused = true;
    Poll.until(
        SIGNAL_DEADLINE,
        this::standsStill,
        () -> new IllegalStateException("Process " + pid() + " goes on after SIGSTOP"));
  }

  /** SIGSTOP to it alone: from then on it has the children it has. */
  private void stopFromStarting() {
    ProcessHandle itself = process.toHandle();
    signal("STOP", List.of(itself));
    Poll.until(
        SIGNAL_DEADLINE,
        () -> !isAlive() || standsStill(itself),
        () -> new IllegalStateException("Process " + pid() + " goes on after SIGSTOP"));
  }

  /** Whether it and all it started is stopped. */
  boolean standsStill() {
    return Stream.concat(Stream.of(process.toHandle()), process.descendants())
        .allMatch(ServerProcess::standsStill);
  }

  /** Whether all its threads are stopped; where there is no {@code /proc} nobody can tell. */
  private static boolean standsStill(ProcessHandle process) {
    Path threads = Path.of("/proc", Long.toString(process.pid()), "task");
    if (!Files.isDirectory(threads)) {
      return true;
    }
    try (Stream<Path> all = Files.list(threads)) {
      return all.allMatch(thread -> "TZ".indexOf(state(thread)) >= 0);
    } catch (IOException | UncheckedIOException e) {
      return false;
    }
  }

  /** Whether it has ended; so has a zombie, which init may leave standing for seconds. */
  static boolean isGone(ProcessHandle process) {
    try {
      return !process.isAlive() || state(Path.of("/proc", Long.toString(process.pid()))) == 'Z';
    } catch (UncheckedIOException e) {
      // No such entry: it went while we looked, or there is no /proc.
      return !process.isAlive();
    }
  }

  /** The state follows the name, which is in parentheses and may hold any character. */
  private static char state(Path processOrThread) {
    try {
      String stat = Files.readString(processOrThread.resolve("stat"));
      return stat.charAt(stat.lastIndexOf(')') + 2);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** SIGCONT to it and all it started. */
  void resume() {
    requireAlive();
    signal("CONT", children());
    signal("CONT", List.of(process.toHandle()));
    paused = false;
  }

  private void requireAlive() {
    if (!isAlive()) {
      throw new IllegalStateException("Process " + pid() + " is gone");
    }
  }

  /** Whether it arrived shows in what they do: one of them may have ended meanwhile. */
  private static void signal(String name, List<ProcessHandle> processes) {
    if (processes.isEmpty()) {
      return;
    }
    String pids =
        processes.stream().map(one -> Long.toString(one.pid())).collect(Collectors.joining(" "));
    try {
      // The shell's own kill: not every machine has the command.
      Processes.run(List.of("sh", "-c", "kill -" + name + " " + pids), SIGNAL_DEADLINE);
    } catch (IOException e) {
      throw new IllegalStateException("Cannot send SIG" + name + " to " + pids, e);
    }
  }

  private static void killAll() {
    Map<ServerProcess, List<ProcessHandle>> dying = new HashMap<>();
    RUNNING.forEach(server -> dying.put(server, server.sendKill()));
    dying.forEach(ServerProcess::awaitDeath);
    for (Path folder : SCRATCH) {
      try {
        Folders.delete(folder);
      } catch (IOException e) {
        // The JVM is going down; the folder is in the temporary directory anyway.
        System.err.println("lab: cannot remove " + folder + ": " + e.getMessage());
      }
    }
  }
}
