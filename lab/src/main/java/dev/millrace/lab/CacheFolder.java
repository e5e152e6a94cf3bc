package dev.millrace.lab;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.Consumer;

/**
 * Where fetched programs are kept, and the lock behind which one process at a time adds to them.
 *
 * @param progress gets a line when something is fetched, on the calling thread
 */
record CacheFolder(Path folder, Consumer<String> progress) {
  /** What adds to the folder. */
  @FunctionalInterface
  interface Addition {
    void make() throws IOException;
  }

  void say(String line) {
    progress.accept(line);
  }

  /**
   * Waits until no other thread and no other process adds to it, and does so.
   *
   * @throws IOException when the folder cannot be made or locked, and those of the addition
   */
  void locked(Addition addition) throws IOException {
    Files.createDirectories(folder);
    // A file lock excludes other processes only; within this one it would throw instead of waiting.
    synchronized (CacheFolder.class) {
      try (FileChannel channel =
              FileChannel.open(
                  folder.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
          FileLock lock = channel.lock()) {
        if (!lock.isValid()) {
          throw new IOException("Cannot lock " + folder);
        }
        addition.make();
      }
    }
  }
}
