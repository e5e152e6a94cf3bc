package dev.millrace.engine;

import dev.millrace.engine.CopyDesk.Errand;
import dev.millrace.json.CanonicalKey;
import dev.millrace.model.Change;
import dev.millrace.model.ClusterTime;
import dev.millrace.model.CollectionCopy;
import dev.millrace.model.CollectionCopy.Status;
import dev.millrace.model.MillraceException;
import dev.millrace.model.RawValue;
import dev.millrace.source.CopySource;
import dev.millrace.source.CopySource.Outcome;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Copies collections beside the stream: takes in what was read, says which rows are emitted and
 * when, and notes the events that rows give way to. The sequencer tells it of every change and asks
 * it between them; both belong to the delivering thread. {@link CopyRules} has the argument.
 */
final class Copier {
  private static final long NUDGE_EVERY = TimeUnit.MILLISECONDS.toNanos(100);

  private final CopyRules rules;
  private final CopyLedger ledger;
  private final Watermarks watermarks;
  private final Announcements announcements;
  private final SinkTraits sink;
  private final LongSupplier nanoClock;
  private final CopyCatalog catalog;
  private final CopyDesk desk;
  private final Prefetch prefetch;

  private Listing listing = Listing.UNKNOWN;
  private boolean nudging;
  private long nudgedAt;

  /** Whether it is known what there is to copy. */
  private enum Listing {
    /** Not since the start. */
    UNKNOWN,
    ORDERED,
    KNOWN
  }

  Copier(CopyContext context, CopyCatalog catalog, CopyDesk desk) {
    this.rules = context.rules();
    this.ledger = context.ledger();
    this.watermarks = context.watermarks();
    this.announcements = context.announcements();
    this.sink = context.sink();
    this.nanoClock = context.nanoClock();
    this.catalog = catalog;
    this.desk = desk;
    this.prefetch = new Prefetch(context, desk);
    this.nudgedAt = nanoClock.getAsLong() - NUDGE_EVERY;
  }

  /** Takes in what was read and orders what is to be read next. Between changes only. */
  void turn() {
    for (Runnable done = desk.collect(); done != null; done = desk.collect()) {
      done.run();
    }
    if (!watermarks.isAnchored()) {
      nudge(nanoClock.getAsLong());
      return;
    }
    if (listing != Listing.ORDERED && announcements.isEmpty() && catalog.takeListingWanted()) {
      listing = Listing.ORDERED;
      long after = rules.readFrom(watermarks);
      desk.order(new Errand<>(source -> source.list(after), this::listed, Copier::startAnew));
    }
    if (ledger.isListed()) {
      finishWhatIsCopied();
      prefetch.turn();
    }
  }

  /** Whether what there is was asked since the start, and the answer is taken in. */
  boolean isSettled() {
    return listing == Listing.KNOWN;
  }

  /**
   * Whether something only waits for the stream to come on. That is known before it is read: until
   * the stream has passed the time of this start, nothing that is read can be emitted, and until it
   * has passed the barrier, no commit point can follow. A read of the stream that waits for an
   * event for a second must not be under way by then.
   */
  boolean waitsForStream() {
    if (!watermarks.isAnchored()) {
      return true;
    }
    long ahead = ClusterTime.later(watermarks.anchor(), ledger.barrier());
    if (ledger.isAnyPending() && !rules.mayEmit(ahead, watermarks.frontier())) {
      return true;
    }
    for (CollectionWindows each : ledger.pending()) {
      if (each.isMissing()) {
        return true;
      }
      for (RangeCopy range : each.ranges()) {
        Window first = range.windows.peekFirst();
        if (first != null
            && first.rows != null
            && !rules.mayEmit(first.rows.readAt(), watermarks.frontier())) {
          return true;
        }
      }
    }
    return false;
  }

  /** Moves the stream on, one at a time: a source where nothing happens tells of nothing. */
  void nudge(long now) {
    if (!nudging && now - nudgedAt >= NUDGE_EVERY) {
      nudging = true;
      desk.order(new Errand<>(CopySource::now, this::nudged, Copier::startAnew));
    }
  }

  private void nudged(long time) {
    nudging = false;
    nudgedAt = nanoClock.getAsLong();
    if (!watermarks.isAnchored()) {
      watermarks.anchored(time);
    }
  }

  private void listed(CopySource.Listing it) {
    listing = Listing.KNOWN;
    catalog.listed(it);
  }

  private static void startAnew(MillraceException failure) {
    throw failure;
  }

  /** A window whose rows are to be emitted now; null when there is none. */
  @Nullable Window ready() {
    boolean holds = holdsStream();
    return prefetch.ready(window -> holds && !sink.copiesBeside(window.collection.namespace));
  }

  /** Whether a row of this window is left out, for an event of its key came out meanwhile. */
  boolean givesWay(Window window, RawValue id) {
    return rules.givesWay(window, window.collection.dirty.changedAt(CanonicalKey.of(id)));
  }

  /** The rows of a window up to this one are in the parcel, or had to give way. */
  void emittedThrough(Window window, RawValue id) {
    window.collection.emittedThrough(window, id.toValue());
    ledger.changed();
    ledger.raiseBarrier(Objects.requireNonNull(window.rows).readAt());
  }

  /** All rows of a window are in the parcel, or had to give way. */
  void emitted(Window window, int rows) {
    prefetch.forget(window);
    CollectionWindows collection = window.collection;
    Outcome.Rows read = Objects.requireNonNull(window.rows);
    collection.emitted(window, read, rows);
    ledger.changed();
    ledger.raiseBarrier(read.readAt());
    collection.dirty.prune(collection.oldestWindow(watermarks.emitted()));
    if (collection.isAllCopied()) {
      finish(collection);
    }
  }

  /** After a start, whose state may hold a copy that lacks nothing but its end. */
  private void finishWhatIsCopied() {
    for (CollectionWindows each : List.copyOf(ledger.pending())) {
      if (each.isAllCopied()) {
        finish(each);
      }
    }
  }

  /** Said once: it is pending no longer when it is taken, and nothing is asked before that. */
  private void finish(CollectionWindows collection) {
    CollectionCopy copy = collection.copy();
    Runnable done = () -> ledger.become(collection.namespace, copy.done());
    if (copy.replaces()) {
      announcements.say(new Change.Swept(collection.namespace, copy.generation()), done);
    } else {
      done.run();
    }
  }

  /**
   * Whether the stream waits, for a target that cannot take copy and stream side by side. It never
   * waits for a copy that itself waits: for the stream to tell, or for a person.
   */
  boolean holdsStream() {
    for (CollectionWindows each : ledger.pending()) {
      if (each.copy().status() == Status.PENDING
          && !each.isMissing()
          && !ledger.isPaused(each.namespace)
          && !sink.copiesBeside(each.namespace)) {
        return true;
      }
    }
    return false;
  }

  /** A change of the stream is about to be emitted. */
  void beforehand(Change.Streamed change) {
    if (ledger.isActive()) {
      catalog.beforehand(change);
    }
  }

  /** A change of the stream was emitted. */
  void happened(Change.Streamed change) {
    if (!ledger.isActive()) {
      return;
    }
    if (!(change instanceof Change.OnDocument one)) {
      catalog.happened(change);
      return;
    }
    CollectionWindows collection = ledger.find(change.namespace());
    if (collection == null) {
      catalog.unknown(change.namespace());
    } else if (collection.hasWindows()) {
      collection.dirty.note(CanonicalKey.of(one.id()), change.event().clusterTime());
    }
  }
}
