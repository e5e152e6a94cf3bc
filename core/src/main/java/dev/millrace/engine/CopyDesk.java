package dev.millrace.engine;

import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;
import dev.millrace.source.CopySource;
import java.util.ArrayDeque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Where the delivering thread lays down what is to be read, and finds what came of it. It bounds
 * what lies here; readers take one errand at a time.
 */
final class CopyDesk {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition ordered = lock.newCondition();
  private final ArrayDeque<Errand<?>> chunks = new ArrayDeque<>();
  private final ArrayDeque<Errand<?>> others = new ArrayDeque<>();
  private final ArrayDeque<Runnable> done = new ArrayDeque<>();
  private final Runnable whenDone;
  private boolean closed;

  /**
   * @param whenDone called by a reader when something can be {@link #collect}ed
   */
  CopyDesk(Runnable whenDone) {
    this.whenDone = whenDone;
  }

  /**
   * Something to be read, by a reader's thread, and what the delivering thread does then.
   *
   * @param failed what it does where reading failed by something that passes
   */
  record Errand<T>(
      Function<CopySource, T> read, Consumer<T> done, Consumer<MillraceException> failed) {
    /**
     * Reads.
     *
     * @return what the delivering thread is to do
     * @throws MillraceException where reading failed by something that does not pass
     */
    Runnable run(CopySource source) {
      try {
        T result = read.apply(source);
        return () -> done.accept(result);
      } catch (MillraceException e) {
        if (!(e.failure() instanceof Failure.Transient)) {
          throw e;
        }
        return () -> failed.accept(e);
      }
    }
  }

  /** Has a chunk read, by any of several readers. */
  void orderChunk(Errand<?> errand) {
    order(errand, chunks);
  }

  /** Has something else read, by the one reader for all that. */
  void order(Errand<?> errand) {
    order(errand, others);
  }

  private void order(Errand<?> errand, ArrayDeque<Errand<?>> to) {
    lock.lock();
    try {
      to.addLast(errand);
      ordered.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /**
   * The next errand; null when there is none. Never waits.
   *
   * @param ofChunks whether chunks are wanted, or all the rest
   */
  @Nullable Errand<?> take(boolean ofChunks) {
    lock.lock();
    try {
      return (ofChunks ? chunks : others).pollFirst();
    } finally {
      lock.unlock();
    }
  }

  /** Waits until there may be an errand, or it is closed, or for so long. */
  void await(boolean ofChunks, long nanos) throws InterruptedException {
    lock.lock();
    try {
      long left = nanos;
      while ((ofChunks ? chunks : others).isEmpty() && !closed && left > 0) {
        left = ordered.awaitNanos(left);
      }
    } finally {
      lock.unlock();
    }
  }

  void lay(Runnable result) {
    lock.lock();
    try {
      done.addLast(result);
    } finally {
      lock.unlock();
    }
    whenDone.run();
  }

  /** What is to be done next with what was read; null when there is nothing. Never waits. */
  @Nullable Runnable collect() {
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
