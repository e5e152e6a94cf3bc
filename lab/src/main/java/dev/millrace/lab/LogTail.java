package dev.millrace.lab;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The ends of log files, for messages about servers that did not start. */
final class LogTail {
  private static final int LINES = 8;

  private LogTail() {}

  /** The last lines of each file; of one that cannot be read, that there is none. */
  static String of(Path... files) {
    StringBuilder tail = new StringBuilder();
    for (Path file : files) {
      try {
        List<String> lines = Files.readAllLines(file, StandardCharsets.UTF_8);
        lines.stream()
            .skip(Math.max(0, lines.size() - LINES))
            .forEach(line -> tail.append(line).append('\n'));
      } catch (IOException e) {
        tail.append("(no ").append(file).append(")\n");
      }
    }
    return tail.toString();
  }
}
