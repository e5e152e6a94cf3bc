package dev.millrace.testing;

import dev.millrace.model.Failure;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Holds whoever comes by until it is released; then lets everybody pass. Closing releases it. Two
 * minutes are the longest that anybody waits on either side.
 */
public final class Gate implements AutoCloseable {
  private static final long SECONDS = 120;

  private final CountDownLatch reached = new CountDownLatch(1);
  private final CountDownLatch released = new CountDownLatch(1);

  Gate() {}

  /**
   * Waits until somebody is held.
   *
   * @throws AssertionError when nobody comes
   */
  public void awaitReached() {
    try {
      if (!reached.await(SECONDS, TimeUnit.SECONDS)) {
        throw new AssertionError("nobody came to the pause point");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while waiting for somebody at the pause point", e);
    }
  }

  public boolean isReached() {
    return reached.getCount() == 0;
  }

  public void release() {
    released.countDown();
  }

  void pass() {
    reached.countDown();
    try {
      if (!released.await(SECONDS, TimeUnit.SECONDS)) {
        throw Failure.fatal("MR-TEST-HELD", "nobody released the pause point");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Failure.transientFailure("MR-INTERRUPTED", "stopped at a pause point", e);
    }
  }

  @Override
  public void close() {
    release();
  }
}
