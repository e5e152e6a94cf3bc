package dev.millrace.model;

import java.time.Instant;

/**
 * Arithmetic on cluster times as the server's 64 bits: seconds, then increment, unsigned. A number
 * and not an object, for every event has one.
 */
public final class ClusterTime {
  /** Before every time. */
  public static final long NONE = 0;

  private ClusterTime() {}

  public static boolean isAfter(long a, long b) {
    return Long.compareUnsigned(a, b) > 0;
  }

  public static long later(long a, long b) {
    return isAfter(a, b) ? a : b;
  }

  /** The time just before; of {@link #NONE}, itself. */
  public static long before(long time) {
    return time == NONE ? NONE : time - 1;
  }

  public static long seconds(long time) {
    return time >>> 32;
  }

  /** As {@code 2026-11-21T12:00:00Z}, for people: to the second. */
  public static String iso(long time) {
    return Instant.ofEpochSecond(seconds(time)).toString();
  }

  /** As {@code seconds.increment}, for people. */
  public static String text(long time) {
    return seconds(time) + "." + (time & 0xFFFF_FFFFL);
  }
}
