package dev.millrace.engine;

import dev.millrace.model.MillraceException;
import dev.millrace.source.CopySource;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;

/**
 * Where the sequencer lays down what is to be read, and finds what was. The sequencer bounds what
 * lies here; readers take one order at a time.
 */
final class CopyDesk {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition ordered = lock.newCondition();
  private final ArrayDeque<Order> chunks = new ArrayDeque<>();
  private final ArrayDeque<Order> errands = new ArrayDeque<>();
  private final ArrayDeque<Done> done = new ArrayDeque<>();
  private final Runnable whenDone;
  private boolean closed;

  /**
   * @param whenDone called by a reader when something can be {@link #collect}ed
   */
  CopyDesk(Runnable whenDone) {
    this.whenDone = whenDone;
  }

  /** Something to be read. */
  sealed interface Order {
    /** The newest time there is; the stream passes it soon after. */
    record Now() implements Order {}

    /** As of that time or later, as {@link CopySource#list} has it. */
    record List(long after) implements Order {}

    record Cuts(CollectionWindows collection, RangeCopy range, CopySource.Span span, int parts)
        implements Order {}

    record Chunk(Window window, CopySource.Chunk chunk) implements Order {}
  }

  /** What was read. */
  sealed interface Done {
    record Now(long time) implements Done {}

    record Listed(CopySource.Listing listing) implements Done {}

    record Cuts(CollectionWindows collection, RangeCopy range, List<BsonValue> keys)
        implements Done {}

    record Chunk(Window window, CopySource.Outcome outcome) implements Done {}

    /** It passes by itself; the order is to be given again. */
    record Failed(Order order, MillraceException failure) implements Done {}
  }

  void order(Order order) {
    lock.lock();
    try {
      (order instanceof Order.Chunk ? chunks : errands).addLast(order);
      ordered.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /**
   * The next order; null when there is none. Never waits.
   *
   * @param ofChunks whether chunks are wanted, or all the rest
   */
  @Nullable Order take(boolean ofChunks) {
    lock.lock();
    try {
      return (ofChunks ? chunks : errands).pollFirst();
    } finally {
      lock.unlock();
    }
  }

  /** Waits until there may be an order, or it is closed, or for so long. */
  void await(boolean ofChunks, long nanos) throws InterruptedException {
    lock.lock();
    try {
      long left = nanos;
      while ((ofChunks ? chunks : errands).isEmpty() && !closed && left > 0) {
        left = ordered.awaitNanos(left);
      }
    } finally {
      lock.unlock();
    }
  }

  void lay(Done result) {
    lock.lock();
    try {
      done.addLast(result);
    } finally {
      lock.unlock();
    }
    whenDone.run();
  }

  /** The next result; null when there is none. Never waits. */
  @Nullable Done collect() {
    lock.lock();
    try {
      return done.pollFirst();
    } finally {
      lock.unlock();
    }
  }

  void close() {
    lock.lock();
    try {
      closed = true;
      ordered.signalAll();
    } finally {
      lock.unlock();
    }
  }

  boolean isClosed() {
    lock.lock();
    try {
      return closed;
    } finally {
      lock.unlock();
    }
  }
}
