package dev.millrace.lab;

import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Asks again until the answer is yes or the time is over. */
final class Poll {
  private static final long PAUSE_MILLIS = 20;

  private Poll() {}

  /**
   * Returns once the condition holds.
   *
   * @param failure made only when the deadline passes, so it can say the last thing seen
   */
  static void until(
      Duration deadline, BooleanSupplier condition, Supplier<? extends RuntimeException> failure) {
    long end = System.nanoTime() + deadline.toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - end > 0) {
        throw failure.get();
      }
      try {
        Thread.sleep(PAUSE_MILLIS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw failure.get();
      }
    }
  }
}
