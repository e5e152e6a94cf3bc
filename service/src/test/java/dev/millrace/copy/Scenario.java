package dev.millrace.copy;

import dev.millrace.lab.Lab;
import dev.millrace.lab.MongoServers;
import dev.millrace.model.Change;
import dev.millrace.testing.Gate;
import dev.millrace.testing.Hooks.Point;
import dev.millrace.testing.Journal.Note;
import dev.millrace.testing.Moment;
import dev.millrace.testing.NeedsServers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * One database of its own and one pipeline, or two, for each test.
 *
 * <p>The numbers in the tests' names are those of the interleavings that the simulator goes through
 * as well. Not driven here, for want of a server that could be:
 *
 * <ul>
 *   <li>28, a crash between the fragments of a split event: MongoDB 6.0.5 does not know {@code
 *       $changeStreamSplitLargeEvent} (40324).
 *   <li>36 and 37, a chunk that migrates, a shard key that changes: they take a sharded cluster.
 *   <li>54, a clock that jumps: the host's is not ours to set, and a process has none of its own.
 * </ul>
 *
 * <p>Of 41 the half about bad filters: there are no filters.
 */
@NeedsServers
@Timeout(180)
abstract class Scenario {
  @TempDir Path folder;
  final String database = Lab.freshName("scenario");
  private final List<AutoCloseable> opened = new ArrayList<>();

  MongoServers servers() {
    return Lab.mongo();
  }

  Origin origin() {
    Origin origin = new Origin(servers(), database);
    opened.add(origin);
    return origin;
  }

  Pipe pipe(Pipe.Target target) {
    Pipe pipe = new Pipe(servers(), database, target, folder);
    opened.add(pipe);
    return pipe;
  }

  /** What was opened last is closed first. */
  void atEnd(AutoCloseable close) {
    opened.add(close);
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : opened.reversed()) {
      each.close();
    }
  }

  /**
   * Starts with the stream held from the beginning on, and with what is read later than what the
   * stream tells of until it is released.
   */
  static Gate startBehind(Pipe pipe, Origin origin) {
    Gate stream = pipe.hooks.hold(Point.BEFORE_POLL, Moment.any());
    try (Gate now = pipe.hooks.hold(Point.BEFORE_NOW, Moment.any())) {
      pipe.start();
      now.awaitReached();
      stream.awaitReached();
      origin.insert("elsewhere", 1, "so that there is something to read");
    }
    return stream;
  }

  /** How often the sink acknowledged such a change of that document. */
  static long times(Pipe pipe, Class<? extends Change> kind, String collection, String key) {
    return pipe.hooks
        .journal()
        .count(note -> note.is(kind, pipe.named(collection)) && note.key().equals(key));
  }

  /** Where the first such change stands among all that was acknowledged; -1 for none. */
  static int first(Pipe pipe, Class<? extends Change> kind, String collection) {
    List<Note> all = pipe.hooks.journal().all();
    for (int i = 0; i < all.size(); i++) {
      if (all.get(i).is(kind, pipe.named(collection))) {
        return i;
      }
    }
    return -1;
  }

  /** Where the last such change stands among all that was acknowledged; -1 for none. */
  static int last(Pipe pipe, Class<? extends Change> kind, String collection) {
    List<Note> all = pipe.hooks.journal().all();
    for (int i = all.size() - 1; i >= 0; i--) {
      if (all.get(i).is(kind, pipe.named(collection))) {
        return i;
      }
    }
    return -1;
  }

  /** Whether the sink was told, between these two places, that it is consistent. */
  static boolean committedBetween(Pipe pipe, int from, int to) {
    return pipe.hooks.journal().all().subList(from, to).stream().anyMatch(Note::consistent);
  }
}
