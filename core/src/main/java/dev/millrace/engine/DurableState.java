package dev.millrace.engine;

import dev.millrace.model.Checkpoint;
import dev.millrace.model.ClusterTime;
import dev.millrace.model.CopyState;
import java.util.ArrayDeque;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The newest checkpoint that a start would find, and how much of the stream it covers: the sink's
 * own where it keeps them, else what the store has saved.
 */
final class DurableState {
  private static final int MOST_UNSAVED = 64;

  private final Supplier<@Nullable Checkpoint> saved;
  private final SinkTraits sink;
  private final ArrayDeque<Point> unsaved = new ArrayDeque<>();
  private Point newest;

  private record Point(Checkpoint checkpoint, long covered, boolean idle) {}

  /**
   * @param saved what the store saved last; null before the first
   */
  DurableState(SinkTraits sink, Checkpoint start, Supplier<@Nullable Checkpoint> saved) {
    this.sink = sink;
    this.saved = saved;
    this.newest = new Point(start, ClusterTime.NONE, false);
  }

  /**
   * The sink has all that this says.
   *
   * @param covered its position lies behind every event of this time and earlier
   */
  void acknowledged(Checkpoint checkpoint, long covered) {
    Point point = new Point(checkpoint, covered, false);
    if (sink.keepsCheckpoint()) {
      newest = point;
      return;
    }
    if (unsaved.size() >= MOST_UNSAVED) {
      unsaved.removeLast();
    }
    unsaved.addLast(point);
  }

  /** Nothing was delivered, and the position moved all the same. */
  void moved(Checkpoint checkpoint, long covered) {
    if (sink.keepsCheckpoint()) {
      newest = new Point(newest.checkpoint(), covered, true);
      return;
    }
    Point last = unsaved.peekLast();
    if (last != null && last.idle()) {
      unsaved.removeLast();
    }
    unsaved.addLast(new Point(checkpoint, covered, true));
  }

  private Point newest() {
    Checkpoint stored = sink.keepsCheckpoint() ? null : saved.get();
    while (stored != null
        && !unsaved.isEmpty()
        && !unsaved.getFirst().checkpoint().supersedes(stored)) {
      newest = unsaved.removeFirst();
    }
    return newest;
  }

  CopyState copy() {
    return newest().checkpoint().copy();
  }

  long covered() {
    return newest().covered();
  }
}
