package dev.millrace.engine;

import dev.millrace.model.Batch;
import dev.millrace.model.Change;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.ClusterTime;
import dev.millrace.model.Operation;
import dev.millrace.model.Position;
import dev.millrace.source.CopySource.Row;
import java.util.Collections;
import java.util.Iterator;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The one place where everything gets its order: batches of the stream, chunks of copies, and marks
 * between them. Says at every moment which checkpoint is right for what was taken so far. Belongs
 * to the delivering thread.
 */
final class Sequencer {
  private final Handoff handoff;
  private final Copier copier;
  private final CopyLedger ledger;
  private final BesideStream beside;
  private final CommitPoints commits;
  private final Watermarks watermarks;
  private final Set<Operation> delivered;
  private final Marks marks;

  /** What the next checkpoint differs from in position, mark and copy. */
  private Checkpoint base;

  /** Everything up to here was taken. */
  private Position reached;

  /** {@link #reached} lies behind every event of this time and earlier. */
  private long covered;

  /** The newest event taken since {@link #reached} was set. */
  private Change.@Nullable Streamed last;

  private @Nullable Batch batch;
  private Iterator<Change.Streamed> changes = Collections.emptyIterator();
  private @Nullable Window window;
  private Iterator<Row> rows = Collections.emptyIterator();
  private int rowsTaken;
  private @Nullable Row lastRow;

  /** The last row of an unfinished chunk that is in the parcel, or had to give way before one. */
  private @Nullable Row lastTaken;

  private boolean chunkIsNext;

  /** Bytes of the stream since the last chunk. */
  private long streamed;

  /** Shown by {@link #next} and not taken yet. */
  private @Nullable Change shown;

  /** An event that waits for marks that belong before it. */
  private Change.@Nullable Streamed behindMarks;

  /**
   * @param delivered which operations on collections reach the sink; of documents all do that come
   */
  Sequencer(
      Handoff handoff,
      Copier copier,
      CopyLedger ledger,
      BesideStream beside,
      Watermarks watermarks,
      Marks marks,
      Set<Operation> delivered,
      CommitPoints commits,
      Checkpoint start) {
    this.handoff = handoff;
    this.copier = copier;
    this.ledger = ledger;
    this.beside = beside;
    this.commits = commits;
    this.watermarks = watermarks;
    this.marks = marks;
    this.delivered = delivered;
    this.base = start;
    this.reached = start.position();
    this.covered = ClusterTime.before(start.position().clusterTime());
  }

  /** The change that comes next, until it is {@link #taken}; null while nothing waits. */
  @Nullable Change next() {
    if (shown != null) {
      return shown;
    }
    while (true) {
      Change mark = marks.next();
      if (mark != null) {
        shown = mark;
        return mark;
      }
      Change.Streamed behind = behindMarks;
      if (behind != null) {
        behindMarks = null;
        shown = behind;
        return behind;
      }
      boolean within = window != null || changes.hasNext();
      Change found = window != null ? nextRow() : within ? nextEvent() : null;
      if (found != null) {
        shown = found;
        return found;
      }
      if (!within && !nextRun()) {
        return null;
      }
    }
  }

  private @Nullable Change nextRow() {
    Window open = Objects.requireNonNull(window);
    DirtyKeys dirty = open.collection.dirty;
    while (rows.hasNext()) {
      Row row = rows.next();
      lastRow = row;
      if (dirty.isEmpty() || !copier.givesWay(open, row.id())) {
        return new Change.Read(
            open.collection.namespace, row.id(), row.document(), open.generation, open.from);
      }
    }
    window = null;
    lastTaken = null;
    copier.emitted(open, rowsTaken);
    return null;
  }

  private @Nullable Change nextEvent() {
    Change.Streamed event = changes.next();
    if (event instanceof Change.OnDocument) {
      return event;
    }
    copier.beforehand(event);
    if (!delivered.contains(event.event().operation())) {
      taken(event);
      return null;
    }
    behindMarks = event;
    return null;
  }

  /**
   * All that the stream has and then a chunk, for the stream never waits for a copy: one batch in
   * turn with one chunk would have it wait, as batches are small where little is written. But a
   * chunk after so many bytes in any case, so that a stream without a pause lets the copy come on.
   */
  private boolean nextRun() {
    endOfBatch();
    beside.turn(covered());
    if (!marks.isEmpty()) {
      return true;
    }
    Window ready = chunkIsNext ? copier.ready() : null;
    chunkIsNext = false;
    if (ready == null && !copier.holdsStream()) {
      batch = handoff.poll();
      if (batch != null) {
        changes = batch.changes();
        streamed += batch.bytes();
        chunkIsNext = streamed >= CollectionWindows.CHUNK_BYTES;
        return true;
      }
    }
    if (ready == null) {
      ready = copier.ready();
    }
    if (ready == null) {
      return false;
    }
    streamed = 0;
    window = ready;
    rows = Objects.requireNonNull(ready.rows).rows().iterator();
    rowsTaken = 0;
    return true;
  }

  private void endOfBatch() {
    Batch ended = batch;
    if (ended == null) {
      return;
    }
    batch = null;
    changes = Collections.emptyIterator();
    Position through = ended.through();
    if (through == null) {
      return;
    }
    settleReached();
    reached = through.compareTo(reached) > 0 ? through : reached;
    long frontier = ended.frontier();
    watermarks.passed(frontier);
    covered = ClusterTime.later(covered, ClusterTime.before(frontier));
  }

  /**
   * What {@link #next} showed is in the parcel.
   *
   * @return whether the parcel must end behind it, so that its checkpoint is stored right behind it
   */
  boolean taken() {
    Change change = Objects.requireNonNull(shown);
    shown = null;
    return switch (change) {
      case Change.Streamed event -> taken(event);
      case Change.Read row -> {
        rowsTaken++;
        lastTaken = lastRow;
        commits.delivered();
        if (!rows.hasNext()) {
          // So that the checkpoint of a parcel that ends here has the chunk's end in it.
          nextRow();
        }
        yield false;
      }
      case Change.Reset reset -> takenMark();
      case Change.Swept swept -> takenMark();
      case Change.Committed point -> takenMark();
    };
  }

  private boolean takenMark() {
    marks.taken();
    return true;
  }

  private boolean taken(Change.Streamed event) {
    last = event;
    watermarks.emitted(event.event().clusterTime());
    commits.delivered(event.event().clusterTime());
    return copier.happened(event);
  }

  private void settleReached() {
    Change.Streamed newest = last;
    if (newest != null) {
      last = null;
      Position position = newest.event().position();
      reached = position.compareTo(reached) > 0 ? position : reached;
      covered = ClusterTime.later(covered, ClusterTime.before(newest.event().clusterTime()));
    }
  }

  /** Right for all that was taken. */
  Checkpoint checkpoint() {
    settleReached();
    Window open = window;
    Row partly = lastTaken;
    if (open != null && partly != null) {
      // A chunk need not fit into one parcel, and what is in this one is not to be sent again.
      lastTaken = null;
      copier.emittedThrough(open, partly.id());
    }
    return base.at(reached).with(ledger.state());
  }

  /** The checkpoint's position lies behind every event of this time and earlier. */
  long covered() {
    settleReached();
    return covered;
  }

  /** The sink's mark goes into what follows. */
  void durable(Checkpoint checkpoint) {
    base = base.marked(checkpoint.mark());
  }

  boolean waitsForStream() {
    return ledger.isActive() && beside.waitsForStream(covered());
  }

  boolean waitsForStore() {
    return beside.waitsForStore();
  }

  /** Whether all that was to be copied is, and that is all that was wanted. */
  boolean isFinished() {
    return beside.isFinished();
  }

  /** Whether anything was begun that is not taken to its end. */
  boolean isInside() {
    return batch != null || window != null || shown != null || !marks.isEmpty();
  }
}
