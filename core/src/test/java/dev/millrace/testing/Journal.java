package dev.millrace.testing;

import dev.millrace.json.CanonicalKey;
import dev.millrace.model.Change;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.ClusterTime;
import dev.millrace.model.Namespace;
import dev.millrace.model.RawValue;
import dev.millrace.source.CopySource.Chunk;
import dev.millrace.source.CopySource.Outcome.Rows;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.bson.BsonValue;

/** What a pipeline did, over all its starts: what the sink acknowledged and what was read. */
public final class Journal {
  private final List<Note> acknowledged = new ArrayList<>();
  private final Map<Counted, Long> counts = new HashMap<>();
  private final List<Read> reads = new ArrayList<>();
  private final List<Optional<Checkpoint>> starts = new ArrayList<>();

  Journal() {}

  /**
   * One change that the sink acknowledged.
   *
   * @param start the start of the pipeline it was in, counted from 1
   * @param key of the document, as {@link CanonicalKey} spells it; empty where it is of none
   * @param time of the event, or of the row's read; 0 of a mark
   * @param consistent whether it is a commit point that holds
   */
  public record Note(
      int start,
      Class<? extends Change> kind,
      Namespace namespace,
      String key,
      long time,
      boolean consistent) {
    public boolean is(Class<? extends Change> wanted, Namespace of) {
      return kind == wanted && namespace.equals(of);
    }
  }

  private record Counted(Class<? extends Change> kind, Namespace namespace) {}

  /**
   * One chunk with at least one row.
   *
   * @param start the start of the pipeline it was read in, counted from 1
   * @param first the key of its first row
   * @param last the key of its last row
   */
  public record Read(int start, Chunk chunk, String first, String last, int rows) {}

  synchronized void started(Optional<Checkpoint> from) {
    starts.add(from);
  }

  synchronized int start() {
    return starts.size();
  }

  /** What each start went on from; empty for a first one. */
  public synchronized List<Optional<Checkpoint>> starts() {
    return List.copyOf(starts);
  }

  /** What the latest start went on from. */
  public synchronized Optional<Checkpoint> startedFrom() {
    return starts.getLast();
  }

  Note note(Change change) {
    RawValue id = change instanceof Change.OnDocument one ? one.id() : null;
    long time =
        switch (change) {
          case Change.Streamed event -> event.event().clusterTime();
          case Change.Read row -> row.copiedAt();
          case Change.Renewed row -> row.copiedAt();
          case Change.Committed point -> point.point().time();
          default -> ClusterTime.NONE;
        };
    return new Note(
        start(),
        change.getClass(),
        change.namespace(),
        id == null ? "" : CanonicalKey.of(id),
        time,
        change instanceof Change.Committed point && point.point().consistent());
  }

  synchronized void acknowledged(List<Note> notes) {
    acknowledged.addAll(notes);
    for (Note note : notes) {
      counts.merge(new Counted(note.kind(), note.namespace()), 1L, Long::sum);
    }
  }

  synchronized void read(Chunk chunk, Rows rows) {
    BsonValue last = rows.last();
    if (last != null) {
      RawValue id = rows.rows().iterator().next().id();
      String first = CanonicalKey.of(id);
      reads.add(new Read(start(), chunk, first, CanonicalKey.of(last), rows.count()));
    }
  }

  /** All that was acknowledged, in order. */
  public synchronized List<Note> all() {
    return List.copyOf(acknowledged);
  }

  public synchronized long count(Predicate<Note> wanted) {
    return acknowledged.stream().filter(wanted).count();
  }

  public synchronized long count(Class<? extends Change> kind, Namespace namespace) {
    return counts.getOrDefault(new Counted(kind, namespace), 0L);
  }

  public synchronized List<Read> reads() {
    return List.copyOf(reads);
  }

  /**
   * The first document that went back in time within one start; empty where all is in order. A row
   * belongs behind all events up to the time of its read and before all later ones.
   */
  public synchronized Optional<String> wentBack() {
    Map<String, Note> newest = new HashMap<>();
    for (Note note : acknowledged) {
      if (!Change.OnDocument.class.isAssignableFrom(note.kind())) {
        if (note.kind() == Change.Dropped.class || note.kind() == Change.Renamed.class) {
          newest.clear();
        }
        continue;
      }
      Note before = newest.put(note.start() + " " + note.namespace() + " " + note.key(), note);
      if (before != null && isBack(before, note)) {
        return Optional.of("%s before %s".formatted(before, note));
      }
    }
    return Optional.empty();
  }

  private static boolean isRow(Note note) {
    return note.kind() == Change.Read.class || note.kind() == Change.Renewed.class;
  }

  private static boolean isBack(Note before, Note note) {
    int order = Long.compareUnsigned(before.time(), note.time());
    boolean rowFirst = isRow(before) && !isRow(note);
    return rowFirst ? order >= 0 : order > 0;
  }
}
