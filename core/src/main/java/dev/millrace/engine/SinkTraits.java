package dev.millrace.engine;

import dev.millrace.model.Namespace;
import dev.millrace.sink.Sink;
import java.util.HashMap;
import java.util.Map;

/** What the order of things depends on in the sink. Belongs to the delivering thread. */
final class SinkTraits {
  private final Sink sink;
  private final boolean movesRenamed;

  /** Asked again and again, and the answer may wait for the sink. It holds for one start. */
  private final Map<Namespace, Boolean> beside = new HashMap<>();

  /**
   * @param sink fenced
   * @param toldOfRenames whether renames reach it
   */
  SinkTraits(Sink sink, boolean toldOfRenames) {
    this.sink = sink;
    this.movesRenamed = sink.keepsCheckpoint() && toldOfRenames;
  }

  /** As {@link Sink#keepsCheckpoint}. */
  boolean keepsCheckpoint() {
    return sink.keepsCheckpoint();
  }

  /**
   * Whether rows move with a rename: it is told of it, and once, for moving what was moved before
   * leaves nothing.
   */
  boolean movesRenamed() {
    return movesRenamed;
  }

  /** As {@link Sink#copiesBeside}. */
  boolean copiesBeside(Namespace namespace) {
    return beside.computeIfAbsent(namespace, sink::copiesBeside);
  }
}
