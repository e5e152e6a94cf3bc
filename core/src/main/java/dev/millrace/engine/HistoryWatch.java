package dev.millrace.engine;

import dev.millrace.model.ClusterTime;
import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;
import dev.millrace.model.Position;
import dev.millrace.source.CopySource;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Watches how far the source's history reaches back behind what is delivered, so that somebody
 * hears of it long before a position is lost.
 */
final class HistoryWatch implements Stage {
  private static final Logger LOG = LoggerFactory.getLogger(HistoryWatch.class);
  private static final long EVERY = TimeUnit.SECONDS.toNanos(10);
  private static final long WARN_BELOW_SECONDS = TimeUnit.HOURS.toSeconds(1);
  private static final long RATE_OVER_SECONDS = TimeUnit.MINUTES.toSeconds(10);
  private static final long WARN_EVERY = TimeUnit.MINUTES.toNanos(1);

  private final String pipeline;
  private final Supplier<CopySource> opener;
  private final PipelineMetrics metrics;
  private final LongSupplier nanoClock;
  private @Nullable CopySource source;
  private volatile boolean stopping;
  private long lookedAt;
  private long warnedAt;
  private boolean warned;
  private @Nullable Long firstOldest;
  private long firstAt;

  /**
   * @param opener asked once, when first needed, some seconds after the start
   * @param nanoClock as {@link System#nanoTime}
   */
  HistoryWatch(
      String pipeline,
      Supplier<CopySource> opener,
      PipelineMetrics metrics,
      LongSupplier nanoClock) {
    this.pipeline = pipeline;
    this.opener = opener;
    this.metrics = metrics;
    this.nanoClock = nanoClock;
    this.lookedAt = nanoClock.getAsLong();
  }

  @Override
  public Progress step() {
    if (stopping) {
      return Progress.DONE;
    }
    long now = nanoClock.getAsLong();
    Position delivered = metrics.deliveredPosition();
    if (now - lookedAt < EVERY || delivered == null) {
      return Progress.IDLE;
    }
    lookedAt = now;
    try {
      CopySource history = source;
      if (history == null) {
        history = opener.get();
        source = history;
      }
      Optional<Long> oldest = history.oldest();
      oldest.ifPresent(time -> look(time, delivered.clusterTime(), now));
    } catch (MillraceException e) {
      // The stream itself tells of a source that is away; this only looks.
      if (!(e.failure() instanceof Failure.Transient)) {
        LOG.debug("pipeline {}: the history cannot be watched", pipeline, e);
      }
    }
    return Progress.IDLE;
  }

  private void look(long oldest, long delivered, long now) {
    Long first = firstOldest;
    if (first == null) {
      firstOldest = oldest;
      firstAt = now;
      return;
    }
    long gained = ClusterTime.seconds(oldest) - ClusterTime.seconds(first);
    long watched = TimeUnit.NANOSECONDS.toSeconds(now - firstAt);
    if (watched > RATE_OVER_SECONDS) {
      // The rate of some time ago says little of now's.
      firstOldest = oldest;
      firstAt = now;
    }
    long behind = ClusterTime.seconds(delivered) - ClusterTime.seconds(oldest);
    if (gained <= 0 || watched <= 0) {
      metrics.historyLeft(-1);
      return;
    }
    long left = Math.max(0, behind * watched / gained);
    metrics.historyLeft(left);
    if (left < WARN_BELOW_SECONDS
        && metrics.lagSeconds() > 0
        && (!warned || now - warnedAt >= WARN_EVERY)) {
      warned = true;
      warnedAt = now;
      LOG.warn(
          "MR-HISTORY-SHORT: pipeline {} is {} s behind, and at the present rate MongoDB's oplog no longer reaches back to its position in about {} min: make the sink faster, or the oplog larger (replSetResizeOplog)",
          pipeline,
          metrics.lagSeconds(),
          left / 60);
    }
  }

  @Override
  @SuppressWarnings("WaitNotInLoop") // whoever steps and rests is the loop
  public void rest() throws InterruptedException {
    synchronized (this) {
      if (!stopping) {
        wait(1_000);
      }
    }
  }

  synchronized void stop() {
    stopping = true;
    notifyAll();
  }
}
