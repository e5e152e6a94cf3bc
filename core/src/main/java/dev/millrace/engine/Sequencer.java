package dev.millrace.engine;

import dev.millrace.model.Batch;
import dev.millrace.model.Change;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.ClusterTime;
import dev.millrace.model.Operation;
import dev.millrace.model.Position;
import dev.millrace.source.CopySource.Row;
import java.util.Iterator;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The one place where everything gets its order: batches of the stream, chunks of copies, and
 * announcements between them. A run, be it a batch or a chunk, is handed out whole before the next
 * begins. Says at every moment which checkpoint is right for what was taken so far. Belongs to the
 * delivering thread.
 *
 * <p>{@link #next} shows a change and {@link #taken} says that it is in the parcel; all that this
 * engine says of what is "emitted" counts from then. A parcel is durable as a whole or not at all,
 * and the {@link #checkpoint} that goes with it is asked for behind its last change. Behind an
 * announcement, and behind a change of a collection, also one that the sink is not told of, nothing
 * more is shown until that is asked for: what a start finds must stand right there.
 */
final class Sequencer {
  private final Handoff handoff;
  private final BesideStream beside;
  private final Copier copier;
  private final Renewals renewals;
  private final CopyLedger ledger;
  private final CommitPoints commits;
  private final Watermarks watermarks;
  private final Announcements announcements;
  private final Set<Operation> told;

  /** What the next checkpoint differs from in position, mark and copy. */
  private Checkpoint base;

  /** Everything up to here was taken. */
  private Position takenThrough;

  /** {@link #takenThrough} lies behind every event of this time and earlier. */
  private long covered;

  /** The newest event taken since {@link #takenThrough} was set. */
  private Change.@Nullable Streamed last;

  /** What is being handed out; null in between. */
  private @Nullable Run run;

  /** Whether the checkpoint must be asked for before anything more is shown. */
  private boolean cut;

  /**
   * The time of the transaction that the newest event taken belongs to; {@link ClusterTime#NONE}
   * where there is none.
   */
  private long transaction = ClusterTime.NONE;

  private boolean chunkIsNext;

  /** Bytes of the stream since the last chunk. */
  private long streamed;

  /** Shown by {@link #next} and not taken yet. */
  private @Nullable Change shown;

  /** An event that waits for announcements that belong before it. */
  private Change.@Nullable Streamed behindAnnouncements;

  private sealed interface Run {}

  private record OfStream(Batch batch, Iterator<Change.Streamed> changes) implements Run {}

  private record OfRenewal(Renewal renewal, Iterator<Change.Renewed> changes) implements Run {}

  private static final class OfCopy implements Run {
    final Window window;
    final Iterator<Row> rows;
    int taken;

    /** The last row looked at, in the parcel or given way. */
    @Nullable Row last;

    /** Such a row that the ledger was not told of yet; set where one was taken. */
    @Nullable Row untold;

    OfCopy(Window window) {
      this.window = window;
      this.rows = Objects.requireNonNull(window.rows).rows().iterator();
    }
  }

  /**
   * @param told which operations on collections reach the sink; of documents all do that come
   */
  Sequencer(Checkpoint start, Handoff handoff, BesideStream beside, Set<Operation> told) {
    this.handoff = handoff;
    this.beside = beside;
    this.copier = beside.copier();
    this.renewals = beside.requests().renewals();
    this.commits = beside.commits();
    this.ledger = beside.context().ledger();
    this.watermarks = beside.context().watermarks();
    this.announcements = beside.context().announcements();
    this.told = told;
    this.base = start;
    this.takenThrough = start.position();
    this.covered = ClusterTime.before(start.position().clusterTime());
  }

  /**
   * The change that comes next, until it is {@link #taken}; null while nothing waits, and behind
   * what the checkpoint must be asked for first.
   *
   * @throws dev.millrace.model.MillraceException when what comes next cannot be read, or the
   *     pipeline has to start anew; what was taken before stays right
   */
  @Nullable Change next() {
    while (shown == null && !cut) {
      Change.Streamed behind = behindAnnouncements;
      Run now = run;
      if (!announcements.isEmpty()) {
        shown = announcements.next();
      } else if (behind != null) {
        behindAnnouncements = null;
        shown = behind;
      } else if (now instanceof OfCopy chunk) {
        shown = nextRow(chunk);
      } else if (now instanceof OfRenewal again) {
        shown = nextRenewed(again);
      } else if (now instanceof OfStream batch && batch.changes().hasNext()) {
        shown = nextEvent(batch.changes().next());
      } else if (!beginNext()) {
        return null;
      }
    }
    return shown;
  }

  private @Nullable Change nextRow(OfCopy chunk) {
    Window window = chunk.window;
    DirtyKeys dirty = window.collection.dirty;
    while (chunk.rows.hasNext()) {
      Row row = chunk.rows.next();
      chunk.last = row;
      if (dirty.isEmpty() || !copier.givesWay(window, row.id())) {
        return new Change.Read(
            window.collection.namespace,
            row.id(),
            row.document(),
            window.generation,
            window.openedAt);
      }
    }
    run = null;
    copier.emitted(window, chunk.taken);
    return null;
  }

  private @Nullable Change nextRenewed(OfRenewal again) {
    if (again.changes().hasNext()) {
      return again.changes().next();
    }
    run = null;
    renewals.emitted(again.renewal());
    return null;
  }

  private @Nullable Change nextEvent(Change.Streamed event) {
    if (event instanceof Change.OnDocument) {
      return event;
    }
    copier.beforehand(event);
    if (!told.contains(event.event().operation())) {
      taken(event);
      return null;
    }
    behindAnnouncements = event;
    return null;
  }

  /**
   * All that the stream has and then a chunk, for the stream never waits for a copy: one batch in
   * turn with one chunk would have it wait, as batches are small where little is written. But a
   * chunk after so many bytes in any case, so that a stream without a pause lets the copy come on.
   *
   * @return whether there is anything to hand out
   */
  private boolean beginNext() {
    if (run instanceof OfStream ended) {
      run = null;
      passed(ended.batch());
    }
    if (isInsideTransaction()) {
      return beginBatch();
    }
    beside.turn(covered());
    if (!announcements.isEmpty()) {
      return true;
    }
    Renewal renewal = renewals.ready();
    if (renewal != null) {
      run = new OfRenewal(renewal, renewal.tell(beside.context().rules()).iterator());
      return true;
    }
    Window ready = chunkIsNext ? copier.ready() : null;
    chunkIsNext = false;
    if (ready == null && !copier.holdsStream()) {
      if (beginBatch()) {
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
    run = new OfCopy(ready);
    return true;
  }

  private boolean beginBatch() {
    Batch batch = handoff.poll();
    if (batch == null) {
      return false;
    }
    run = new OfStream(batch, batch.changes());
    streamed += batch.bytes();
    chunkIsNext = streamed >= CollectionWindows.CHUNK_BYTES;
    return true;
  }

  /** A batch's own token lies behind its last event's, and is known only when all of it is out. */
  private void passed(Batch batch) {
    Position through = batch.through();
    if (through == null) {
      return;
    }
    settleTaken();
    takenThrough = through.compareTo(takenThrough) > 0 ? through : takenThrough;
    long frontier = batch.frontier();
    watermarks.passed(frontier);
    covered = ClusterTime.later(covered, ClusterTime.before(frontier));
  }

  /** What {@link #next} showed is in the parcel. */
  void taken() {
    Change change = Objects.requireNonNull(shown);
    shown = null;
    switch (change) {
      case Change.Streamed event -> taken(event);
      case Change.Read row -> {
        OfCopy chunk = (OfCopy) Objects.requireNonNull(run);
        chunk.taken++;
        chunk.untold = chunk.last;
        commits.delivered();
        if (!chunk.rows.hasNext()) {
          // So that the checkpoint of a parcel that ends here has the chunk's end in it.
          nextRow(chunk);
        }
      }
      case Change.Renewed renewed -> commits.delivered();
      case Change.Reset reset -> announced();
      case Change.Swept swept -> announced();
      case Change.Committed point -> announced();
    }
  }

  private void announced() {
    announcements.taken();
    cut = true;
  }

  private void taken(Change.Streamed event) {
    last = event;
    watermarks.emitted(event.event().clusterTime());
    commits.delivered(event.event().clusterTime());
    copier.happened(event);
    renewals.happened(event);
    cut = ledger.isActive() && !(event instanceof Change.OnDocument);
    transaction = event.event().inTransaction() ? event.event().clusterTime() : ClusterTime.NONE;
  }

  /**
   * Whether the newest event taken is of a transaction of which more may come. Not behind what the
   * checkpoint must be asked for: a transaction that makes a collection is cut there.
   */
  boolean isInsideTransaction() {
    return transaction != ClusterTime.NONE
        && !cut
        && ClusterTime.isAfter(transaction, covered)
        && !(shown instanceof Change.Streamed next && next.event().clusterTime() != transaction);
  }

  /** Whether this is the first of a transaction. */
  boolean beginsTransaction(Change change) {
    return change instanceof Change.Streamed event
        && event.event().inTransaction()
        && event.event().clusterTime() != transaction;
  }

  private void settleTaken() {
    Change.Streamed newest = last;
    if (newest != null) {
      last = null;
      Position position = newest.event().position();
      takenThrough = position.compareTo(takenThrough) > 0 ? position : takenThrough;
      covered = ClusterTime.later(covered, ClusterTime.before(newest.event().clusterTime()));
    }
  }

  /** Right for all that was taken. */
  Checkpoint checkpoint() {
    cut = false;
    settleTaken();
    if (run instanceof OfCopy chunk && chunk.untold != null) {
      // A chunk need not fit into one parcel, and what is in this one is not to be sent again.
      copier.emittedThrough(chunk.window, chunk.untold.id());
      chunk.untold = null;
    }
    return base.at(takenThrough).with(ledger.state());
  }

  /** The checkpoint's position lies behind every event of this time and earlier. */
  long covered() {
    settleTaken();
    return covered;
  }

  /** The sink's mark goes into what follows. */
  void durable(Checkpoint checkpoint) {
    base = base.marked(checkpoint.mark());
  }

  /** Whether anything was begun that is not taken to its end. */
  boolean isInside() {
    return run != null || shown != null || !announcements.isEmpty();
  }
}
