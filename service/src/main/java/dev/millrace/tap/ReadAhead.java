package dev.millrace.tap;

import dev.millrace.model.Failure;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Reads one step ahead of whoever writes, on a thread of its own. While that waits, however long,
 * what is open at the server is kept alive on the same thread, so that nothing is used by two.
 */
final class ReadAhead<T> implements AutoCloseable {
  private final ScheduledExecutorService thread;
  private final Callable<T> step;
  private Future<T> reading;

  /**
   * Begins to read.
   *
   * @param step reads once; the failure that it throws, {@link #next} throws
   * @param keepAlive called about once a second while no step is under way
   */
  ReadAhead(Callable<T> step, Runnable keepAlive) {
    this.step = step;
    this.thread =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("millrace-tap-read").daemon(true).factory());
    thread.scheduleWithFixedDelay(keepAlive, 1, 1, TimeUnit.SECONDS);
    this.reading = thread.submit(step);
  }

  /** What was read; the next step begins. Waits for it. */
  T next() throws InterruptedException {
    try {
      return handOver(reading.get());
    } catch (ExecutionException e) {
      throw failed(e);
    }
  }

  /** As {@link #next}, and null where that takes longer. */
  @Nullable T next(long millis) throws InterruptedException {
    try {
      return handOver(reading.get(millis, TimeUnit.MILLISECONDS));
    } catch (TimeoutException e) {
      return null;
    } catch (ExecutionException e) {
      throw failed(e);
    }
  }

  private T handOver(T read) {
    reading = thread.submit(step);
    return read;
  }

  private static RuntimeException failed(ExecutionException e) {
    return e.getCause() instanceof RuntimeException cause
        ? cause
        : Failure.fatal("MR-INTERNAL", "reading failed: " + e.getCause(), e);
  }

  /** Lets the step under way end by itself; close what it reads from. */
  @Override
  public void close() {
    thread.shutdownNow();
  }
}
