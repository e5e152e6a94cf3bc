package dev.millrace.engine;

import dev.millrace.model.Change;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * What is to be said between events, in order. What a mark means holds from the moment it is in a
 * parcel, so that no checkpoint says so before the sink was told.
 */
final class Marks {
  private final ArrayDeque<Mark> marks = new ArrayDeque<>();

  private record Mark(Change change, Runnable meaning) {}

  void say(Change change, Runnable meaning) {
    marks.addLast(new Mark(change, meaning));
  }

  boolean isEmpty() {
    return marks.isEmpty();
  }

  /** The first one; null when there is none. */
  @Nullable Change next() {
    Mark mark = marks.peekFirst();
    return mark == null ? null : mark.change();
  }

  void taken() {
    marks.removeFirst().meaning().run();
  }
}
