package dev.millrace.lab;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * One server process that never outlives this JVM. A shutdown hook kills it at an orderly exit; a
 * watchdog does so when this JVM is killed without a chance to say goodbye. Thread-safe.
 */
public final class ServerProcess {
  private static final Set<ServerProcess> RUNNING = ConcurrentHashMap.newKeySet();
  private static final Set<Path> SCRATCH = ConcurrentHashMap.newKeySet();
  private static final long DEATH_SECONDS = 30;

  // Waits for the end of its input, whose other end only this JVM holds: the kernel closes that
  // when the JVM dies in whatever way. A line instead of the end means all is well.
  private static final String WATCHDOG =
      "trap '' INT TERM HUP; read -r word || { kill -KILL \"$1\" 2>/dev/null;"
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
    process.destroy();
    try {
      process.waitFor(deadline.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    kill();
  }

  /** SIGKILL, also to a stopped process; returns once it is gone. */
  public void kill() {
    process.destroyForcibly();
    try {
      if (!process.waitFor(DEATH_SECONDS, TimeUnit.SECONDS)) {
        throw new IllegalStateException("Process " + pid() + " survives SIGKILL");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    paused = false;
    RUNNING.remove(this);
  }

  /**
   * SIGSTOP; returns once it stands still, for a signal is only sent when it is sent. Its
   * connections stay open, but nobody answers.
   */
  void pause() {
    signal("STOP");
    paused = true;
    Poll.until(
        Duration.ofSeconds(10),
        this::standsStill,
        () -> new IllegalStateException("Process " + pid() + " goes on after SIGSTOP"));
  }

  /** Whether all its threads are stopped; where there is no {@code /proc} nobody can tell. */
  boolean standsStill() {
    Path threads = Path.of("/proc", Long.toString(pid()), "task");
    if (!Files.isDirectory(threads)) {
      return true;
    }
    try (Stream<Path> all = Files.list(threads)) {
      return all.allMatch(ServerProcess::isStopped);
    } catch (IOException | UncheckedIOException e) {
      return false;
    }
  }

  /** The state follows the name, which is in parentheses and may hold any character. */
  private static boolean isStopped(Path thread) {
    try {
      String stat = Files.readString(thread.resolve("stat"));
      return stat.startsWith(") T", stat.lastIndexOf(')'));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** SIGCONT. */
  void resume() {
    signal("CONT");
    paused = false;
  }

  private void signal(String name) {
    if (!isAlive()) {
      throw new IllegalStateException("Process " + pid() + " is gone");
    }
    try {
      // The shell's own kill: not every machine has the command.
      Processes.Result result =
          Processes.run(List.of("sh", "-c", "kill -" + name + " " + pid()), Duration.ofSeconds(10));
      if (result.status() != 0) {
        throw new IOException(result.output());
      }
    } catch (IOException e) {
      throw new IllegalStateException("Cannot send SIG" + name + " to " + pid(), e);
    }
  }

  private static void killAll() {
    RUNNING.forEach(server -> server.process.destroyForcibly());
    RUNNING.forEach(ServerProcess::kill);
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
