package dev.millrace.copy;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.model.Change;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.CollectionCopy;
import dev.millrace.model.Failure;
import dev.millrace.model.Operation;
import dev.millrace.model.Position;
import dev.millrace.testing.Gate;
import dev.millrace.testing.Hooks.Point;
import dev.millrace.testing.Journal.Note;
import dev.millrace.testing.Moment;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Collections that come, go and change their names while they are copied, on real servers. */
class CollectionInterleavingsTest extends Scenario {
  @OnTableAndLog
  @DisplayName("14: a collection is new while streaming: no commit from then until it is copied")
  void nothingIsCommittedWhileANewCollectionIsCopied(Pipe.Target target) {
    Origin origin = origin().fill("a", 0, 10).fill("outside", 0, 10);
    Pipe pipe = pipe(target).following("a", "late");
    pipe.start().awaitCommit(origin.time());
    try (Gate read = pipe.hooks.hold(Point.AFTER_CHUNK, Moment.of(pipe.named("late")))) {
      origin.rename("outside", "late");
      read.awaitReached();
      origin.update("a", 1, "meanwhile");
      pipe.awaitDelivered(Change.Upsert.class, "a", 1);
      pipe.await("no commit point", view -> !view.commit().consistent());
    }
    pipe.awaitCommit(origin.time());
    pipe.judge();
    int renamed = first(pipe, Change.Renamed.class, "outside");
    int lastRow = last(pipe, Change.Read.class, "late");
    List<Note> all = pipe.hooks.journal().all();
    assertThat(all.get(renamed - 1).kind()).isEqualTo(Change.Committed.class);
    assertThat(all.get(renamed - 1).consistent()).isFalse();
    assertThat(committedBetween(pipe, renamed, lastRow)).isFalse();
    assertThat(committedBetween(pipe, lastRow, all.size())).isTrue();
  }

  @OnTableAndLog
  @DisplayName("15: queued, dropped, created again empty: skipped; commits go on; inserts arrive")
  void whatIsEmptyBeforeItsTurnIsSkipped(Pipe.Target target) {
    Origin origin = origin().fill("a", 0, 10).fill("b", 0, 10);
    Pipe pipe = pipe(target);
    try (Gate read = pipe.hooks.hold(Point.BEFORE_CHUNK, Moment.of(pipe.named("b")))) {
      pipe.start();
      read.awaitReached();
      origin.drop("b").create("b");
      pipe.awaitDelivered(Change.Created.class, "b", 1);
      pipe.awaitCommit(origin.time());
    }
    origin.insert("b", 77, "later");
    pipe.awaitCommit(origin.time());
    assertThat(pipe.judge().documents()).isEqualTo(11);
    assertThat(pipe.delivered(Change.Read.class, "b")).isZero();
  }

  @ParameterizedTest(name = "{0}")
  @EnumSource
  @DisplayName("16: a drop is applied between read and chunk: not one row survives")
  void noRowOutlivesItsCollection(Pipe.Target target) {
    Origin origin = origin().fill("a", 0, 10).fill("b", 0, 10);
    Pipe pipe = pipe(target);
    try (Gate read = pipe.hooks.hold(Point.AFTER_CHUNK, Moment.of(pipe.named("b")))) {
      pipe.start();
      read.awaitReached();
      origin.drop("b");
      pipe.awaitDelivered(Change.Dropped.class, "b", 1);
    }
    pipe.awaitCommit(origin.time());
    assertThat(pipe.judge().documents()).isEqualTo(10);
    assertThat(pipe.delivered(Change.Read.class, "b")).isZero();
  }

  @ParameterizedTest(name = "{0}")
  @EnumSource
  @DisplayName("17: a rename into scope with data: the old removed, the new copied")
  void aRenameInMidCopyIsCopiedUnderItsNewName(Pipe.Target target) {
    Origin origin = origin().fill("a", 0, 20);
    Pipe pipe = pipe(target);
    pipe.hooks.rowsPerChunk(5);
    try (Gate second = pipe.hooks.hold(Point.BEFORE_CHUNK, Moment.after(1, Moment.any()))) {
      pipe.start();
      second.awaitReached();
      pipe.awaitDelivered(Change.Read.class, "a", 5);
      origin.rename("a", "b").update("b", 1, "after");
      pipe.awaitDelivered(Change.Upsert.class, "b", 1);
    }
    pipe.awaitCommit(origin.time());
    assertThat(pipe.judge().documents()).isEqualTo(20);
    assertThat(pipe.delivered(Change.Read.class, "b")).isGreaterThanOrEqualTo(19);
  }

  @ParameterizedTest(name = "{0}")
  @EnumSource
  @DisplayName("18: a rename with dropTarget over a complete target: the target's rows are gone")
  void aRenameTakesThePlaceOfACompleteTarget(Pipe.Target target) {
    Origin origin = origin().fill("a", 0, 10).fill("b", 100, 120);
    Pipe pipe = pipe(target);
    pipe.start().awaitCommit(origin.time());
    origin.rename("a", "b").insert("b", 5_000, "after");
    pipe.awaitCommit(origin.time());
    assertThat(pipe.judge().documents()).isEqualTo(11);
    assertThat(pipe.delivered(Change.Read.class, "b")).isEqualTo(20);
  }

  @OnTableAndLog
  @DisplayName("a rename that the sink is not told of moves nothing there: the new name is copied")
  void aRenameThatIsNotDeliveredIsCopied(Pipe.Target target) {
    Origin origin = origin().fill("a", 0, 20);
    Pipe pipe =
        pipe(target)
            .delivering(
                EnumSet.of(
                    Operation.INSERT, Operation.UPDATE, Operation.REPLACE, Operation.DELETE));
    pipe.start().awaitCommit(origin.time());
    origin.rename("a", "b");
    pipe.awaitCommit(origin.time());
    assertThat(pipe.delivered(Change.Read.class, "b")).isEqualTo(20);
  }

  @OnTableAndLog
  @DisplayName(
      "a rename that the sink is not told of: what follows from it is stored right behind it")
  void aParcelEndsBehindARenameThatIsNotDelivered(Pipe.Target target) {
    Origin origin = origin().fill("a", 0, 5).fill("other", 0, 1);
    Pipe pipe =
        pipe(target)
            .withoutCommitPoints()
            .delivering(
                EnumSet.of(
                    Operation.INSERT, Operation.UPDATE, Operation.REPLACE, Operation.DELETE));
    pipe.start().awaitCommit(origin.time());
    List<Checkpoint> sent = new CopyOnWriteArrayList<>();
    pipe.hooks.watch(Point.BEFORE_SEND, moment -> sent.add(((Moment.Sending) moment).through()));
    AtomicLong read = new AtomicLong();
    pipe.hooks.watch(
        Point.AFTER_POLL,
        moment -> read.set(requireNonNull(((Moment.Polling) moment).batch()).frontier()));
    try (Gate delivering = pipe.hooks.hold(Point.BEFORE_SEND, Moment.of(pipe.named("other")))) {
      origin.insert("other", 2, "holds the delivering");
      delivering.awaitReached();
      origin.insert("a", 100, "before").rename("a", "b").insert("b", 101, "after");
      pipe.until(
          "all of it read ahead", () -> Long.compareUnsigned(read.get(), origin.time()) >= 0);
    }
    pipe.awaitCommit(origin.time());
    assertThat(sent)
        .anySatisfy(through -> {
          assertThat(through.position().clusterTime()).isLessThan(origin.time());
          assertThat(through.copy().collections()).containsKey(pipe.named("b"));
        });
  }

  @ParameterizedTest(name = "{0}")
  @EnumSource(names = {"SQLITE", "POSTGRES"}) // a log gets all of it again
  @DisplayName("a position set back before a rename, whose old name is another collection's by now")
  void aRenameThatComesAgainMovesNothingOfTheNext(Pipe.Target target) {
    Origin origin = origin().fill("a", 0, 5);
    Pipe pipe = pipe(target);
    pipe.start().awaitCommit(origin.time());
    Position before = pipe.stored().orElseThrow().position();
    origin.rename("a", "b").insert("a", 100, "of the next");
    pipe.awaitCommit(origin.time());
    pipe.stop();

    pipe.setBack(before);
    origin.insert("c", 1, "later, so that no commit point of before will do");
    pipe.start().awaitCommit(origin.time());
    pipe.stop();
    assertThat(pipe.compare().equal()).as("%s", pipe.compare()).isTrue();
  }

  @ParameterizedTest(name = "{0}")
  @EnumSource
  @DisplayName("47: a rename from outside onto a copied name: its rows gone, the renamed there")
  void aRenameFromOutsideIsCopiedInPlaceOfItsTarget(Pipe.Target target) {
    Origin origin = origin().fill("outside", 0, 10).fill("b", 100, 120);
    Pipe pipe = pipe(target).following("b");
    pipe.start().awaitCommit(origin.time());
    origin.rename("outside", "b").update("b", 3, "after");
    pipe.awaitCommit(origin.time());
    assertThat(pipe.judge().documents()).isEqualTo(10);
  }

  @ParameterizedTest(name = "{0}")
  @EnumSource
  @DisplayName("19: a drop in mid-copy: the window is cancelled, commits go on")
  void aDropInMidCopyHoldsUpNothing(Pipe.Target target) {
    Origin origin = origin().fill("a", 0, 20).fill("b", 0, 5);
    Pipe pipe = pipe(target);
    pipe.hooks.rowsPerChunk(5);
    try (Gate second =
        pipe.hooks.hold(Point.AFTER_CHUNK, Moment.after(1, Moment.of(pipe.named("a"))))) {
      pipe.start();
      second.awaitReached();
      origin.drop("a");
      // While the reader still holds what it read.
      pipe.awaitCommit(origin.time());
    }
    assertThat(pipe.judge().documents()).isEqualTo(5);
  }

  @OnTableAndLog
  @DisplayName("20: the last copy finishes while another becomes due: no commit in between")
  void aCopyThatFinishesBesideANewOneCommitsNothing(Pipe.Target target) {
    Origin origin = origin().fill("a", 0, 10).fill("outside", 0, 10);
    Pipe pipe = pipe(target).following("a", "late");
    Gate last = pipe.hooks.hold(Point.AFTER_CHUNK, Moment.of(pipe.named("a")));
    try (Gate late = pipe.hooks.hold(Point.AFTER_CHUNK, Moment.of(pipe.named("late")))) {
      pipe.start();
      last.awaitReached();
      origin.rename("outside", "late");
      pipe.until("late is due", () -> pipe.status("late") == CollectionCopy.Status.PENDING);
      last.release();
      late.awaitReached();
      pipe.until("a copied", () -> pipe.status("a") == CollectionCopy.Status.DONE);
      assertThat(pipe.supervisor().copy().commit().consistent()).isFalse();
    }
    pipe.awaitCommit(origin.time());
    pipe.judge();
    assertThat(committedBetween(pipe, 0, last(pipe, Change.Read.class, "late"))).isFalse();
  }

  @OnTableAndLog
  @DisplayName(
      "21: what is pending cannot be stored: the error shows, nothing hangs, all is copied")
  void aStateThatCannotBeStoredIsSeenAndTriedAgain(Pipe.Target target) {
    Origin origin = origin().fill("a", 0, 10).fill("outside", 0, 10);
    Pipe pipe = pipe(target).following("a", "late");
    pipe.start().awaitCommit(origin.time());
    pipe.hooks.fail(
        Point.BEFORE_SEND,
        moment -> moment instanceof Moment.Sending it && it.through().copy().isAnyPending(),
        2,
        () -> Failure.transientFailure("MR-TEST-BROKEN", "not stored", null));
    origin.rename("outside", "late");
    pipe.awaitCommit(origin.time());
    assertThat(pipe.supervisor().metrics().restarts()).isEqualTo(2);
    assertThat(pipe.judge().documents()).isEqualTo(20);
  }

  @OnTableAndLog
  @DisplayName("22: no collections at all: the first commit point appears")
  void anEmptyDatabaseIsCommittedToo(Pipe.Target target) {
    Pipe pipe = pipe(target);
    pipe.start().await("a commit point", view -> view.commit().consistent());
    Origin origin = origin().insert("a", 1, "the first");
    pipe.awaitCommit(origin.time());
    assertThat(pipe.judge().documents()).isEqualTo(1);
  }

  @OnTableAndLog
  @DisplayName(
      "53: deleted and created again while its chunk is in flight: the chunk is thrown away")
  void aChunkOfTheCollectionBeforeIsThrownAway(Pipe.Target target) {
    Origin origin = origin().fill("a", 0, 10);
    Pipe pipe = pipe(target);
    Gate read = pipe.hooks.hold(Point.AFTER_CHUNK, Moment.of(pipe.named("a")));
    Gate stream = startBehind(pipe, origin);
    read.awaitReached();
    origin.drop("a").fill("a", 5, 25);
    read.release();
    stream.release();
    pipe.awaitCommit(origin.time());
    assertThat(pipe.judge().documents()).isEqualTo(21);
    assertThat(pipe.delivered(Change.Read.class, "a")).isZero();
  }

  @ParameterizedTest(name = "{0}")
  @EnumSource
  @DisplayName("dropped and created again, with data, in mid-copy: exact (and 53, before the read)")
  void aCollectionDroppedAndCreatedAgainInMidCopyIsExact(Pipe.Target target) {
    Origin origin = origin().fill("a", 0, 30);
    Pipe pipe = pipe(target);
    pipe.hooks.rowsPerChunk(5);
    Gate third = pipe.hooks.hold(Point.BEFORE_CHUNK, Moment.after(2, Moment.any()));
    pipe.start();
    third.awaitReached();
    pipe.awaitDelivered(Change.Read.class, "a", 10);
    try (Gate stream = pipe.hooks.hold(Point.BEFORE_POLL, Moment.any())) {
      stream.awaitReached();
      origin.drop("a").fill("a", 20, 60).update("a", 20, "changed").delete("a", 21);
      // It finds another collection of that name, of which the stream has not told yet.
      third.release();
      pipe.until("the chunk refused", () -> third.isReached());
    }
    pipe.awaitCommit(origin.time());
    assertThat(pipe.judge().documents()).isEqualTo(39);
  }
}
