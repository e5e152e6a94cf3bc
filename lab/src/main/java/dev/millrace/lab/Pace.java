package dev.millrace.lab;

import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Holds whoever writes to a rate, from when it was made on. */
final class Pace {
  private static final int LARGEST_BATCH = 100;
  private static final long PIECE_NANOS = 50_000_000L;

  private final double rate;
  private final long start = System.nanoTime();

  /**
   * @param rate writes a second; 0 holds nobody up
   */
  Pace(double rate) {
    this.rate = rate;
  }

  /** Small at small rates, so that the writes are spread evenly. */
  static int largestBatch(double rate, int least) {
    return rate <= 0 ? LARGEST_BATCH : (int) Math.clamp(rate / 20, least, LARGEST_BATCH);
  }

  /** Returns when so many writes are due, or it was stopped. */
  void await(long writes, BooleanSupplier stopped) {
    if (rate <= 0) {
      return;
    }
    long due = start + (long) (writes / rate * 1e9);
    for (long left = due - System.nanoTime();
        left > 0 && !stopped.getAsBoolean();
        left = due - System.nanoTime()) {
      // In short pieces, so that a stop does not wait for a slow rate.
      LockSupport.parkNanos(Math.min(left, PIECE_NANOS));
    }
  }
}
