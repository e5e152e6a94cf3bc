package dev.millrace.cli;

import java.io.PrintStream;
import java.util.Map;

/**
 * What a command sees of the world around it.
 *
 * @param out results for whoever called; in `run` it belongs to the stdout sink alone
 * @param err everything else
 */
public record Console(Map<String, String> environment, PrintStream out, PrintStream err) {
  static Console system() {
    return new Console(System.getenv(), System.out, System.err);
  }
}
