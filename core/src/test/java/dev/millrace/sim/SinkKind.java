package dev.millrace.sim;

/** What kinds of sink there are, by what a copy beside the stream must know of them. */
enum SinkKind {
  /** A log that keeps the state in its last message and expects a sequence: JetStream. */
  LOG_WITH_STATE(true, Fence.SEQUENCE, false),
  /** A log that keeps nothing and shuts nobody out: standard output. */
  LOG(false, Fence.NONE, false),
  /** A log that keeps no state and drops an event that it has already. */
  LOG_WITHOUT_DUPLICATES(false, Fence.NONE, false),
  /** A table with the state in the same transaction, fenced by the term, no versions. */
  TABLE_WITH_STATE(true, Fence.TERM, false),
  /**
   * The same with versions, so that a position that was set back brings no old state back: SQLite.
   */
  VERSIONED_TABLE_WITH_STATE(true, Fence.TERM, true),
  /** A table with versions, tombstones and nothing else: no transactions, no fence. */
  VERSIONED_TABLE(false, Fence.NONE, true);

  /** What shuts out older writers. */
  enum Fence {
    SEQUENCE,
    TERM,
    NONE
  }

  final boolean keepsCheckpoint;
  final Fence fence;
  final boolean hasVersions;

  SinkKind(boolean keepsCheckpoint, Fence fence, boolean hasVersions) {
    this.keepsCheckpoint = keepsCheckpoint;
    this.fence = fence;
    this.hasVersions = hasVersions;
  }

  boolean isLog() {
    return this == LOG || this == LOG_WITH_STATE || this == LOG_WITHOUT_DUPLICATES;
  }

  /** Rows and state become durable together or not at all. */
  boolean isAtomic() {
    return keepsCheckpoint;
  }

  /** Whether what an instance sent can arrive after the instance was replaced. */
  boolean outlivesItsWriter() {
    return this != LOG && this != LOG_WITHOUT_DUPLICATES;
  }
}
