package dev.millrace.engine;

import dev.millrace.model.ClusterTime;
import dev.millrace.model.CollectionCopy;
import dev.millrace.model.KeyRange;
import dev.millrace.model.Namespace;
import dev.millrace.source.CopySource.Entry;
import dev.millrace.source.CopySource.Outcome.Rows;
import java.util.ArrayList;
import java.util.List;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;

/** One collection's copy as it runs: what is stored of it, and its open windows. */
final class CollectionWindows {
  /**
   * What a chunk is to come to. A little below a whole number of megabytes: G1 gives an array that
   * large regions of its own, of one megabyte in a small heap, and four and a bit take five.
   */
  static final int CHUNK_BYTES = (4 << 20) - (96 << 10);

  private static final int FIRST_ROWS = 1_000;
  private static final int FEWEST_ROWS = 20;
  private static final int MOST_ROWS = 20_000;

  final Namespace namespace;
  final DirtyKeys dirty = new DirtyKeys();
  private CollectionCopy copy;
  private List<RangeCopy> ranges = new ArrayList<>();

  private Presence presence = new Presence.Unasked();

  /** Nothing is opened before the clock, in nanoseconds, shows this; null is at once. */
  @Nullable Long restsUntilNanos;

  /** Whether its ranges were cut, or need not be. */
  boolean cut;

  /** Chunks emitted since ranges were last cut. */
  int chunksSinceCut;

  private int rows = FIRST_ROWS;

  /** What is known of the collection at the source. */
  sealed interface Presence {
    /** Nothing: it is to be asked. */
    record Unasked() implements Presence {}

    /** It was there, and is until somebody says otherwise; its UUID is that of what is copied. */
    record There(Entry.Copyable facts) implements Presence {}

    /**
     * Another collection has its name, or none. The stream is to tell what became of it, which it
     * may have done once the frontier has passed this time; then it is to be asked again.
     */
    record Missing(long at) implements Presence {}
  }

  CollectionWindows(Namespace namespace, CollectionCopy copy) {
    this.namespace = namespace;
    this.copy = copy;
    adoptRanges();
  }

  CollectionCopy copy() {
    return copy;
  }

  List<RangeCopy> ranges() {
    return ranges;
  }

  /**
   * Begins another generation, or ends one. What is under way belongs to the old one from now on,
   * and {@link CopyRules#isCurrent} knows it.
   */
  void become(CollectionCopy next) {
    dirty.clear();
    copy = next;
    presence = new Presence.Unasked();
    restsUntilNanos = null;
    cut = false;
    adoptRanges();
  }

  Presence presence() {
    return presence;
  }

  /** What a listing says of it; null where none did, or it went since. */
  Entry.@Nullable Copyable facts() {
    return presence instanceof Presence.There(Entry.Copyable facts) ? facts : null;
  }

  void found(Entry.Copyable facts) {
    presence = new Presence.There(facts);
  }

  /** It was not there at that time, or another one was. */
  void missed(long at) {
    long before = presence instanceof Presence.Missing(long earlier) ? earlier : ClusterTime.NONE;
    presence = new Presence.Missing(ClusterTime.later(before, at));
  }

  boolean isMissing() {
    return presence instanceof Presence.Missing;
  }

  /** Changes what is said of it, but not whether it is pending, and nothing that is under way. */
  void note(CollectionCopy next) {
    copy = next;
  }

  private void adoptRanges() {
    ranges = new ArrayList<>();
    for (KeyRange range : copy.ranges()) {
      ranges.add(new RangeCopy(range));
    }
  }

  void cancel() {
    ranges.forEach(RangeCopy::rewind);
    dirty.clear();
  }

  boolean hasWindows() {
    for (RangeCopy range : ranges) {
      if (!range.windows.isEmpty()) {
        return true;
      }
    }
    return false;
  }

  int windows() {
    int count = 0;
    for (RangeCopy range : ranges) {
      count += range.windows.size();
    }
    return count;
  }

  /** The time that the oldest open window was opened at; {@code otherwise} where none is. */
  long oldestWindow(long otherwise) {
    long oldest = otherwise;
    for (RangeCopy range : ranges) {
      for (Window window : range.windows) {
        oldest = Long.compareUnsigned(window.openedAt, oldest) < 0 ? window.openedAt : oldest;
      }
    }
    return oldest;
  }

  /** How many rows to ask for. */
  int chunkRows() {
    Entry.Copyable known = facts();
    if (rows == FIRST_ROWS && known != null && known.rows() > 0 && known.bytes() > 0) {
      rows = bounded(CHUNK_BYTES / Math.max(1, known.bytes() / known.rows()));
    }
    return rows;
  }

  void arrived(int count, long bytes) {
    if (count > 0) {
      rows = bounded((long) CHUNK_BYTES * count / Math.max(1, bytes));
    }
  }

  void readLess() {
    rows = Math.max(FEWEST_ROWS, rows / 2);
  }

  private static int bounded(long wanted) {
    return (int) Math.max(FEWEST_ROWS, Math.min(MOST_ROWS, wanted));
  }

  /** Some of a window's rows were emitted. */
  void emittedThrough(Window window, BsonValue last) {
    window.range.range = window.range.range.through(last, false);
    copy = copy.withRanges(stored(), copy.copied());
  }

  /**
   * All of a window's rows were emitted: its range is copied so far.
   *
   * @param count those of them that did not give way
   */
  void emitted(Window window, Rows rows, int count) {
    RangeCopy range = window.range;
    range.windows.remove(window);
    range.range = range.range.through(rows.last(), rows.complete());
    copy = copy.withRanges(stored(), copy.copied() + count);
    chunksSinceCut++;
    if (!hasWindows()) {
      dirty.clear();
    }
  }

  boolean isAllCopied() {
    return ranges.stream().allMatch(range -> range.range.complete());
  }

  /** Cuts a range behind what is done of it. */
  void cut(RangeCopy range, List<BsonValue> keys) {
    List<RangeCopy> next = new ArrayList<>();
    for (RangeCopy each : ranges) {
      if (each != range) {
        next.add(each);
        continue;
      }
      KeyRange whole = each.range;
      BsonValue from = whole.from();
      BsonValue done = whole.done();
      for (BsonValue key : keys) {
        next.add(new RangeCopy(new KeyRange(from, key, done, false)));
        from = key;
        done = null;
      }
      next.add(new RangeCopy(new KeyRange(from, whole.to(), done, whole.complete())));
    }
    ranges = next;
    copy = copy.withRanges(stored(), copy.copied());
  }

  /** Neighbours that are complete are stored as one. */
  private List<KeyRange> stored() {
    List<KeyRange> stored = new ArrayList<>();
    for (RangeCopy each : ranges) {
      KeyRange last = stored.isEmpty() ? null : stored.getLast();
      if (last != null && last.complete() && each.range.complete()) {
        stored.set(stored.size() - 1, new KeyRange(last.from(), each.range.to(), null, true));
      } else {
        stored.add(each.range);
      }
    }
    return stored;
  }
}
