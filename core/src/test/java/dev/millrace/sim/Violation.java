package dev.millrace.sim;

/** What a simulation ends with when something was not as it must be. */
final class Violation extends AssertionError {
  private static final long serialVersionUID = 1L;

  Violation(String message) {
    super(message);
  }
}
