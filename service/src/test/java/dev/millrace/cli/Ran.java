package dev.millrace.cli;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A command that was run in this process, and what it left on stdout and stderr. */
record Ran(int code, String out, String err) {
  /** Without any environment variable. */
  static Ran of(List<String> line) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int code =
        Main.execute(
            new Console(
                Map.of(),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8)),
            line.toArray(String[]::new));
    return new Ran(
        code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  /**
   * @param file of the configuration, named at the end of the line
   */
  static Ran of(List<String> line, String file) {
    List<String> whole = new ArrayList<>(line);
    whole.addAll(List.of("-f", file));
    return of(whole);
  }
}
