package dev.millrace.engine;

import dev.millrace.model.ClusterTime;
import dev.millrace.model.Position;

/**
 * How far the stream has come, in the order of what was handed to the sink: the E, F and Z of
 * docs/ARCHITECTURE.md. "Emitted" means taken into a parcel: what the sink makes of it comes in
 * that order, so nothing here waits for it to be durable.
 */
final class Watermarks {
  /** E: the time of the newest event emitted. */
  private long emitted;

  /**
   * F: before it nothing will come any more. Of that very time something may still come, for a
   * transaction's events share one.
   */
  private long frontier;

  /**
   * Z: at or after everything that an earlier start can have delivered; none until it is known. The
   * sink may have events behind the position that was saved. A row read before one of them would
   * stand before it in our order and behind it in the sink's, which has it already. So Z is asked
   * for after the sink's fence was taken, at every start: nobody can have been told of anything
   * later then, and where the sink can fence, nobody adds to it any more.
   */
  private long anchor = ClusterTime.NONE;

  Watermarks(Position start) {
    frontier = start.clusterTime();
    emitted = start.isHighWater() ? ClusterTime.NONE : frontier;
  }

  void emitted(long time) {
    emitted = ClusterTime.later(emitted, time);
    // The stream is in order of time, so everything earlier is out.
    frontier = ClusterTime.later(frontier, time);
  }

  void passed(long time) {
    frontier = ClusterTime.later(frontier, time);
  }

  void anchored(long time) {
    anchor = time;
  }

  boolean isAnchored() {
    return anchor != ClusterTime.NONE;
  }

  long emitted() {
    return emitted;
  }

  long frontier() {
    return frontier;
  }

  long anchor() {
    return anchor;
  }
}
