package dev.millrace.testing;

import dev.millrace.checkpoint.CheckpointStore;
import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;
import dev.millrace.sink.Sink;
import dev.millrace.source.CopySource;
import dev.millrace.source.CopySource.Chunk;
import dev.millrace.source.SourceOpener;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * Takes part in a pipeline at its seams: before and after every chunk's read, every poll, every
 * flush of the sink and every write of the state. A test holds a point while it does something to
 * the source, has it fail there, or has the whole pipeline die there as by {@code kill -9}: from
 * then on nothing that it does gets through. Any thread.
 */
public final class Hooks {
  /** Where. Of each pair, BEFORE is before anything happened and AFTER is when all is done. */
  public enum Point {
    BEFORE_POLL,
    AFTER_POLL,
    BEFORE_NOW,
    BEFORE_LIST,
    AFTER_LIST,
    BEFORE_CHUNK,
    AFTER_CHUNK,
    BEFORE_FIND,
    AFTER_FIND,
    BEFORE_SEND,
    /** Handed over, and not known to be durable. */
    AFTER_SEND,
    /** Durable in the sink, and the pipeline does not know yet. */
    AFTER_ACK,
    BEFORE_SAVE,
    AFTER_SAVE
  }

  private final List<Rule> rules = new CopyOnWriteArrayList<>();
  private final Journal journal = new Journal();
  private volatile boolean dead;
  private volatile int rowsPerChunk = Integer.MAX_VALUE;
  private volatile int changesPerParcel = Integer.MAX_VALUE;
  private volatile long seemingBytes = -1;
  private volatile boolean besideAnyway;
  private volatile UnaryOperator<Chunk> chunks = chunk -> chunk;

  private record Rule(Point point, Predicate<Moment> which, Runnable action) {}

  public Journal journal() {
    return journal;
  }

  /** At most so many rows in a chunk. */
  public Hooks rowsPerChunk(int most) {
    rowsPerChunk = most;
    return this;
  }

  /** Parcels leave when they have so many changes. */
  public Hooks changesPerParcel(int most) {
    changesPerParcel = most;
    return this;
  }

  /** Every collection is told to be of this size, so that a small one is cut as a large one is. */
  public Hooks seemingBytes(long bytes) {
    seemingBytes = bytes;
    return this;
  }

  /** Copies beside the stream also where the sink says that it cannot have that. */
  public Hooks besideAnyway() {
    besideAnyway = true;
    return this;
  }

  /** Has other chunks read than those that are asked for. */
  public Hooks chunks(UnaryOperator<Chunk> instead) {
    chunks = instead;
    return this;
  }

  /** Holds whoever comes by, until released. */
  public Gate hold(Point point, Predicate<Moment> which) {
    Gate gate = new Gate();
    rules.add(new Rule(point, which, gate::pass));
    return gate;
  }

  /** Shows whatever passes. */
  public void watch(Point point, Consumer<Moment> seen) {
    rules.add(
        new Rule(
            point,
            moment -> {
              seen.accept(moment);
              return false;
            },
            () -> {}));
  }

  /** Throws the first times. */
  public void fail(
      Point point, Predicate<Moment> which, int times, Supplier<MillraceException> failure) {
    AtomicInteger left = new AtomicInteger(times);
    rules.add(
        new Rule(
            point,
            which,
            () -> {
              if (left.getAndDecrement() > 0) {
                throw failure.get();
              }
            }));
  }

  /** Throws once what passes by itself, as a connection that breaks. */
  public void breakAt(Point point, Predicate<Moment> which) {
    fail(point, which, 1, () -> Failure.transientFailure("MR-TEST-BROKEN", "broken here", null));
  }

  /** Dies at the first who comes by. */
  public void crashAt(Point point, Predicate<Moment> which) {
    rules.add(new Rule(point, which, this::crash));
  }

  /** Dies now: nothing more is read, sent or written, and what is held is let go to see that. */
  public void crash() {
    dead = true;
  }

  public boolean isDead() {
    return dead;
  }

  /** For the next start: all is well again, and nothing is held. */
  public void revive() {
    rules.clear();
    dead = false;
  }

  void pass(Point point, Moment moment) {
    aliveOrThrow();
    for (Rule rule : rules) {
      if (rule.point == point && rule.which.test(moment)) {
        rule.action.run();
      }
    }
    aliveOrThrow();
  }

  void aliveOrThrow() {
    if (dead) {
      throw Failure.fatal("MR-TEST-CRASH", "killed by the test");
    }
  }

  boolean isFull(int changes) {
    return changes >= changesPerParcel;
  }

  public boolean isBesideAnyway() {
    return besideAnyway;
  }

  Chunk chunk(Chunk asked) {
    Chunk it = chunks.apply(asked);
    return new Chunk(
        it.namespace(),
        it.uuid(),
        it.span(),
        it.at(),
        it.exact(),
        Math.min(it.rows(), rowsPerChunk));
  }

  CopySource.Entry entry(CopySource.Entry entry) {
    return seemingBytes >= 0 && entry instanceof CopySource.Entry.Copyable it
        ? new CopySource.Entry.Copyable(it.uuid(), it.exact(), it.rows(), seemingBytes)
        : entry;
  }

  public SourceOpener source(SourceOpener inner) {
    return new HookedOpener(this, inner);
  }

  public Supplier<Sink> sink(Supplier<Sink> inner) {
    return () -> {
      aliveOrThrow();
      return new HookedSink(this, inner.get());
    };
  }

  public Supplier<CheckpointStore> store(Supplier<CheckpointStore> inner) {
    return () -> {
      aliveOrThrow();
      return new HookedStore(this, inner.get());
    };
  }
}
