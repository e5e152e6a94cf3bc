package dev.millrace.sim;

import static dev.millrace.sim.World.A;
import static dev.millrace.sim.World.B;
import static dev.millrace.sim.World.C;
import static dev.millrace.sim.World.OUTSIDE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.engine.CopyRequest;
import dev.millrace.model.CollectionCopy.Status;
import dev.millrace.model.Namespace;
import dev.millrace.sim.Chaos.SinkFault;
import dev.millrace.sim.Scenario.Hold;
import dev.millrace.sim.World.Shape;
import dev.millrace.source.CopySource.Outcome;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Collections that come, go and are asked for while others are copied. */
@DisplayName("Collections beside the stream")
class CollectionScenariosTest {
  private static final List<String> NAMED_OUTSIDE = List.of(OUTSIDE.toString());

  private static int lastCopied(Scenario s, Namespace namespace) {
    return s.witness.written().lastIndexOf(s.witness.copied(namespace).getLast());
  }

  /** Where in what was written the first commit point behind this is. */
  private static int commitBehind(Scenario s, int index) {
    List<Item> written = s.witness.written();
    for (int n = index + 1; n < written.size(); n++) {
      if (written.get(n) instanceof Item.Committed point && point.point().consistent()) {
        return n;
      }
    }
    return -1;
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName(
      "14: a collection added while streaming: no commit point from then until its rows are in")
  void row14(SinkKind kind) {
    Scenario.play(
        kind,
        s -> {
          s.given(A, 0, 1);
          s.given(OUTSIDE, 0, 1, 2);
          s.start();
          s.untilCommitted();
          Hold read = s.holdReader("read", OUTSIDE);
          s.ask(new CopyRequest.Add(NAMED_OUTSIDE));
          s.untilHeld(read);
          int asked = s.witness.written().size();
          s.untilStored(s.put(A, 0));
          s.let(5);
          assertThat(s.isCommitted()).isFalse();
          assertThat(commitBehind(s, asked)).isNegative();
          read.release();
          s.settle();
          assertThat(commitBehind(s, asked)).isGreaterThan(lastCopied(s, OUTSIDE));
        });
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("14: a collection made while streaming comes by its events alone")
  void row14made(SinkKind kind) {
    Scenario.play(
        kind,
        s -> {
          s.world.configured.add(C);
          s.given(A, 0, 1);
          s.start();
          s.untilCommitted();
          s.create(C);
          s.put(C, 0);
          s.settle();
          s.put(C, 1);
          s.settle();
          assertThat(s.witness.copied(C)).isEmpty();
        });
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("15: listed, then dropped and made again empty: passed over, commit points go on")
  void row15(SinkKind kind) {
    Scenario.play(
        kind,
        s -> {
          s.given(A, 0, 1);
          s.given(B, 0, 1, 2, 3);
          Hold read = s.holdReader("read", B);
          s.start();
          s.untilHeld(read);
          s.drop(B);
          s.create(B);
          read.release();
          s.untilCommitted();
          assertThat(s.witness.copied(B)).isEmpty();
          Op insert = s.put(B, 0);
          s.settle();
          assertThat(s.witness.rows(B)).hasSize(1);
          assertThat(s.inSink(B, 0)).isSameAs(insert.doc());
        });
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("16: dropped between read and splice: no row survives")
  void row16(SinkKind kind) {
    Scenario.play(
        kind,
        s -> {
          s.given(A, 0, 1, 2);
          s.given(B, 0);
          Hold read = s.holdReader("have read", A);
          s.start();
          s.untilHeld(read);
          s.untilWritten(s.drop(A));
          read.release();
          s.settle();
          assertThat(s.witness.copied(A)).isEmpty();
        });
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("17: renamed into what is followed, over another: the old is gone, the new copied")
  void row17(SinkKind kind) {
    Scenario.play(
        kind,
        s -> {
          s.given(A, 0, 1);
          s.given(OUTSIDE, 1, 2, 3);
          s.start();
          s.untilCommitted();
          s.rename(OUTSIDE, A);
          s.settle();
          assertThat(s.inSink(A, 0)).isNull();
          assertThat(s.witness.copied(A, 3)).hasSize(1);
          s.put(A, 2);
          s.settle();
        });
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("17: renamed into what is followed, where nothing was")
  void row17fresh(SinkKind kind) {
    Scenario.play(
        kind,
        s -> {
          s.given(OUTSIDE, 1, 2, 3);
          Hold read = s.holdReader("read", A);
          s.start();
          s.untilCommitted();
          s.rename(OUTSIDE, A);
          s.untilHeld(read);
          s.delete(A, 1);
          assertThat(s.isCommitted()).isFalse();
          read.release();
          s.settle();
          assertThat(s.inSink(A, 1)).isNull();
        });
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("18: renamed over a copied one: the target's old rows are gone")
  void row18(SinkKind kind) {
    Scenario.play(
        kind,
        s -> {
          s.given(A, 0, 1);
          s.given(B, 2, 3);
          s.start();
          s.untilCommitted();
          s.untilWritten(s.rename(A, B));
          s.settle();
          assertThat(s.inSink(B, 2)).isNull();
          assertThat(s.inSink(A, 0)).isNull();
          assertThat(s.inSink(B, 0)).isNotNull();
        });
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("47: half copied and renamed over a copied one, of which no drop is told")
  void row47(SinkKind kind) {
    Scenario.play(
        kind,
        s -> {
          s.given(A, 0, 1, 2, 3, 4, 5);
          s.given(B, 2, 5);
          s.world.chaos.unreadable(A, true);
          s.start();
          s.untilCopied(B);
          s.world.chaos.unreadable(A, false);
          Hold half = s.holdReader("read", A);
          s.untilHeld(half);
          half.pass();
          s.untilCopied(A, 2);
          half.release();
          Hold read = s.holdReader("have read", A);
          s.untilHeld(read);
          s.untilWritten(s.rename(A, B));
          s.delete(B, 5);
          read.release();
          s.settle();
          assertThat(s.inSink(B, 5)).isNull();
          assertThat(s.inSink(A, 0)).isNull();
        });
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("19: dropped in the middle of its copy: its chunks end, commit points go on")
  void row19(SinkKind kind) {
    Scenario.play(
        kind,
        s -> {
          s.given(A, 0, 1, 2, 3);
          s.given(B, 0);
          Hold read = s.holdReader("read", A);
          s.start();
          s.untilHeld(read);
          read.pass();
          s.untilCopied(A, 2);
          s.untilHeld(read);
          s.drop(A);
          read.release();
          s.untilCommitted();
          assertThat(s.witness.reads(A)).anyMatch(it -> it.outcome() instanceof Outcome.Gone);
          assertThat(s.inSink(A, 0)).isNull();
        });
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("20: another is added as the last copy ends: no commit point before both")
  void row20(SinkKind kind) {
    Scenario.play(
        kind,
        s -> {
          s.given(A, 0, 1);
          s.given(OUTSIDE, 0, 1, 2);
          Hold read = s.holdReader("have read", A);
          s.start();
          s.untilHeld(read);
          read.pass();
          s.untilCopied(A, 2);
          s.untilHeld(read);
          s.ask(new CopyRequest.Add(NAMED_OUTSIDE));
          read.release();
          s.settle();
          assertThat(commitBehind(s, -1)).isGreaterThan(lastCopied(s, OUTSIDE));
        });
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("21: what is added cannot be stored: who asked is told, and may ask again")
  void row21(SinkKind kind) {
    Scenario.play(
        kind,
        s -> {
          s.given(A, 0, 1);
          s.given(OUTSIDE, 0, 1, 2);
          s.start();
          s.untilCommitted();
          s.let(2);
          if (kind.keepsCheckpoint) {
            s.world.chaos.sinkFaultNext(SinkFault.REFUSED);
          } else {
            s.world.chaos.storeFailsNext(3);
          }
          s.ask(new CopyRequest.Add(NAMED_OUTSIDE));
          s.until("an answer", () -> s.answer().isDone());
          // The store is asked again by itself; a sink that refuses ends the attempt.
          assertThat(s.answer().isCompletedExceptionally()).isEqualTo(kind.keepsCheckpoint);
          if (kind.keepsCheckpoint) {
            s.settle();
            assertThat(s.witness.copied(OUTSIDE)).isEmpty();
            s.demand(new CopyRequest.Add(NAMED_OUTSIDE));
          }
          s.until("it is followed", () -> s.world.followed().contains(OUTSIDE));
          s.settle();
          assertThat(s.inSink(OUTSIDE, 2)).isNotNull();
        });
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("22: nothing to copy: there is a commit point all the same")
  void row22(SinkKind kind) {
    Scenario.play(
        kind,
        s -> {
          s.world.configured.remove(World.VIEW);
          s.start();
          s.until("a commit point", s::isCommitted);
          assertThat(s.witness.reads()).isEmpty();
        });
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("25: what moves the stream on is asked again after a lost answer: nothing waits")
  void row25(SinkKind kind) {
    Scenario.play(
        kind,
        s -> {
          s.given(A, 0, 1);
          Hold asked = s.hold("errands", "now done");
          s.start();
          s.untilHeld(asked);
          // The write is there, its answer is not, and another one follows in its place.
          s.mongo.majorityWrite();
          s.mongo.stepDown();
          asked.release();
          s.untilCommitted();
        });
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("40: a pause holds chunks back, and only those; asked twice it is one")
  void row40pause(SinkKind kind) {
    Scenario.play(
        kind,
        s -> {
          s.given(A, 0, 1, 2, 3, 4, 5);
          Hold read = s.holdReader("read", A);
          s.start();
          s.untilHeld(read);
          read.pass();
          s.untilCopied(A, 2);
          s.demand(new CopyRequest.Pause(List.of()));
          s.demand(new CopyRequest.Pause(List.of()));
          read.release();
          s.let(1);
          int reads = s.witness.reads(A).size();
          s.untilStored(s.put(A, 5));
          s.crash();
          s.untilStored(s.delete(A, 0));
          s.let(5);
          assertThat(s.witness.reads(A)).hasSize(reads);
          assertThat(s.isCommitted()).isFalse();
          s.demand(new CopyRequest.Resume(List.of()));
          s.demand(new CopyRequest.Resume(List.of()));
          s.settle();
          assertThat(s.witness.copied(A, 3)).hasSize(1);
        });
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("40: the one being copied and the one waiting are removed, and one added twice")
  void row40remove(SinkKind kind) {
    Scenario.play(
        kind,
        s -> {
          s.given(A, 0, 1, 2, 3);
          s.given(B, 0, 1, 2, 3);
          s.given(OUTSIDE, 4, 5);
          Hold ofA = s.holdReader("read", A);
          Hold ofB = s.holdReader("read", B);
          s.start();
          s.until("a reader held", () -> ofA.isHeld() || ofB.isHeld());
          s.demand(new CopyRequest.Remove(List.of(A.toString(), B.toString())));
          s.demand(new CopyRequest.Add(NAMED_OUTSIDE));
          s.demand(new CopyRequest.Add(NAMED_OUTSIDE));
          ofA.release();
          ofB.release();
          s.untilCommitted();
          assertThat(s.witness.copied(OUTSIDE, 4)).hasSize(1);
          s.demand(new CopyRequest.Add(List.of(A.toString())));
          s.settle();
          assertThat(s.inSink(A, 3)).isNotNull();
        });
  }

  // There are no filters to be had wrong: only what may not be read is left of this row.
  @ParameterizedTest
  @EnumSource
  @DisplayName("41: one that may not be read shows, the others go on, no commit point before it")
  void row41(SinkKind kind) {
    Scenario.play(
        kind,
        Shape.SMALL.withReaders(2),
        s -> {
          s.given(A, 0, 1, 2);
          s.given(B, 0, 1, 2);
          s.world.chaos.unreadable(B, true);
          s.start();
          s.untilCopied(A);
          s.until(
              "it shows",
              () ->
                  s.view().collections().stream()
                      .anyMatch(it ->
                          it.namespace().equals(B)
                              && it.status() == Status.UNREADABLE
                              && it.reason().equals("not allowed")));
          s.untilStored(s.put(A, 3));
          s.untilStored(s.put(B, 3));
          s.let(40);
          assertThat(s.isCommitted()).isFalse();
          s.world.chaos.unreadable(B, false);
          s.settle();
          assertThat(s.inSink(B, 0)).isNotNull();
        });
  }
}
