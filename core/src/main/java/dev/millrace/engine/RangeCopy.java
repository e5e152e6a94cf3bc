package dev.millrace.engine;

import dev.millrace.model.KeyRange;
import dev.millrace.source.CopySource.Span;
import java.util.ArrayDeque;
import java.util.Deque;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;

/** A range being copied: how far it is read ahead of how far it is done. */
final class RangeCopy {
  /** As it is stored: what was emitted. */
  KeyRange range;

  /** The last key read, by a window that is open still or was emitted. */
  @Nullable BsonValue readTo;

  /** Whether the last window read all that was left. */
  boolean readAll;

  /** In the order of their keys; all but the last are read. */
  final Deque<Window> windows = new ArrayDeque<>();

  /** Unless it is {@link Cut#NONE}, nothing is opened. */
  Cut cut = Cut.NONE;

  /** The next chunk is read at some later time, for the exact one was not to be had. */
  boolean inexact;

  /** Whether it is to be cut into several. */
  enum Cut {
    NONE,
    /** As soon as what is read of it is emitted. */
    WANTED,
    /** The keys to cut at were asked for. */
    ORDERED
  }

  RangeCopy(KeyRange range) {
    this.range = range;
    this.readTo = range.done();
    this.readAll = range.complete();
  }

  boolean isReading() {
    Window last = windows.peekLast();
    return last != null && last.rows == null;
  }

  boolean canOpen() {
    return !readAll && cut == Cut.NONE && !isReading();
  }

  /** What is not read yet. */
  Span rest() {
    return new Span(readTo, range.from(), range.to());
  }

  /** Forgets what was read ahead. */
  void rewind() {
    for (Window window : windows) {
      window.cancelled = true;
    }
    windows.clear();
    readTo = range.done();
    readAll = range.complete();
  }
}
