package dev.millrace.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A file system of a given size, so that a test can fill it and make room again. It is in memory
 * (tmpfs), and only a user who may mount can have one. Not thread-safe.
 */
public final class SmallDisk implements AutoCloseable {
  private static final Duration DEADLINE = Duration.ofSeconds(10);

  private final Path folder;

  private SmallDisk(Path folder) {
    this.folder = folder;
  }

  /** Mounts one; empty where this user may not, or the system has no tmpfs. */
  public static Optional<SmallDisk> mount(int mebibytes) {
    try {
      Path folder = ServerProcess.scratchFolder("millrace-disk-");
      if (run("mount", "-t", "tmpfs", "-o", size(mebibytes), "tmpfs", folder.toString())) {
        return Optional.of(new SmallDisk(folder));
      }
      ServerProcess.removeScratch(folder);
      return Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Its root. */
  public Path folder() {
    return folder;
  }

  /**
   * Gives it another size; what is on it stays.
   *
   * @throws IllegalStateException when more than that is on it
   */
  public void resize(int mebibytes) {
    try {
      if (!run("mount", "-o", "remount," + size(mebibytes), folder.toString())) {
        throw new IllegalStateException("%s cannot be of %d MiB".formatted(folder, mebibytes));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String size(int mebibytes) {
    return "size=" + mebibytes + "m";
  }

  private static boolean run(String... command) throws IOException {
    try {
      return Processes.run(List.of(command), DEADLINE).status() == 0;
    } catch (IOException e) {
      if (e.getMessage() != null && e.getMessage().startsWith("Cannot run program")) {
        return false;
      }
      throw e;
    }
  }

  /** Removes it with all that is on it, also while somebody has a file of it open. */
  @Override
  public void close() {
    try {
      run("umount", "--lazy", folder.toString());
      ServerProcess.removeScratch(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
