package dev.millrace.tap;

import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets a run outlive what passes by itself: it tries again behind a pause that grows, and gives up
 * after some minutes without progress. For one thread.
 */
final class Patience {
  private static final Logger LOG = LoggerFactory.getLogger(Patience.class);
  private static final Duration MOST = Duration.ofMinutes(5);
  private static final long FIRST_PAUSE = 100;
  private static final long LONGEST_PAUSE = 10_000;

  private final boolean none;
  private final CountDownLatch stop;
  private long failingSince;
  private int failures;

  /**
   * @param none give up at once
   * @param stop ends a pause
   */
  Patience(boolean none, CountDownLatch stop) {
    this.none = none;
    this.stop = stop;
  }

  /** Something was read. */
  void worked() {
    failures = 0;
  }

  /**
   * Waits before another try.
   *
   * @throws MillraceException the failure itself, where trying again is of no use or has been of
   *     none
   */
  void failed(MillraceException e) throws InterruptedException {
    boolean passes =
        e.failure() instanceof Failure.Transient || e.failure() instanceof Failure.Again;
    long now = System.nanoTime();
    if (failures == 0) {
      failingSince = now;
    }
    if (!passes || none || now - failingSince > MOST.toNanos()) {
      throw e;
    }
    long pause = Math.min(FIRST_PAUSE << Math.min(failures, 10), LONGEST_PAUSE);
    failures++;
    LOG.warn("retrying: {} (again in {} ms)", e.getMessage(), pause);
    if (stop.await(pause, TimeUnit.MILLISECONDS)) {
      throw new InterruptedException("told to stop");
    }
  }
}
