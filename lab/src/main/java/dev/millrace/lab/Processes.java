package dev.millrace.lab;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs short commands. */
final class Processes {
  private Processes() {}

  /** What a command printed, both streams together, and its exit status. */
  record Result(int status, String output) {}

  /**
   * Runs a command to its end; kills it at the deadline.
   *
   * @throws IOException when it cannot be started or does not end in time
   */
  static Result run(List<String> command, Duration deadline) throws IOException {
    return run(command, Path.of("").toAbsolutePath(), deadline);
  }

  /**
   * As {@link #run(List, Duration)}.
   *
   * @param folder where it runs
   */
  static Result run(List<String> command, Path folder, Duration deadline) throws IOException {
    // A file instead of a pipe: a full pipe would stop the command while nobody reads.
    Path output = Files.createTempFile("millrace-lab-", ".out");
    try {
      Process process =
          new ProcessBuilder(command)
              .directory(folder.toFile())
              .redirectErrorStream(true)
              .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
              .redirectOutput(output.toFile())
              .start();
      try {
        if (!process.waitFor(deadline.toMillis(), TimeUnit.MILLISECONDS)) {
          throw new IOException(command.getFirst() + " did not end within " + deadline);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("Interrupted while running " + command.getFirst(), e);
      } finally {
        process.destroyForcibly();
      }
      String text = new String(Files.readAllBytes(output), StandardCharsets.UTF_8).strip();
      return new Result(process.exitValue(), text);
    } finally {
      Files.deleteIfExists(output);
    }
  }
}
