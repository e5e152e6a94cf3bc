package dev.millrace.engine;

import dev.millrace.model.Generation;
import dev.millrace.source.CopySource.Outcome.Rows;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One chunk on its way: opened before it is read, so that every event which the read may or may not
 * have seen is noted; emitted once the stream has passed the read. Belongs to the sequencer.
 */
final class Window {
  final CollectionWindows collection;
  final RangeCopy range;
  final UUID uuid;
  final Generation generation;

  /** The L of {@link CopyRules}: read at or after this time; events after it are noted. */
  final long openedAt;

  final boolean exact;

  /** Set when it is thrown away: what comes for it later is nothing. */
  boolean cancelled;

  /** What was read; null until then. */
  @Nullable Rows rows;

  /**
   * The newest event emitted when the rows arrived: a rule that goes by it is wrong, and tested to
   * be.
   */
  long arrivedAt;

  Window(CollectionWindows collection, RangeCopy range, UUID uuid, long openedAt, boolean exact) {
    this.collection = collection;
    this.range = range;
    this.uuid = uuid;
    this.generation = collection.copy().generation();
    this.openedAt = openedAt;
    this.exact = exact;
  }
}
