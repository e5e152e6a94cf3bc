package dev.millrace.engine;

import java.time.Duration;

/**
 * Whether and how a pipeline copies what was there before it.
 *
 * @param parallelism how many read at once, over all collections
 * @param prefetchBytes most bytes of rows read ahead of the sink; one chunk is always let in
 * @param commitPoints whether the sink is told of them; they are in the status all the same
 * @param commitEvery how long there is between two of them at least
 */
public record CopyPlan(
    Snapshot snapshot,
    int parallelism,
    long prefetchBytes,
    boolean commitPoints,
    Duration commitEvery,
    HistoryLost historyLost) {

  private static final Duration COMMIT_EVERY = Duration.ofSeconds(1);

  /** With one commit point a second at most. */
  public CopyPlan(
      Snapshot snapshot,
      int parallelism,
      long prefetchBytes,
      boolean commitPoints,
      HistoryLost historyLost) {
    this(snapshot, parallelism, prefetchBytes, commitPoints, COMMIT_EVERY, historyLost);
  }

  /** What is copied by itself. */
  public enum Snapshot {
    /** All that is followed, before and beside the first changes; later nothing but what is new. */
    INITIAL,
    /** Nothing. */
    NEVER,
    /** As {@link #INITIAL}, and then the pipeline ends. */
    ONLY;

    /** Who never copies cannot make good for what the source forgot. */
    public HistoryLost usuallyOnHistoryLost() {
      return this == NEVER ? HistoryLost.FAIL : HistoryLost.RESNAPSHOT;
    }
  }

  /** What to do when the source's history no longer reaches back to the position. */
  public enum HistoryLost {
    /** Go on from the present, copy everything anew, and remove what is gone. */
    RESNAPSHOT,
    /** Stop and say so. */
    FAIL
  }

  /** The stream alone. */
  public static CopyPlan none() {
    return new CopyPlan(Snapshot.NEVER, 1, 0, false, HistoryLost.FAIL);
  }

  public boolean isOn() {
    return snapshot != Snapshot.NEVER;
  }
}
