package dev.millrace.sink.jetstream;

import dev.millrace.model.CopyState;
import java.time.Duration;

/**
 * The copy state that the stream holds, and where.
 *
 * @param sequence of the message whose state has it
 * @param bytes of that state; 0 where we did not write it ourselves
 * @param atNanos when it was written, by {@link System#nanoTime}
 */
record HeldCopy(CopyState copy, long sequence, int bytes, long atNanos) {
  /** A state of fewer bytes is always written whole. */
  private static final int SMALL_BYTES = 2_048;

  // Far inside what a stream keeps, so that the message which has it does not expire before those
  // that point to it.
  private static final long FAR_MESSAGES = 10_000;
  private static final long FAR_NANOS = Duration.ofMinutes(1).toNanos();

  /** As it was found in the stream. */
  static HeldCopy found(CopyState copy) {
    return new HeldCopy(copy, 0, 0, 0);
  }

  boolean is(CopyState other) {
    return copy.revision() == other.revision() && copy.equals(other);
  }

  /**
   * Whether a state may leave the copy state out and point here. With hundreds of collections that
   * has hundreds of kilobytes, and on a quiet stream every message carries a state.
   *
   * @param last the sequence of the message before
   */
  boolean standsFor(CopyState other, long last, long nowNanos) {
    return bytes > SMALL_BYTES
        && last - sequence < FAR_MESSAGES
        && nowNanos - atNanos < FAR_NANOS
        && other.active()
        && is(other);
  }
}
