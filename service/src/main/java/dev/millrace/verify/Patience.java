package dev.millrace.verify;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** How long something is waited for that comes by itself, with pauses that grow. */
final class Patience {
  private static final long FIRST_PAUSE = TimeUnit.MILLISECONDS.toNanos(50);
  private static final long LONGEST_PAUSE = TimeUnit.SECONDS.toNanos(1);

  private final long until;
  private long pause = FIRST_PAUSE;

  Patience(Duration most) {
    this.until = System.nanoTime() + most.toNanos();
  }

  boolean isOver() {
    return left() <= 0;
  }

  private long left() {
    return until - System.nanoTime();
  }

  void pause() {
    LockSupport.parkNanos(Math.min(pause, Math.max(1, left())));
    pause = Math.min(2 * pause, LONGEST_PAUSE);
  }
}
