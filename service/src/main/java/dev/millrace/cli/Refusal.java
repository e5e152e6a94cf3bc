package dev.millrace.cli;

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

  static Refusal usage(String sentence) {
    return new Refusal(ExitCode.USAGE, "MR-USAGE", sentence);
  }
}
