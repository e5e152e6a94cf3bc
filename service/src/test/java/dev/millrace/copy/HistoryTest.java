package dev.millrace.copy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.engine.PipelineState;
import dev.millrace.lab.Lab;
import dev.millrace.lab.MongoServers;
import dev.millrace.model.Change;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.Position;
import dev.millrace.source.CopySource.Outcome;
import dev.millrace.testing.Gate;
import dev.millrace.testing.Hooks.Point;
import dev.millrace.testing.Moment;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import org.awaitility.Awaitility;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;

/** What the server forgets: changes that are not in its oplog any more, and how things were. */
class HistoryTest extends Scenario {
  private static final int DELETED = Integer.getInteger("copy.deleted", 1_000);
  private static @Nullable MongoServers servers;

  @BeforeAll
  static void startServer() {
    if (!Lab.serversSkipped()) {
      servers = Oplog.small();
    }
  }

  @AfterAll
  static void stopServer() {
    if (servers != null) {
      servers.close();
    }
  }

  @AfterEach
  void keepThePastAgain() {
    Oplog.keepPast(servers(), 300);
  }

  @Override
  MongoServers servers() {
    return Objects.requireNonNull(servers);
  }

  @OnTableAndLog
  @DisplayName(
      "stopped, the oplog rolled over, 1,000 documents deleted meanwhile: target equals source")
  void whatWasDeletedWhileNobodyLookedIsSwept(Pipe.Target target) {
    Origin origin = origin().fill("a", 0, 3 * DELETED).fill("b", 0, 100).fill("gone", 0, 10);
    Pipe pipe = pipe(target);
    pipe.start().awaitCommit(origin.time());
    pipe.stop();
    origin
        .collection("a")
        .deleteMany(
            new BsonDocument(
                "_id",
                new BsonDocument("$gte", new BsonInt32(DELETED))
                    .append("$lt", new BsonInt32(2 * DELETED))));
    origin.drop("gone").update("b", 1, "meanwhile").fill("new", 0, 10);
    Oplog.rollPast(servers(), origin.time());
    pipe.start().awaitCommit(origin.time());
    assertThat(pipe.judge().documents()).isEqualTo(2 * DELETED + 110);
    assertThat(pipe.delivered(Change.Reset.class, "a")).isEqualTo(1);
    assertThat(pipe.delivered(Change.Swept.class, "a")).isEqualTo(1);
  }

  @OnTableAndLog
  @DisplayName("the oplog rolled over while it runs and its reader is stalled: copied anew, exact")
  void aStalledReaderThatWasOvertakenCopiesAnew(Pipe.Target target) {
    Origin origin = origin().fill("a", 0, 300);
    Pipe pipe = pipe(target);
    pipe.start().awaitCommit(origin.time());
    try (Gate stream = pipe.hooks.hold(Point.BEFORE_POLL, Moment.any())) {
      stream.awaitReached();
      origin.delete("a", 5).update("a", 6, "unseen").insert("a", 900, "unseen");
      Oplog.rollPast(servers(), origin.time());
    }
    pipe.awaitDelivered(Change.Swept.class, "a", 1);
    pipe.awaitCommit(origin.time());
    assertThat(pipe.judge().documents()).isEqualTo(300);
  }

  @OnTableAndLog
  @DisplayName("29: history lost in mid-copy: copied anew, and what is gone is removed")
  void losingHistoryInMidCopyLeavesNoGhosts(Pipe.Target target) {
    Origin origin = origin().fill("a", 0, 300).fill("b", 0, 50);
    Pipe pipe = pipe(target);
    pipe.hooks.rowsPerChunk(20);
    Gate fifth = pipe.hooks.hold(Point.BEFORE_CHUNK, Moment.after(4, Moment.of(pipe.named("a"))));
    pipe.start();
    fifth.awaitReached();
    pipe.awaitDelivered(Change.Read.class, "a", 60);
    try (Gate stream = pipe.hooks.hold(Point.BEFORE_POLL, Moment.any())) {
      stream.awaitReached();
      origin.delete("a", 5).delete("a", 250).drop("b");
      Oplog.rollPast(servers(), origin.time());
    }
    fifth.release();
    pipe.awaitDelivered(Change.Swept.class, "a", 1);
    pipe.awaitCommit(origin.time());
    assertThat(pipe.judge().documents()).isEqualTo(298);
  }

  @OnTableAndLog
  @DisplayName("30: lost three times without progress of the stream: stops, with the reason")
  void threeLossesWithoutProgressStopIt(Pipe.Target target) throws Exception {
    Origin origin = origin().fill("a", 0, 30);
    Pipe pipe = pipe(target);
    pipe.start().awaitCommit(origin.time());
    Gate stream = pipe.hooks.hold(Point.BEFORE_POLL, Moment.any());
    // Once more than it is lost: an open cursor that is overtaken has the stored position tried.
    for (int round = 1; round <= 4 && !isStopped(pipe); round++) {
      Gate held = stream;
      Awaitility.await().until(() -> held.isReached() || isStopped(pipe));
      origin.update("a", 1, "unseen " + round);
      Oplog.rollPast(servers(), origin.time());
      // Whoever is held by the one before never comes by the next.
      stream = pipe.hooks.hold(Point.BEFORE_POLL, Moment.any());
      held.release();
    }
    assertThat(pipe.awaitStopped()).isEqualTo("MR-HISTORY-LOST-AGAIN");
    stream.release();
  }

  @OnTableAndLog
  @DisplayName("on_history_lost: fail stops with the code, and changes nothing")
  void stopsWhereThatIsWanted(Pipe.Target target) throws Exception {
    Origin origin = origin().fill("a", 0, 30);
    Pipe pipe = pipe(target).stoppingWhenLost();
    pipe.start().awaitCommit(origin.time());
    pipe.stop();
    origin.delete("a", 1);
    Oplog.rollPast(servers(), origin.time());
    pipe.start();
    assertThat(pipe.awaitStopped()).isEqualTo("MR-HISTORY-LOST");
    pipe.stop();
    assertThat(pipe.compare().extra()).isEqualTo(1);
  }

  @OnTableAndLog
  @DisplayName("33: SnapshotTooOld in mid-chunk: read anew, nothing out of order")
  void aReadThatCameTooLateIsReadAnew(Pipe.Target target) {
    Origin origin = origin().fill("a", 0, 100);
    Pipe pipe = pipe(target);
    AtomicInteger tooOld = new AtomicInteger();
    AtomicLong at = new AtomicLong();
    pipe.hooks.rowsPerChunk(20);
    pipe.hooks.hold(Point.AFTER_CHUNK, counting(tooOld)).release();
    Gate third =
        pipe.hooks.hold(Point.BEFORE_CHUNK, remembering(at, Moment.after(2, Moment.any())));
    pipe.start();
    third.awaitReached();
    Oplog.keepPast(servers(), 1);
    origin.update("a", 1, "x").update("a", 50, "y").delete("a", 51).insert("a", 200, "z");
    Oplog.awaitTooOld(servers(), origin, "a", at.get());
    third.release();
    pipe.awaitCommit(origin.time());
    pipe.judge();
    assertThat(tooOld.get()).isPositive();
  }

  @OnTableAndLog
  @DisplayName(
      "45: further behind than the history reaches back: by majority reads, the same result")
  void aLagBeyondTheHistoryFallsBackToMajorityReads(Pipe.Target target) {
    Origin origin = origin().fill("a", 0, 100);
    Pipe pipe = pipe(target);
    AtomicInteger tooOld = new AtomicInteger();
    AtomicLong at = new AtomicLong();
    pipe.hooks.rowsPerChunk(20);
    pipe.hooks.hold(Point.AFTER_CHUNK, counting(tooOld)).release();
    Gate first = pipe.hooks.hold(Point.BEFORE_CHUNK, remembering(at, Moment.of(pipe.named("a"))));
    Gate stream = startBehind(pipe, origin);
    first.awaitReached();
    Oplog.keepPast(servers(), 1);
    for (int i = 0; i < 100; i += 7) {
      origin.update("a", i, "while it lags").delete("a", i + 1);
    }
    Oplog.awaitTooOld(servers(), origin, "a", at.get());
    first.release();
    // All is read, and none of it emitted: the stream is to pass it first.
    pipe.until("all chunks read", () -> readRows(pipe) >= 85);
    assertThat(pipe.delivered(Change.Read.class, "a")).isZero();
    stream.release();
    pipe.awaitCommit(origin.time());
    pipe.judge();
    assertThat(tooOld.get()).isPositive();
  }

  @OnTableAndLog
  @DisplayName("46: a quiet collection on a busy deployment: its position moves, it resumes")
  void aQuietCollectionOfABusyDeploymentResumes(Pipe.Target target) {
    Origin origin = origin().fill("a", 0, 30);
    Pipe pipe = pipe(target);
    pipe.start().awaitCommit(origin.time());
    Oplog.rollPast(servers(), origin.time());
    long rolled = Oplog.newest(servers());
    pipe.until(
        "a position behind all that",
        () -> isPast(pipe.supervisor().metrics().deliveredPosition(), rolled));
    pipe.stop();
    Checkpoint kept = pipe.stored().orElseThrow();
    assertThat(Long.compareUnsigned(kept.position().clusterTime(), rolled))
        .isGreaterThanOrEqualTo(0);
    origin.update("a", 1, "while it was down");
    pipe.start().awaitCommit(origin.time());
    pipe.judge();
    assertThat(pipe.delivered(Change.Read.class, "a")).isEqualTo(30);
    assertThat(pipe.delivered(Change.Reset.class, "a")).isZero();
  }

  private static boolean isStopped(Pipe pipe) {
    return pipe.supervisor().state() instanceof PipelineState.Stopped;
  }

  private static boolean isPast(@Nullable Position position, long time) {
    return position != null && Long.compareUnsigned(position.clusterTime(), time) >= 0;
  }

  private static long readRows(Pipe pipe) {
    return pipe.hooks.journal().reads().stream()
        .filter(read -> read.chunk().namespace().equals(pipe.named("a")))
        .mapToLong(read -> read.rows())
        .sum();
  }

  private static Predicate<Moment> counting(AtomicInteger tooOld) {
    return moment -> {
      if (moment instanceof Moment.Reading it && it.outcome() instanceof Outcome.NotAtThatTime) {
        tooOld.incrementAndGet();
      }
      return false;
    };
  }

  private static Predicate<Moment> remembering(AtomicLong at, Predicate<Moment> which) {
    return moment -> {
      boolean taken = which.test(moment);
      if (taken && moment instanceof Moment.Reading it) {
        at.compareAndSet(0, it.chunk().at());
      }
      return taken;
    };
  }
}
