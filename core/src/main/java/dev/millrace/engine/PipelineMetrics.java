package dev.millrace.engine;

import dev.millrace.model.ClusterTime;
import dev.millrace.model.Position;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.bson.BsonTimestamp;
import org.jspecify.annotations.Nullable;

/**
 * What a pipeline counts, over all its restarts. Written by its threads, read by anybody: every
 * figure by itself is true, two of them may be a moment apart.
 */
public final class PipelineMetrics {
  private final LongAdder events = new LongAdder();
  private final LongAdder bytesOut = new LongAdder();
  private final LongAdder bytesIn = new LongAdder();
  private final LongAdder parcels = new LongAdder();
  private final LongAdder retries = new LongAdder();
  private final LongAdder inParts = new LongAdder();
  private final LongAdder restarts = new LongAdder();
  private final LongAdder saves = new LongAdder();
  private final AtomicLong sourceTime = new AtomicLong();
  private volatile int changesUnderWay;
  private volatile long bytesUnderWay;
  private volatile long savedNanos;
  private volatile boolean caughtUp;
  private volatile long historyLeft = -1;
  private volatile @Nullable Position delivered;
  private volatile @Nullable Position saved;

  void read(long bytes, BsonTimestamp newest) {
    bytesIn.add(bytes);
    sourceTime.accumulateAndGet(
        newest.getValue(), (a, b) -> Long.compareUnsigned(a, b) >= 0 ? a : b);
  }

  void sending(int changes, long bytes) {
    caughtUp = false;
    changesUnderWay = changes;
    bytesUnderWay = bytes;
  }

  void delivered(Position through) {
    events.add(changesUnderWay);
    bytesOut.add(bytesUnderWay);
    parcels.increment();
    delivered = through;
  }

  /** Nothing is waiting: all that was read up to here is in the sink. */
  void applied(Position through) {
    delivered = through;
    caughtUp = true;
  }

  void saved(Position position) {
    saves.increment();
    saved = position;
    savedNanos = System.nanoTime();
  }

  void historyLeft(long seconds) {
    historyLeft = seconds;
  }

  void retry() {
    retries.increment();
  }

  void sentInPart() {
    inParts.increment();
  }

  void restart() {
    restarts.increment();
    caughtUp = false;
  }

  /** Changes durable in the sink. */
  public long events() {
    return events.sum();
  }

  /** Bytes of those changes in the sink's form. */
  public long bytesOut() {
    return bytesOut.sum();
  }

  /** Bytes of the source's replies. */
  public long bytesIn() {
    return bytesIn.sum();
  }

  /** Parcels durable in the sink. */
  public long parcels() {
    return parcels.sum();
  }

  /** Position writes tried again. */
  public long retries() {
    return retries.sum();
  }

  /** Parcels that ended in the midst of a transaction, for it was too large for one. */
  public long inParts() {
    return inParts.sum();
  }

  /** Starts after the first. */
  public long restarts() {
    return restarts.sum();
  }

  /** Checkpoints written to the store. */
  public long saves() {
    return saves.sum();
  }

  /**
   * Seconds between the source's newest cluster time and what is durable in the sink; 0 when
   * nothing is waiting, -1 before the first answer.
   */
  public long lagSeconds() {
    Position at = delivered;
    if (at == null) {
      return -1;
    }
    long newest = sourceTime.get() >>> 32;
    return caughtUp ? 0 : Math.max(0, newest - ClusterTime.seconds(at.clusterTime()));
  }

  /**
   * Seconds until, at the present rate, the source's history no longer reaches back to what is
   * delivered; -1 while not known or not shrinking.
   */
  public long historyLeftSeconds() {
    return historyLeft;
  }

  /** Everything up to here is durable in the sink; null before the first. */
  public @Nullable Position deliveredPosition() {
    return delivered;
  }

  /** The position last written to the store; null before the first. */
  public @Nullable Position savedPosition() {
    return saved;
  }

  /** Seconds since a position was last written; -1 before the first. */
  public long savedAgeSeconds() {
    return saved == null ? -1 : (System.nanoTime() - savedNanos) / 1_000_000_000L;
  }
}
