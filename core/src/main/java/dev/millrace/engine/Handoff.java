package dev.millrace.engine;

import dev.millrace.model.Batch;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The queue between the thread that reads and the one that delivers, bounded in bytes. Full means
 * that reading stops, not that memory grows. One element larger than the whole bound is let into an
 * empty queue, or it could never pass. One producer, one consumer.
 */
final class Handoff {
  private static final long PATIENT_MILLIS = 1_000;

  /**
   * A waiting read does not see the stream come on, so it must end often; measured: 1 % of a core.
   */
  private static final long HURRIED_MILLIS = 50;

  private final long limitBytes;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition arrived = lock.newCondition();
  private final Condition taken = lock.newCondition();
  private final ArrayDeque<Batch> queue = new ArrayDeque<>();
  private long bytes;
  private boolean closed;
  private boolean woken;
  private volatile boolean hurried;

  Handoff(long limitBytes) {
    this.limitBytes = limitBytes;
  }

  /** Takes the batch in unless it is full or closed; never waits. */
  boolean offer(Batch batch) {
    lock.lock();
    try {
      if (closed || (bytes + batch.bytes() > limitBytes && !queue.isEmpty())) {
        return false;
      }
      queue.addLast(batch);
      bytes += batch.bytes();
      arrived.signal();
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** The oldest batch, or null when there is none; never waits. */
  @Nullable Batch poll() {
    lock.lock();
    try {
      Batch batch = queue.pollFirst();
      if (batch != null) {
        bytes -= batch.bytes();
        taken.signal();
      }
      return batch;
    } finally {
      lock.unlock();
    }
  }

  /** Waits until something was taken out, or for so long; may return early. */
  @SuppressWarnings("WaitNotInLoop") // the stage that rests here is the loop
  void awaitSpace(long nanos) throws InterruptedException {
    lock.lock();
    try {
      if (!closed) {
        taken.awaitNanos(nanos);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Ends the waiting for an item, now or when it next begins: something else is there to do. */
  void wake() {
    lock.lock();
    try {
      woken = true;
      arrived.signal();
    } finally {
      lock.unlock();
    }
  }

  /** How long a read may wait when nothing happens: asked by the reader, set by who delivers. */
  long patienceMillis() {
    return hurried ? HURRIED_MILLIS : PATIENT_MILLIS;
  }

  /** While something waits for the stream to come on, reads that bring nothing return soon. */
  void hurry(boolean now) {
    hurried = now;
  }

  /** Waits until there is something, or it is closed or woken, or for so long. */
  void awaitItem(long nanos) throws InterruptedException {
    lock.lock();
    try {
      long left = nanos;
      while (queue.isEmpty() && !closed && !woken && left > 0) {
        left = arrived.awaitNanos(left);
      }
      woken = false;
    } finally {
      lock.unlock();
    }
  }

  /** Lets nothing more in; what is in can still be taken. */
  void close() {
    lock.lock();
    try {
      closed = true;
      arrived.signalAll();
      taken.signalAll();
    } finally {
      lock.unlock();
    }
  }

  boolean isDrained() {
    lock.lock();
    try {
      return closed && queue.isEmpty();
    } finally {
      lock.unlock();
    }
  }

  long bytes() {
    lock.lock();
    try {
      return bytes;
    } finally {
      lock.unlock();
    }
  }

  static long millis(long millis) {
    return TimeUnit.MILLISECONDS.toNanos(millis);
  }

  static long seconds(long seconds) {
    return TimeUnit.SECONDS.toNanos(seconds);
  }
}
