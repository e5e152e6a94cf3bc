package dev.millrace.config;

/**
 * Whether and how one pipeline copies what was there before it.
 *
 * @param parallelism how many read at once, over all collections
 * @param prefetchBytes most bytes read ahead of the sink
 * @param commitPoints whether the sink is told of them
 */
public record CopyConfig(
    Snapshot snapshot,
    int parallelism,
    long prefetchBytes,
    boolean commitPoints,
    HistoryLost historyLost) {
  static final int PARALLELISM = 4;
  static final int MOST_PARALLELISM = 64;
  static final long PREFETCH_BYTES = 32L << 20;

  /** What is copied. */
  public enum Snapshot {
    INITIAL,
    NEVER,
    ONLY
  }

  /** What to do when the source's history no longer reaches back to the position. */
  public enum HistoryLost {
    RESNAPSHOT,
    FAIL
  }

  /** What follows from the two that environment variables can say. */
  static CopyConfig of(Snapshot snapshot, boolean commitPoints) {
    return new CopyConfig(
        snapshot, PARALLELISM, PREFETCH_BYTES, commitPoints, usualHistoryLost(snapshot));
  }

  /** Who never copies cannot make good for what the source forgot. */
  static HistoryLost usualHistoryLost(Snapshot snapshot) {
    return snapshot == Snapshot.NEVER ? HistoryLost.FAIL : HistoryLost.RESNAPSHOT;
  }
}
