package dev.millrace.cli;

import java.io.PrintStream;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What a command sees of the world around it.
 *
 * @param out results for whoever called; in `run` it belongs to the stdout sink alone
 * @param err everything else
 */
public record Console(Map<String, String> environment, PrintStream out, PrintStream err) {
  /** The environment, with the options that were given instead of the variables of those names. */
  Map<String, String> environmentWith(Map<String, Optional<String>> options) {
    Map<String, String> variables = new HashMap<>(environment);
    options.forEach((name, option) -> option.ifPresent(value -> variables.put(name, value)));
    return variables;
  }

  static Console system() {
    return new Console(System.getenv(), System.out, System.err);
  }
}
