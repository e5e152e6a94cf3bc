package dev.millrace.repro;

/** A script was called in a way, or at a moment, that makes no sense; the message says how to. */
final class UsageException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  UsageException(String message) {
    super(message);
  }
}
