package dev.millrace.copy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.model.Change;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.CollectionCopy;
import dev.millrace.testing.Gate;
import dev.millrace.testing.Hooks.Point;
import dev.millrace.testing.Moment;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.bson.BsonValue;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What dies, breaks, or comes too late in mid-copy, on real servers. */
class CrashInterleavingsTest extends Scenario {
  @ParameterizedTest(name = "{0}")
  @EnumSource
  @DisplayName("10: killed in collection 2, chunk N; copied rows change; started: no chunk again")
  void completedChunksAreNotReadAgain(Pipe.Target target) {
    Origin origin = origin().fill("a", 0, 12).fill("b", 0, 40);
    Pipe pipe = pipe(target).readers(1);
    pipe.hooks.rowsPerChunk(5);
    try (Gate fourth =
        pipe.hooks.hold(Point.BEFORE_CHUNK, Moment.after(4, Moment.of(pipe.named("b"))))) {
      pipe.start();
      fourth.awaitReached();
      pipe.awaitDelivered(Change.Read.class, "b", 15);
      pipe.kill();
    }
    origin.delete("b", 2).update("b", 3, "changed while it was down").update("a", 1, "too");
    pipe.start().awaitCommit(origin.time());
    pipe.judge();
    assertThat(done(pipe, "b")).isGreaterThanOrEqualTo(14);
    assertNothingReadAgain(pipe, "a");
    assertNothingReadAgain(pipe, "b");
  }

  @ParameterizedTest(name = "{0}")
  @EnumSource
  @DisplayName("11: killed after k of n rows were acknowledged: no key is skipped")
  void aChunkThatIsHalfDeliveredIsReadAgain(Pipe.Target target) throws Exception {
    Origin origin = origin().fill("a", 0, 40);
    Pipe pipe = pipe(target);
    pipe.hooks.rowsPerChunk(20).changesPerParcel(6);
    pipe.hooks.crashAt(Point.AFTER_ACK, Moment.after(4, Moment.with(Change.Read.class)));
    pipe.start().awaitKilled();
    origin.update("a", 1, "changed").delete("a", 21);
    pipe.start().awaitCommit(origin.time());
    pipe.judge();
    assertNothingReadAgain(pipe, "a");
  }

  @ParameterizedTest(name = "{0}")
  @EnumSource
  @DisplayName("12: killed between the read and its chunk: the chunk is read again")
  void aChunkThatWasOnlyReadIsReadAgain(Pipe.Target target) throws Exception {
    Origin origin = origin().fill("a", 0, 20);
    Pipe pipe = pipe(target);
    pipe.hooks.rowsPerChunk(5).crashAt(Point.AFTER_CHUNK, Moment.after(1, Moment.any()));
    pipe.start().awaitKilled();
    origin.update("a", 7, "changed");
    pipe.start().awaitCommit(origin.time());
    pipe.judge();
    assertNothingReadAgain(pipe, "a");
  }

  @ParameterizedTest(name = "{0}")
  @EnumSource
  @DisplayName("13: killed after the sink's delete, before the position is saved: it stays away")
  void aDeleteThatWasNotSavedIsNotUndoneByTheCopy(Pipe.Target target) throws Exception {
    Origin origin = origin().fill("a", 0, 20);
    Pipe pipe = pipe(target);
    pipe.hooks.rowsPerChunk(5);
    try (Gate second = pipe.hooks.hold(Point.BEFORE_CHUNK, Moment.after(1, Moment.any()))) {
      pipe.start();
      second.awaitReached();
      pipe.awaitDelivered(Change.Read.class, "a", 5);
      pipe.hooks.crashAt(Point.AFTER_ACK, Moment.with(Change.Delete.class));
      origin.delete("a", 8);
      assertThat(pipe.awaitStopped()).isEqualTo("MR-TEST-CRASH");
    }
    pipe.kill();
    pipe.start().awaitCommit(origin.time());
    pipe.judge();
    assertThat(times(pipe, Change.Read.class, "a", "8")).isZero();
  }

  @ParameterizedTest(name = "{0}")
  @EnumSource
  @DisplayName("32: copied rows are not acknowledged, the stream is far ahead: no commit")
  void rowsThatAreNotAcknowledgedWithholdTheCommit(Pipe.Target target) {
    Origin origin = origin().fill("a", 0, 10);
    Pipe pipe = pipe(target);
    try (Gate rows = pipe.hooks.hold(Point.BEFORE_SEND, Moment.with(Change.Read.class))) {
      pipe.start();
      rows.awaitReached();
      origin.insert("b", 1, "an event");
      assertThat(pipe.supervisor().copy().commit().consistent()).isFalse();
    }
    pipe.awaitCommit(origin.time());
    pipe.judge();
    assertThat(committedBetween(pipe, 0, first(pipe, Change.Read.class, "a"))).isFalse();
  }

  @ParameterizedTest(name = "{0}")
  @EnumSource
  @DisplayName("39: the sink wrote and its ack was lost: tried again, in order, once")
  void aLostAckRepeatsNothing(Pipe.Target target) {
    Origin origin = origin().fill("a", 0, 10);
    Pipe pipe = pipe(target);
    pipe.hooks.rowsPerChunk(5);
    pipe.hooks.breakAt(Point.AFTER_ACK, Moment.with(Change.Read.class));
    pipe.hooks.breakAt(Point.AFTER_ACK, Moment.with(Change.Upsert.class));
    pipe.start().awaitDelivered(Change.Read.class, "a", 10);
    origin.update("a", 1, "x").update("a", 1, "y").insert("a", 50, "z");
    pipe.awaitCommit(origin.time());
    pipe.judge();
    assertThat(pipe.supervisor().metrics().restarts()).isEqualTo(2);
  }

  @ParameterizedTest(name = "{0}")
  @EnumSource
  @DisplayName("51: a flush fails while later changes wait: nothing behind it counts as done")
  void nothingBehindAFailedFlushCountsAsDone(Pipe.Target target) {
    Origin origin = origin().fill("a", 0, 30);
    Pipe pipe = pipe(target);
    pipe.hooks.rowsPerChunk(5).changesPerParcel(2);
    pipe.hooks.breakAt(Point.BEFORE_SEND, Moment.after(3, Moment.with(Change.Read.class)));
    pipe.hooks.breakAt(Point.BEFORE_SEND, Moment.after(2, Moment.with(Change.Upsert.class)));
    pipe.start().awaitDelivered(Change.Read.class, "a", 4);
    for (int i = 0; i < 10; i++) {
      origin.update("a", i, "changed");
    }
    pipe.awaitCommit(origin.time());
    pipe.judge();
    assertThat(pipe.supervisor().metrics().restarts()).isEqualTo(2);
  }

  @ParameterizedTest(name = "{0}")
  @EnumSource
  @DisplayName("44: killed after T was decided, before it was durable: T is not published")
  void aCommitPointThatIsNotDurableIsNotPublished(Pipe.Target target) throws Exception {
    Origin origin = origin().fill("a", 0, 10);
    Pipe pipe = pipe(target);
    pipe.hooks.crashAt(Point.BEFORE_SEND, Moment.with(Change.Committed.class));
    pipe.start().awaitKilled();
    assertThat(PublishedPoints.of(pipe)).isZero();
    assertThat(pipe.stored().orElseThrow().copy().consistent()).isFalse();
    pipe.start().awaitCommit(origin.time());
    assertThat(PublishedPoints.of(pipe)).isEqualTo(1);
    pipe.judge();
  }

  @ParameterizedTest(name = "{0}")
  @EnumSource
  @DisplayName("52, 55: killed within events of one time: the rest comes, nothing twice or lost")
  void aTransactionGoesOnWhereItWasCut(Pipe.Target target) throws Exception {
    Origin origin = origin().fill("a", 0, 10);
    Pipe pipe = pipe(target).batchSize(4).transactionBytes(1);
    pipe.hooks.changesPerParcel(3);
    pipe.start().awaitCommit(origin.time());
    pipe.hooks.crashAt(Point.AFTER_ACK, Moment.after(1, Moment.with(Change.Upsert.class)));
    origin.together(() -> origin.fill("a", 20, 40).update("a", 5, "in it").delete("a", 6));
    assertThat(pipe.awaitStopped()).isEqualTo("MR-TEST-CRASH");
    pipe.kill();
    assertThat(pipe.delivered(Change.Upsert.class, "a")).isLessThan(20);
    pipe.start().awaitCommit(origin.time());
    pipe.judge();
    Checkpoint from = pipe.hooks.journal().startedFrom().orElseThrow();
    assertThat(from.position().isHighWater()).isFalse();
    assertThat(from.position().clusterTime()).isEqualTo(origin.time());
    assertThat(pipe.delivered(Change.Upsert.class, "a")).isEqualTo(21);
  }

  @ParameterizedTest(name = "{0}")
  @EnumSource
  @DisplayName("43: two instances, the old one stalls and then writes: refused")
  void anOldInstanceThatWakesUpIsRefused(Pipe.Target target) throws Exception {
    anOldInstanceIsRefused(target, Point.BEFORE_SEND, Moment.with(Change.Upsert.class));
  }

  @ParameterizedTest(name = "{0}")
  @EnumSource
  @DisplayName("31: an ack of an older term comes late: ignored")
  void aLateAckOfAnOlderTermIsIgnored(Pipe.Target target) throws Exception {
    anOldInstanceIsRefused(target, Point.AFTER_ACK, Moment.with(Change.Upsert.class));
  }

  @ParameterizedTest(name = "{0}")
  @EnumSource
  @DisplayName("50: the position is saved by who lost its term a moment ago: refused")
  void aPositionOfAnOlderTermIsRefused(Pipe.Target target) throws Exception {
    anOldInstanceIsRefused(target, Point.BEFORE_SAVE, Moment.any());
  }

  /** The old one is held there in mid-copy, with an event under way, and let go behind the new. */
  private void anOldInstanceIsRefused(Pipe.Target target, Point point, Predicate<Moment> which)
      throws Exception {
    Origin origin = origin().fill("a", 0, 20);
    Pipe old = pipe(target);
    old.hooks.rowsPerChunk(5);
    Pipe next = pipe(target);
    try (Gate second = old.hooks.hold(Point.BEFORE_CHUNK, Moment.after(2, Moment.any()))) {
      old.start();
      second.awaitReached();
      try (Gate held = old.hooks.hold(point, which)) {
        origin.update("a", 1, "in the old one's time");
        held.awaitReached();
        next.start();
        origin.update("a", 2, "in the new one's time").delete("a", 3);
        next.awaitCommit(origin.time());
      }
      // Wherever it is refused first, by the sink or by the store.
      origin.update("a", 4, "after both");
      assertThat(old.awaitStopped()).isEqualTo("MR-FENCED");
    }
    next.awaitCommit(origin.time());
    next.judge();
    assertThat(next.stored().orElseThrow().term().number()).isEqualTo(2);
  }

  @ParameterizedTest(name = "{0}")
  @EnumSource
  @DisplayName("42: parallel readers and a restart: all of it, and no part twice")
  void parallelReadersGoOnWhereEachOfThemWas(Pipe.Target target) {
    Origin origin = origin().fill("a", 0, 2_000);
    Pipe pipe = pipe(target).readers(4);
    pipe.hooks.rowsPerChunk(50).seemingBytes(48 << 20);
    pipe.start().awaitDelivered(Change.Read.class, "a", 700);
    pipe.kill();
    origin.delete("a", 10).update("a", 1_990, "changed").delete("a", 1_000);
    pipe.start().awaitCommit(origin.time());
    pipe.judge();
    assertThat(
            pipe.hooks.journal().reads().stream().map(read -> read.chunk().span().to()).distinct())
        .hasSizeGreaterThanOrEqualTo(4);
    assertNothingReadAgain(pipe, "a");
  }

  private static void assertNothingReadAgain(Pipe pipe, String collection) {
    // No id is outside of these.
    List<String> keys = IntStream.range(-10, 2_100).mapToObj(Integer::toString).toList();
    ReadOnce.check(pipe, collection, keys);
  }

  private static CollectionCopy copyOf(Pipe pipe, String collection) {
    Checkpoint from = pipe.hooks.journal().startedFrom().orElseThrow();
    CollectionCopy copy = from.copy().collections().get(pipe.named(collection));
    assertThat(copy).isNotNull();
    return copy;
  }

  private static int done(Pipe pipe, String collection) {
    BsonValue done = copyOf(pipe, collection).ranges().getFirst().done();
    return done == null ? -1 : done.asInt32().getValue();
  }
}
