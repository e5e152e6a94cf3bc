package dev.millrace.engine;

import dev.millrace.model.ClusterTime;
import dev.millrace.model.Position;

/** How far the stream has come, in the order of what was handed to the sink. */
final class Watermarks {
  /** The time of the newest event emitted. */
  private long emitted;

  /** Before it nothing will come any more. */
  private long frontier;

  /** At or after everything that an earlier start can have delivered; none until it is known. */
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
