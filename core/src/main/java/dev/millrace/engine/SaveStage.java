package dev.millrace.engine;

import dev.millrace.checkpoint.CheckpointStore;
import dev.millrace.model.Checkpoint;
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
 * collection on a busy deployment does not fall off the oplog; and not at all when it only shows
 * the store's own last write coming back through the stream, or an idle pipeline would keep itself
 * busy for ever.
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
  private @Nullable Checkpoint idle;
  private boolean idleSoon;
  private volatile @Nullable Checkpoint saved;
  private boolean draining;
  private boolean patient = true;

  private long savedAt;
  private long refusedAt;
  private boolean refusing;
  private long ownWrite;

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
   * @param soon whether somebody waits for it to be stored
   */
  void idle(Checkpoint checkpoint, boolean soon) {
    synchronized (monitor) {
      idle = checkpoint;
      idleSoon = soon;
      if (soon) {
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
    if (delivered != null) {
      boolean mayWait = !draining && now - savedAt < everyNanos;
      return mayWait ? null : idle != null ? idle : delivered;
    }
    boolean mayMove = draining || now - savedAt >= (idleSoon ? everyNanos : IDLE_EVERY);
    return idle != null && mayMove && isNews(idle) ? idle : null;
  }

  /**
   * A high-water token one tick behind our own write still only tells of that write. Where somebody
   * waits for it, it is stored all the same: nothing else may ever come.
   */
  private boolean isNews(Checkpoint checkpoint) {
    if (idleSoon) {
      return true;
    }
    long time = checkpoint.position().clusterTime();
    return Long.compareUnsigned(time, ownWrite + 1) > 0;
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
      if (delivered != null && !newer(delivered, checkpoint)) {
        delivered = null;
      }
      if (idle != null && !newer(idle, checkpoint)) {
        idle = null;
      }
    }
    whenSaved.run();
    return true;
  }

  private static boolean newer(Checkpoint a, Checkpoint b) {
    return a.supersedes(b);
  }

  @Override
  @SuppressWarnings("WaitNotInLoop") // whoever steps and rests is the loop
  public void rest() throws InterruptedException {
    synchronized (monitor) {
      if (drained()) {
        return;
      }
      boolean soon = delivered != null || (idle != null && idleSoon);
      long millis =
          !soon || refusing
              ? 1_000
              : Math.max(
                  1, TimeUnit.NANOSECONDS.toMillis(everyNanos - (nanoClock.getAsLong() - savedAt)));
      monitor.wait(millis);
    }
  }

  private boolean drained() {
    return draining && !(refusing && patient);
  }

  /**
   * What is durable is saved at once; then there is nothing more to do.
   *
   * @param untilSaved whether to try again where the store refuses; a pipeline that only starts
   *     anew has better things to wait for
   */
  void drain(boolean untilSaved) {
    synchronized (monitor) {
      draining = true;
      patient = untilSaved;
      monitor.notifyAll();
    }
  }
}
