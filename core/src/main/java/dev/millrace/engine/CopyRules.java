package dev.millrace.engine;

import dev.millrace.model.ClusterTime;
import dev.millrace.model.CollectionCopy;
import dev.millrace.model.CopyState;

/**
 * The rules by which copying beside a stream is exact, each in one place; docs/ARCHITECTURE.md has
 * the argument. Times are cluster times as the server's 64 bits.
 *
 * <p>{@code emitted} is the time of the newest event handed to the sink, {@code frontier} a time
 * before which no event will come any more, {@code anchor} a time, taken when the pipeline started,
 * at or after everything that any earlier start can have delivered.
 */
class CopyRules {
  /**
   * Nothing is read as it was before this: neither which collections there are, nor a chunk, and
   * events of it after this are noted from the same moment on.
   */
  long readFrom(Watermarks at) {
    long passed = ClusterTime.later(at.emitted(), ClusterTime.before(at.frontier()));
    return ClusterTime.later(passed, at.anchor());
  }

  /** Whether a chunk that holds nothing later than {@code readAt} may be emitted. */
  boolean mayEmit(long readAt, long frontier) {
    return ClusterTime.isAfter(frontier, readAt);
  }

  /**
   * Whether a row read by this window gives way to an event of its key that was emitted meanwhile.
   *
   * @param changedAt the time of the newest such event
   */
  boolean givesWay(Window window, long changedAt) {
    return ClusterTime.isAfter(changedAt, window.from);
  }

  /** Whether what a window read is still of the collection as it is now. */
  boolean isCurrent(Window window, CollectionCopy copy) {
    return copy.isPending()
        && copy.generation().equals(window.generation)
        && window.uuid.equals(copy.uuid());
  }

  /** Whether this window is the next of its range: ends are stored in order. */
  boolean isNext(Window window, RangeCopy range) {
    return range.windows.peekFirst() == window;
  }

  /**
   * The next commit point, or {@link ClusterTime#NONE}.
   *
   * @param durable the copy's state in the checkpoint that is durable
   * @param covered the position of that checkpoint lies behind every event of this time and earlier
   */
  long commitPoint(CopyState current, CopyState durable, long covered) {
    boolean pending = current.isAnyPending() || durable.isAnyPending();
    boolean grown = ClusterTime.isAfter(covered, current.committed());
    return !pending && grown && !ClusterTime.isAfter(current.barrier(), covered)
        ? covered
        : ClusterTime.NONE;
  }
}
