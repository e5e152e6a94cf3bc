package dev.millrace.engine;

import dev.millrace.engine.CopyDesk.Done;
import dev.millrace.engine.CopyDesk.Order;
import dev.millrace.engine.RangeCopy.Cut;
import dev.millrace.json.CanonicalKey;
import dev.millrace.model.Change;
import dev.millrace.model.ClusterTime;
import dev.millrace.model.CollectionCopy;
import dev.millrace.model.CollectionCopy.Status;
import dev.millrace.model.MillraceException;
import dev.millrace.model.Namespace;
import dev.millrace.model.RawValue;
import dev.millrace.source.CopySource;
import dev.millrace.source.CopySource.Outcome;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Copies collections beside the stream: says what is to be read and when, and when what was read
 * may be emitted. The sequencer tells it of every change and asks it between them; both belong to
 * the delivering thread.
 *
 * <p>A chunk's life: a window is opened at a time L, from when on every event of the collection is
 * noted; a reader reads at L or after, never before; once the stream has passed what was read, its
 * rows are emitted, but for those of which an event was emitted meanwhile.
 */
final class Copier {
  private static final long NUDGE_EVERY = TimeUnit.MILLISECONDS.toNanos(100);
  private static final long TRY_UNREADABLE_EVERY = TimeUnit.SECONDS.toNanos(30);
  private static final long SHORT_REST = TimeUnit.MILLISECONDS.toNanos(100);
  private static final int MOST_FAILURES = 3;
  private static final int CHUNKS_BEFORE_CUT = 8;

  /** Below this, cutting costs more than it brings. */
  private static final long BYTES_PER_RANGE = 16L << 20;

  private final CopyPlan plan;
  private final CopyRules rules;
  private final CopyLedger ledger;
  private final CopyCatalog catalog;
  private final CopyDesk desk;
  private final Watermarks watermarks;
  private final Marks marks;
  private final Predicate<Namespace> besideStream;
  private final LongSupplier nanoClock;

  /** Read, and not emitted yet; in the order of their arrival. */
  private final List<Window> arrived = new ArrayList<>();

  private boolean listingOrdered;
  private boolean settled;
  private boolean nudging;
  private long nudgedAt;
  private int reading;
  private int failures;
  private int turns;

  /**
   * @param besideStream whether a collection can be copied while the stream is delivered
   * @param nanoClock as {@link System#nanoTime}
   */
  Copier(
      CopyPlan plan,
      CopyRules rules,
      CopyLedger ledger,
      CopyCatalog catalog,
      CopyDesk desk,
      Watermarks watermarks,
      Marks marks,
      Predicate<Namespace> besideStream,
      LongSupplier nanoClock) {
    this.plan = plan;
    this.rules = rules;
    this.ledger = ledger;
    this.catalog = catalog;
    this.desk = desk;
    this.watermarks = watermarks;
    this.marks = marks;
    this.besideStream = besideStream;
    this.nanoClock = nanoClock;
    this.nudgedAt = nanoClock.getAsLong() - NUDGE_EVERY;
  }

  /** Takes in what was read and orders what is to be read next. Between changes only. */
  void turn() {
    for (Done done = desk.collect(); done != null; done = desk.collect()) {
      take(done);
    }
    long now = nanoClock.getAsLong();
    if (!watermarks.isAnchored()) {
      nudge(now);
      return;
    }
    if (!listingOrdered && marks.isEmpty() && catalog.takeListingWanted()) {
      listingOrdered = true;
      desk.order(new Order.List(rules.readFrom(watermarks)));
    }
    if (ledger.isListed()) {
      finishWhatIsCopied();
      cutWhatLags();
      open(now);
    }
  }

  /** Whether what there is was asked since the start, and the answer is taken in. */
  boolean isSettled() {
    return settled && !listingOrdered;
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
      if (each.gone) {
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
      desk.order(new Order.Now());
    }
  }

  private void take(Done done) {
    switch (done) {
      case Done.Now it -> {
        nudging = false;
        nudgedAt = nanoClock.getAsLong();
        if (!watermarks.isAnchored()) {
          watermarks.anchored(it.time());
        }
      }
      case Done.Listed it -> {
        listingOrdered = false;
        settled = true;
        catalog.listed(it.listing());
      }
      case Done.Cuts it -> {
        it.range().cut = Cut.NONE;
        if (it.collection().ranges().contains(it.range())) {
          it.collection().cut(it.range(), it.keys());
          ledger.changed();
        }
      }
      case Done.Chunk it -> {
        reading--;
        if (isWanted(it.window())) {
          take(it.window(), it.outcome());
        }
      }
      case Done.Failed it -> failed(it.order(), it.failure());
    }
  }

  private boolean isWanted(Window window) {
    return !window.cancelled && rules.isCurrent(window, window.collection.copy());
  }

  private void take(Window window, Outcome outcome) {
    CollectionWindows collection = window.collection;
    RangeCopy range = window.range;
    failures = 0;
    switch (outcome) {
      case Outcome.Rows rows -> {
        window.rows = rows;
        arrived.add(window);
        window.arrivedAt = watermarks.emitted();
        range.readTo = rows.last() == null ? range.readTo : rows.last();
        range.readAll = rows.complete();
        range.inexact = false;
        collection.arrived(rows.count(), rows.bytes());
        status(collection, Status.PENDING, "");
      }
      case Outcome.NotAtThatTime no -> {
        range.rewind();
        if (window.exact) {
          range.inexact = true;
        } else {
          collection.restsUntilNanos = restUntil(SHORT_REST);
        }
      }
      case Outcome.Gone gone -> {
        collection.cancel();
        collection.gone = true;
        collection.blockedUntil = gone.time();
      }
      case Outcome.Refused refused -> {
        collection.cancel();
        collection.restsUntilNanos = restUntil(TRY_UNREADABLE_EVERY);
        status(collection, Status.UNREADABLE, refused.reason());
      }
    }
  }

  private void status(CollectionWindows collection, Status status, String reason) {
    CollectionCopy copy = collection.copy();
    if (copy.isPending() && (copy.status() != status || !copy.reason().equals(reason))) {
      collection.note(copy.withStatus(status, reason));
      ledger.changed();
    }
  }

  private long restUntil(long nanos) {
    long until = nanoClock.getAsLong() + nanos;
    return until == 0 ? 1 : until;
  }

  /** What passes by itself is tried again with less, and then with everything anew. */
  private void failed(Order order, MillraceException failure) {
    switch (order) {
      case Order.Chunk it -> {
        reading--;
        if (isWanted(it.window())) {
          it.window().range.rewind();
          it.window().collection.readLess();
          it.window().collection.restsUntilNanos = restUntil(SHORT_REST);
        }
        if (++failures >= MOST_FAILURES) {
          throw failure;
        }
      }
      case Order.Cuts it -> it.range().cut = Cut.NONE;
      case Order.Now it -> throw failure;
      case Order.List it -> throw failure;
    }
  }

  private void open(long now) {
    int most = 2 * plan.parallelism();
    long held = heldBytes();
    // One chunk at a time there is always room for, however small the bound.
    while (reading < most
        && (held == 0 || held + CollectionWindows.CHUNK_BYTES <= plan.prefetchBytes())) {
      RangeCopy range = null;
      CollectionWindows collection = null;
      List<CollectionWindows> all = new ArrayList<>(ledger.pending());
      // By turns over the collections, so that a large one does not hold up the small.
      Collections.rotate(all, -turns++);
      for (CollectionWindows each : all) {
        if (range == null && mayRead(each, now)) {
          range = each.ranges().stream().filter(RangeCopy::canOpen).findFirst().orElse(null);
          collection = each;
        }
      }
      if (range == null || collection == null) {
        return;
      }
      open(collection, range);
      held += CollectionWindows.CHUNK_BYTES;
    }
  }

  private boolean mayRead(CollectionWindows it, long now) {
    if (it.facts == null
        || it.copy().uuid() == null
        || it.gone
        || ledger.isPaused(it.namespace)
        || (it.restsUntilNanos != 0 && now - it.restsUntilNanos < 0)) {
      return false;
    }
    it.restsUntilNanos = 0;
    return it.cut || !beginsWithCut(it);
  }

  /** A large collection is cut into ranges before anything of it is read. */
  private boolean beginsWithCut(CollectionWindows it) {
    it.cut = true;
    CopySource.Entry.Copyable facts = Objects.requireNonNull(it.facts);
    long ranges = facts.bytes() < 0 ? plan.parallelism() : 1 + facts.bytes() / BYTES_PER_RANGE;
    int parts = (int) Math.min(ranges, 4L * plan.parallelism());
    if (parts < 2 || it.ranges().size() > 1 || it.copy().copied() > 0) {
      return false;
    }
    orderCut(it, it.ranges().getFirst(), parts);
    return true;
  }

  private void orderCut(CollectionWindows it, RangeCopy range, int parts) {
    range.cut = Cut.ORDERED;
    it.chunksSinceCut = 0;
    desk.order(new Order.Cuts(it, range, range.rest(), parts));
  }

  /** While readers have nothing to do, a range that others wait for is cut again. */
  private void cutWhatLags() {
    if (reading >= plan.parallelism()) {
      return;
    }
    for (CollectionWindows each : ledger.pending()) {
      boolean cutting = false;
      for (RangeCopy range : each.ranges()) {
        if (range.cut == Cut.WANTED && range.readAll) {
          // The chunk that was under way was its last.
          range.cut = Cut.NONE;
        }
        cutting |= range.cut != Cut.NONE;
        if (range.cut == Cut.WANTED && range.windows.isEmpty()) {
          orderCut(each, range, 2 * plan.parallelism());
        }
      }
      if (!cutting && each.chunksSinceCut >= CHUNKS_BEFORE_CUT) {
        List<RangeCopy> left = each.ranges().stream().filter(range -> !range.readAll).toList();
        if (!left.isEmpty() && left.size() < plan.parallelism()) {
          left.getFirst().cut = Cut.WANTED;
          each.chunksSinceCut = 0;
        }
      }
    }
  }

  private long heldBytes() {
    long held = (long) reading * CollectionWindows.CHUNK_BYTES;
    for (Window window : arrived) {
      held += Objects.requireNonNull(window.rows).bytes();
    }
    return held;
  }

  private void open(CollectionWindows collection, RangeCopy range) {
    CopySource.Entry.Copyable facts = Objects.requireNonNull(collection.facts);
    UUID uuid = Objects.requireNonNull(collection.copy().uuid());
    long from = rules.readFrom(watermarks);
    boolean exact = facts.exact() && !range.inexact;
    Window window = new Window(collection, range, uuid, from, exact);
    CopySource.Chunk chunk =
        new CopySource.Chunk(
            collection.namespace, uuid, range.rest(), from, exact, collection.chunkRows());
    range.windows.addLast(window);
    reading++;
    desk.order(new Order.Chunk(window, chunk));
  }

  /** A window whose rows are to be emitted now; null when there is none. */
  @Nullable Window ready() {
    arrived.removeIf(window -> !isWanted(window));
    boolean holds = holdsStream();
    for (Window window : arrived) {
      Outcome.Rows rows = Objects.requireNonNull(window.rows);
      boolean early = holds && !besideStream.test(window.collection.namespace);
      if (rules.isNext(window, window.range)
          && (early || rules.mayEmit(rows.readAt(), watermarks.frontier()))) {
        return window;
      }
    }
    return null;
  }

  /** Whether a row of this window is left out, for an event of its key came out meanwhile. */
  boolean givesWay(Window window, RawValue id) {
    return rules.givesWay(window, window.collection.dirty.changedAt(CanonicalKey.of(id)));
  }

  /** The rows of a window up to this one are in the parcel, or had to give way. */
  void emittedThrough(Window window, RawValue id) {
    if (!window.cancelled) {
      window.collection.emittedThrough(window, id.toValue());
      ledger.changed();
      ledger.raiseBarrier(Objects.requireNonNull(window.rows).readAt());
    }
  }

  /** All rows of a window are in the parcel, or had to give way. */
  void emitted(Window window, int rows) {
    arrived.remove(window);
    if (window.cancelled) {
      return;
    }
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
      if (!each.finishing && each.isAllCopied()) {
        finish(each);
      }
    }
  }

  private void finish(CollectionWindows collection) {
    collection.finishing = true;
    CollectionCopy copy = collection.copy();
    Runnable done = () -> ledger.become(collection.namespace, copy.done());
    if (copy.replaces()) {
      marks.say(new Change.Swept(collection.namespace, copy.generation()), done);
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
          && !each.gone
          && !ledger.isPaused(each.namespace)
          && !besideStream.test(each.namespace)) {
        return true;
      }
    }
    return false;
  }

  void beforehand(Change.Streamed change) {
    if (ledger.isActive()) {
      catalog.beforehand(change);
    }
  }

  /**
   * A change of the stream was emitted.
   *
   * @return whether the parcel must end behind it
   */
  boolean happened(Change.Streamed change) {
    if (!ledger.isActive()) {
      return false;
    }
    if (!(change instanceof Change.OnDocument one)) {
      catalog.happened(change);
      return true;
    }
    CollectionWindows collection = ledger.find(change.namespace());
    if (collection == null) {
      catalog.unknown(change.namespace());
    } else if (collection.hasWindows()) {
      collection.dirty.note(CanonicalKey.of(one.id()), change.event().clusterTime());
    }
    return false;
  }
}
