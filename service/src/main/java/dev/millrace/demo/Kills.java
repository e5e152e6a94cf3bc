package dev.millrace.demo;

import java.util.Random;
import java.util.function.Supplier;

/**
 * When to kill: at random moments spread over the work, some of them while the relay is still
 * starting. For one thread.
 */
final class Kills {
  private static final long LONGEST_NANOS = 2_000_000_000L;

  private final int wanted;
  private final Random random;
  private int done;
  private double nextAt;
  private long nanos;
  private boolean early;
  private long sinceNanos = -1;

  Kills(int wanted, long seed) {
    this.wanted = wanted;
    this.random = new Random(seed);
    draw();
  }

  private void draw() {
    nextAt = (done + random.nextDouble()) / Math.max(1, wanted);
    nanos = (long) (random.nextDouble() * LONGEST_NANOS);
    early = random.nextInt(4) == 0;
    sinceNanos = -1;
  }

  int done() {
    return done;
  }

  boolean isOver() {
    return done >= wanted;
  }

  /**
   * Whether now is the time; it counts as done then.
   *
   * @param progress of the work, from 0 to 1
   * @param running whether the relay has come to run since the last time
   */
  boolean isDue(double progress, Supplier<Boolean> running, long now) {
    if (isOver() || progress < nextAt || !(early || running.get())) {
      return false;
    }
    if (sinceNanos < 0) {
      sinceNanos = now;
    }
    if (now - sinceNanos < nanos) {
      return false;
    }
    done++;
    draw();
    return true;
  }
}
