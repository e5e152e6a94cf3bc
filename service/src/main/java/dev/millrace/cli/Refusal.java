package dev.millrace.cli;

import dev.millrace.config.ConfigProblem;
import java.util.List;
import java.util.stream.Collectors;

/** A command ends with a sentence and an exit code; no trace, for nothing is broken. */
final class Refusal extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int exitCode;

  Refusal(int exitCode, String code, String sentence) {
    super(code + ": " + sentence);
    this.exitCode = exitCode;
  }

  int exitCode() {
    return exitCode;
  }

  /** All faults of a configuration, below a line on how many there are where. */
  static Refusal faults(String where, List<ConfigProblem> problems) {
    String head =
        problems.size() == 1 ? "one fault in " + where : problems.size() + " faults in " + where;
    String all =
        problems.stream().map(p -> System.lineSeparator() + "  " + p).collect(Collectors.joining());
    return new Refusal(ExitCode.USAGE, "MR-CONFIG", head + all);
  }

  static Refusal usage(String sentence) {
    return new Refusal(ExitCode.USAGE, "MR-USAGE", sentence);
  }
}
