package dev.millrace.model;

import org.jspecify.annotations.Nullable;

/**
 * A failure is an instruction: it says what is to be done, not only what broke. It is made where
 * the cause is known, thrown once inside a {@link MillraceException}, and acted on in one switch
 * (the engine's {@code Attempts}).
 */
public sealed interface Failure {
  /** Stable across versions: what people search for, listed in docs/OPERATIONS.md. */
  String code();

  /** One sentence: what happened, where, and what to do. Never holds a secret. */
  String message();

  /** It passes by itself: start again from the checkpoint, after a pause that grows. */
  record Transient(String code, String message) implements Failure {}

  /** What is followed was changed on request, and is stored: start again at once. */
  record Again(String code, String message) implements Failure {}

  /**
   * What lies between the position and the present cannot be had any more: the source no longer has
   * it, or the sink lost what it was told.
   */
  record PositionLost(String code, String message) implements Failure {}

  /**
   * Another instance took the pipeline: stop writing, do not try again.
   *
   * @param by the term that was found instead; {@link Term#NONE} when that is not known
   */
  record Fenced(String code, String message, Term by) implements Failure {}

  /** Trying again cannot help: a person has to change something. */
  record Fatal(String code, String message) implements Failure {}

  static MillraceException transientFailure(
      String code, String message, @Nullable Throwable cause) {
    return new MillraceException(new Transient(code, message), cause);
  }

  static MillraceException fenced(String message) {
    return fenced(message, Term.NONE);
  }

  static MillraceException fenced(String message, Term by) {
    return new MillraceException(new Fenced("MR-FENCED", message, by), null);
  }

  /** Something that nobody foresaw: a fault of ours. */
  static MillraceException fault(Throwable e) {
    return fatal("MR-INTERNAL", "a fault in Millrace itself: " + e, e);
  }

  static MillraceException fatal(String code, String message) {
    return new MillraceException(new Fatal(code, message), null);
  }

  static MillraceException fatal(String code, String message, @Nullable Throwable cause) {
    return new MillraceException(new Fatal(code, message), cause);
  }
}
