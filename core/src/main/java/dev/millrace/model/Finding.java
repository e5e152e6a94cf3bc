package dev.millrace.model;

/**
 * One thing that `check` looked at.
 *
 * @param code stable, as a {@link Failure}'s; empty where all is well
 * @param message one sentence: what is there and, unless all is well, what to type
 */
public record Finding(Level level, String code, String message) {
  /** How bad it is. */
  public enum Level {
    OK,
    /** It runs, and somebody may be surprised. */
    WARNING,
    /** It would not run. */
    FAULT
  }

  public static Finding ok(String message) {
    return new Finding(Level.OK, "", message);
  }

  public static Finding warning(String code, String message) {
    return new Finding(Level.WARNING, code, message);
  }

  public static Finding fault(String code, String message) {
    return new Finding(Level.FAULT, code, message);
  }

  public static Finding fault(Failure failure) {
    return new Finding(Level.FAULT, failure.code(), failure.message());
  }
}
