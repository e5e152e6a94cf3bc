package dev.millrace.engine;

import dev.millrace.engine.CopyDesk.Errand;
import dev.millrace.engine.RangeCopy.Cut;
import dev.millrace.model.CollectionCopy;
import dev.millrace.model.CollectionCopy.Status;
import dev.millrace.model.MillraceException;
import dev.millrace.source.CopySource;
import dev.millrace.source.CopySource.Entry;
import dev.millrace.source.CopySource.Outcome;
import dev.millrace.source.CopySource.Span;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;

/**
 * Has chunks read ahead of the sink, within a bound of bytes: which is read next, where a range is
 * cut so that every reader has work, and what is tried again. Belongs to the delivering thread.
 */
final class Prefetch {
  private static final long TRY_UNREADABLE_EVERY = TimeUnit.SECONDS.toNanos(30);
  private static final long SHORT_REST = TimeUnit.MILLISECONDS.toNanos(100);
  private static final int MOST_FAILURES = 3;
  private static final int CHUNKS_BEFORE_CUT = 8;

  /** Below this, cutting costs more than it brings. */
  private static final long BYTES_PER_RANGE = 16L << 20;

  private final CopyContext context;
  private final CopyPlan plan;
  private final CopyRules rules;
  private final CopyLedger ledger;
  private final Watermarks watermarks;
  private final CopyDesk desk;

  /** Read, and not emitted yet; in the order of their arrival. */
  private final List<Window> arrived = new ArrayList<>();

  private int reading;
  private int failures;
  private int turns;

  Prefetch(CopyContext context, CopyDesk desk) {
    this.context = context;
    this.plan = context.plan();
    this.rules = context.rules();
    this.ledger = context.ledger();
    this.watermarks = context.watermarks();
    this.desk = desk;
  }

  /** Orders what is to be read next. */
  void turn() {
    cutWhatLags();
    open(context.nanoClock().getAsLong());
  }

  /**
   * A window whose rows are to be emitted now; null when there is none.
   *
   * @param early which need not wait for the stream to pass them
   */
  @Nullable Window ready(Predicate<Window> early) {
    arrived.removeIf(window -> !isWanted(window));
    for (Window window : arrived) {
      Outcome.Rows rows = Objects.requireNonNull(window.rows);
      if (rules.isNext(window)
          && (early.test(window) || rules.mayEmit(rows.readAt(), watermarks.frontier()))) {
        return window;
      }
    }
    return null;
  }

  /** All rows of a window were emitted, or it is of no use any more. */
  void forget(Window window) {
    arrived.remove(window);
  }

  private boolean isWanted(Window window) {
    return !window.cancelled && rules.isCurrent(window, window.collection.copy());
  }

  private void wasRead(Window window, Outcome outcome) {
    reading--;
    if (!isWanted(window)) {
      return;
    }
    failures = 0;
    CollectionWindows collection = window.collection;
    RangeCopy range = window.range;
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
          rest(collection, SHORT_REST);
        }
      }
      case Outcome.Gone gone -> {
        collection.cancel();
        collection.missed(gone.time());
      }
      case Outcome.Refused refused -> {
        collection.cancel();
        rest(collection, TRY_UNREADABLE_EVERY);
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

  private void rest(CollectionWindows collection, long nanos) {
    collection.restsUntilNanos = context.nanoClock().getAsLong() + nanos;
  }

  /** What passes by itself is tried again with less, and then with everything anew. */
  private void failed(Window window, MillraceException failure) {
    reading--;
    if (isWanted(window)) {
      window.range.rewind();
      window.collection.readLess();
      rest(window.collection, SHORT_REST);
    }
    if (++failures >= MOST_FAILURES) {
      throw failure;
    }
  }

  private void open(long now) {
    int most = 2 * plan.parallelism();
    long held = heldBytes();
    // One chunk at a time there is always room for, however small the bound.
    while (reading < most
        && (held == 0 || held + CollectionWindows.CHUNK_BYTES <= plan.prefetchBytes())
        && openNext(now)) {
      held += CollectionWindows.CHUNK_BYTES;
    }
  }

  /** By turns over the collections, so that a large one does not hold up the small. */
  private boolean openNext(long now) {
    List<CollectionWindows> all = new ArrayList<>(ledger.pending());
    Collections.rotate(all, -turns++);
    for (CollectionWindows each : all) {
      Entry.Copyable facts = each.facts();
      if (facts == null || !mayRead(each, facts, now)) {
        continue;
      }
      for (RangeCopy range : each.ranges()) {
        if (range.canOpen()) {
          open(each, facts, range);
          return true;
        }
      }
    }
    return false;
  }

  private boolean mayRead(CollectionWindows it, Entry.Copyable facts, long now) {
    Long rests = it.restsUntilNanos;
    if (ledger.isPaused(it.namespace) || (rests != null && now - rests < 0)) {
      return false;
    }
    it.restsUntilNanos = null;
    return it.cut || !beginsWithCut(it, facts);
  }

  /** A large collection is cut into ranges before anything of it is read. */
  private boolean beginsWithCut(CollectionWindows it, Entry.Copyable facts) {
    it.cut = true;
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
    Span rest = range.rest();
    desk.order(
        new Errand<>(
            source -> source.cuts(it.namespace, rest, parts),
            keys -> wereFound(it, range, keys),
            failure -> range.cut = Cut.NONE));
  }

  private void wereFound(CollectionWindows it, RangeCopy range, List<BsonValue> keys) {
    range.cut = Cut.NONE;
    if (it.ranges().contains(range)) {
      it.cut(range, keys);
      ledger.changed();
    }
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

  private void open(CollectionWindows collection, Entry.Copyable facts, RangeCopy range) {
    long openedAt = rules.readFrom(watermarks);
    boolean exact = facts.exact() && !range.inexact;
    Window window = new Window(collection, range, facts.uuid(), openedAt, exact);
    CopySource.Chunk chunk =
        new CopySource.Chunk(
            collection.namespace,
            facts.uuid(),
            range.rest(),
            openedAt,
            exact,
            collection.chunkRows());
    range.windows.addLast(window);
    reading++;
    desk.orderChunk(
        new Errand<>(
            source -> source.read(chunk),
            outcome -> wasRead(window, outcome),
            failure -> failed(window, failure)));
  }
}
