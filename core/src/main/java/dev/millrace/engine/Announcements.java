package dev.millrace.engine;

import dev.millrace.model.Change;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * What the sink is to be told between events, in order: a table begins anew, is swept, is
 * consistent as of a time. What an announcement means holds from the moment it is in a parcel, so
 * that no checkpoint says so before the sink was told. All of them are taken before the stream or a
 * copy goes on.
 */
final class Announcements {
  private final ArrayDeque<Announcement> waiting = new ArrayDeque<>();

  private record Announcement(Change change, Runnable meaning) {}

  void say(Change change, Runnable meaning) {
    waiting.addLast(new Announcement(change, meaning));
  }

  boolean isEmpty() {
    return waiting.isEmpty();
  }

  /** The first one; null when there is none. */
  @Nullable Change next() {
    Announcement first = waiting.peekFirst();
    return first == null ? null : first.change();
  }

  /** The first one is in a parcel. */
  void taken() {
    waiting.removeFirst().meaning().run();
  }
}
