package dev.millrace.engine;

import dev.millrace.model.ClusterTime;
import dev.millrace.model.CollectionCopy;
import dev.millrace.model.CopyState;

/**
 * The rules by which copying beside a stream is exact, each in one place. Times are cluster times
 * as the server's 64 bits; E, F and Z are those of {@link Watermarks}.
 *
 * <p>Why a deleted document cannot come back, and a newer one is never overtaken:
 *
 * <ol>
 *   <li>A window is opened at a time L that is not before anything emitted so far ({@link
 *       #readFrom}), and from then on every event of the collection is noted with its key and time.
 *       So what was noted since is all that was emitted of times after L: none was missed.
 *   <li>Its rows are read at L or later, and the source says a time H that nothing in them is later
 *       than.
 *   <li>They are emitted once F has passed H ({@link #mayEmit}): every event up to H is out by
 *       then, and every event still to come is later than all of the rows.
 *   <li>A row gives way where an event of its key after L was noted ({@link #givesWay}): that event
 *       speaks for the document, be it newer than the row or be it the delete. Where none was
 *       noted, none happened from L to F, so the row, read somewhere between, is the document's
 *       state at F, which is just where it is put into the order.
 * </ol>
 *
 * <p>After a kill, and wherever the position is older than what the sink has, the same holds again
 * from Z on: nothing is read before Z ({@link Watermarks}), so no row is emitted before the stream
 * has come again past all that the sink knows. Of a range everything before its stored key stands
 * before the stored position, and everything behind it is read anew ({@link
 * dev.millrace.model.KeyRange}). A collection that is dropped and made again is another generation
 * under another UUID, and what was read of the first is thrown away ({@link #isCurrent}).
 *
 * <p>The proof is of the order in which things are handed over, so it holds for a log as for a
 * table, and compares no versions. Two things are beside it. What was deleted while nobody followed
 * leaves no event to give way to: the sweep removes it, by version ({@link
 * dev.millrace.model.Change.Swept}). And a table that is copied before it is streamed gets its rows
 * before F has passed them ({@code Prefetch}): events up to H come after them, so an old state may
 * stand there until they have, and no commit point is said meanwhile.
 */
class CopyRules {
  /**
   * Nothing is read as it was before this: neither which collections there are, nor a chunk, and
   * events of it after this are noted from the same moment on. At E, or a row could be older than
   * an event that is in the sink already; at F - 1, for earlier states may no longer be had and are
   * of no use; at Z, for what an earlier start delivered.
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
    return givesWay(window.openedAt, changedAt);
  }

  /** The same of what was read by a window opened at this time. */
  boolean givesWay(long openedAt, long changedAt) {
    return ClusterTime.isAfter(changedAt, openedAt);
  }

  /**
   * Whether what a window read is still of the collection as it is now. A drop, a rename or a copy
   * begun again is another generation, and another collection of that name has another UUID.
   */
  boolean isCurrent(Window window, CollectionCopy copy) {
    return copy.isPending()
        && copy.generation().equals(window.generation)
        && window.uuid.equals(copy.uuid());
  }

  /**
   * Whether this window is the next of its range: what is stored of a range is one key, so what
   * lies before it must all have been emitted.
   */
  boolean isNext(Window window) {
    return window.range.windows.peekFirst() == window;
  }

  /**
   * The next commit point, or {@link ClusterTime#NONE}: nothing is to be copied, neither now nor in
   * what a start would find; everything up to it is durable; and no row was read later than it.
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
