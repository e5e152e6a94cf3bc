package dev.millrace.wiring;

import dev.millrace.http.Probe;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Whether a file can be written, or made where it is to be. */
final class FileProbe implements Probe {
  private final Path file;

  FileProbe(Path file) {
    this.file = file.toAbsolutePath();
  }

  @Override
  public boolean answers() {
    if (Files.exists(file)) {
      return Files.isWritable(file);
    }
    @Nullable Path folder = file.getParent();
    return folder != null && Files.isWritable(folder);
  }
}
