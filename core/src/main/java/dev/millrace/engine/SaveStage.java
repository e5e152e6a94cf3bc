package dev.millrace.engine;

import dev.millrace.checkpoint.CheckpointStore;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.ClusterTime;
import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.bson.BsonTimestamp;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Saves the newest durable checkpoint, a few times a second at most and beside the delivering: a
 * store that is slow or refuses for a while delays positions, never changes.
 *
 * <p>An idle move, with nothing delivered, is saved at most every ten seconds, so that a quiet
 * collection on a busy deployment does not fall off the oplog; and not while it only shows the
 * store's own last write coming back through the stream, or an idle pipeline would keep itself busy
 * for ever.
 */
final class SaveStage implements Stage {
  private static final Logger LOG = LoggerFactory.getLogger(SaveStage.class);
  private static final long IDLE_EVERY = TimeUnit.SECONDS.toNanos(10);
  private static final long RETRY_AFTER = TimeUnit.SECONDS.toNanos(1);

  private final String pipeline;
  private final CheckpointStore store;
  private final PipelineMetrics metrics;
  private final LongSupplier nanoClock;
  private final long everyNanos;
  private final Runnable whenSaved;
  private final Object monitor = new Object();

  private @Nullable Checkpoint delivered;
  private @Nullable Move idle;
  private volatile @Nullable Checkpoint saved;
  private Draining draining = Draining.NO;

  private long savedAt;
  private long refusedAt;
  private boolean refusing;
  private long ownWrite;

  /**
   * The position moved and nothing was delivered.
   *
   * @param awaited whether somebody waits for it to be stored
   */
  private record Move(Checkpoint to, boolean awaited) {}

  /** Whether what is durable is saved at once, and there is nothing more to do then. */
  private enum Draining {
    NO,
    /** A store that refuses is not asked again. */
    IF_IT_CAN_BE,
    UNTIL_SAVED
  }

  /**
   * @param nanoClock as {@link System#nanoTime}
   * @param whenSaved called after each save, by the thread that saves: a commit point may wait for
   *     it
   */
  SaveStage(
      String pipeline,
      CheckpointStore store,
      PipelineMetrics metrics,
      LongSupplier nanoClock,
      long everyMillis,
      Runnable whenSaved) {
    this.pipeline = pipeline;
    this.store = store;
    this.metrics = metrics;
    this.nanoClock = nanoClock;
    this.everyNanos = TimeUnit.MILLISECONDS.toNanos(everyMillis);
    this.whenSaved = whenSaved;
    this.savedAt = nanoClock.getAsLong() - everyNanos;
  }

  /** A parcel became durable with this. Called by the delivering thread. */
  void delivered(Checkpoint checkpoint) {
    synchronized (monitor) {
      delivered = checkpoint;
      idle = null;
      monitor.notifyAll();
    }
  }

  /**
   * The position moved and nothing was delivered. Called by the delivering thread.
   *
   * @param awaited whether somebody waits for it to be stored
   */
  void idle(Checkpoint checkpoint, boolean awaited) {
    synchronized (monitor) {
      idle = new Move(checkpoint, awaited);
      if (awaited) {
        monitor.notifyAll();
      }
    }
  }

  /** What was saved last; null before the first. Any thread. */
  @Nullable Checkpoint saved() {
    return saved;
  }

  @Override
  public Progress step() {
    Checkpoint due;
    long now = nanoClock.getAsLong();
    synchronized (monitor) {
      due = due(now);
      if (due == null) {
        return drained() ? Progress.DONE : Progress.IDLE;
      }
    }
    return save(due, now) ? Progress.WORKED : Progress.IDLE;
  }

  private @Nullable Checkpoint due(long now) {
    if (refusing && now - refusedAt < RETRY_AFTER) {
      return null;
    }
    Move move = idle;
    boolean drains = draining != Draining.NO;
    if (delivered != null) {
      boolean mayWait = !drains && now - savedAt < everyNanos;
      return mayWait ? null : move != null ? move.to() : delivered;
    }
    if (move == null) {
      return null;
    }
    if (drains) {
      return move.to();
    }
    boolean mayMove = now - savedAt >= (move.awaited() ? everyNanos : IDLE_EVERY);
    return mayMove && isNews(move) ? move.to() : null;
  }

  /**
   * A high-water token one tick behind our own write as good as only tells of that write: what
   * others wrote just before it is told with the next move. Where somebody waits for it, or the
   * pipeline ends, it is stored all the same: nothing else may ever come.
   */
  private boolean isNews(Move move) {
    return move.awaited() || ClusterTime.isAfter(move.to().position().clusterTime(), ownWrite + 1);
  }

  private boolean save(Checkpoint checkpoint, long now) {
    try {
      ownWrite = store.save(checkpoint).map(BsonTimestamp::getValue).orElse(ownWrite);
    } catch (MillraceException e) {
      if (!(e.failure() instanceof Failure.Transient)) {
        throw e;
      }
      refusedAt = now;
      metrics.retry();
      if (!refusing) {
        LOG.warn(
            "pipeline {}: position not saved, delivering goes on: {}", pipeline, e.getMessage());
      }
      refusing = true;
      return false;
    }
    if (refusing) {
      LOG.info("pipeline {}: position saved again", pipeline);
    }
    refusing = false;
    savedAt = nanoClock.getAsLong();
    metrics.saved(checkpoint.position());
    saved = checkpoint;
    synchronized (monitor) {
      if (delivered != null && !delivered.supersedes(checkpoint)) {
        delivered = null;
      }
      if (idle != null && !idle.to().supersedes(checkpoint)) {
        idle = null;
      }
    }
    whenSaved.run();
    return true;
  }

  @Override
  @SuppressWarnings("WaitNotInLoop") // whoever steps and rests is the loop
  public void rest() throws InterruptedException {
    synchronized (monitor) {
      if (drained()) {
        return;
      }
      boolean soon = delivered != null || (idle != null && idle.awaited());
      long millis =
          !soon || refusing
              ? 1_000
              : Math.max(
                  1, TimeUnit.NANOSECONDS.toMillis(everyNanos - (nanoClock.getAsLong() - savedAt)));
      monitor.wait(millis);
    }
  }

  private boolean drained() {
    return switch (draining) {
      case NO -> false;
      case IF_IT_CAN_BE -> true;
      case UNTIL_SAVED -> !refusing;
    };
  }

  /**
   * What is durable is saved at once; then there is nothing more to do.
   *
   * @param untilSaved whether to try again where the store refuses; a pipeline that only starts
   *     anew has better things to wait for
   */
  void drain(boolean untilSaved) {
    synchronized (monitor) {
      draining = untilSaved ? Draining.UNTIL_SAVED : Draining.IF_IT_CAN_BE;
      monitor.notifyAll();
    }
  }
}
