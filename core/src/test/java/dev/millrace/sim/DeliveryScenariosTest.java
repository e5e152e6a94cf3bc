package dev.millrace.sim;

import static dev.millrace.sim.World.A;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.sim.Chaos.SinkFault;
import dev.millrace.sim.Scenario.Hold;
import dev.millrace.sim.World.Shape;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is written and what is known to be written, by one instance or by two. */
@DisplayName("Acknowledgements and terms")
class DeliveryScenariosTest {
  private static final int[] ALL_SIX = {0, 1, 2, 3, 4, 5};

  /** Kinds to which an instance may go on writing when another has taken its place. */
  private static final String OUTLIVING = "LOG_WITH_STATE|TABLE_WITH_STATE|VERSIONED_TABLE";

  private static boolean isCommit(Item item) {
    return item instanceof Item.Committed committed && committed.point().consistent();
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.MATCH_ANY, names = OUTLIVING)
  @DisplayName("31: an acknowledgement of an older term comes late: nothing follows from it")
  void row31(SinkKind kind) {
    Scenario.play(
        kind,
        s -> {
          s.given(A, ALL_SIX);
          Running old = s.start();
          Hold acknowledged =
              s.hold("deliver", "acknowledging", actor -> actor.life == old.instance.life);
          s.untilHeld(acknowledged);
          s.takeOver();
          s.put(A, 0);
          s.untilCommitted();
          acknowledged.release();
          s.untilStored(s.put(A, 1));
          s.until("the old one stopped", old::isFinished);
          s.settle();
          assertThat(s.world.store.checkpoint().orElseThrow().term())
              .isEqualTo(s.world.store.term());
        });
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("32: rows are not known to be durable, the stream is: no commit point")
  void row32(SinkKind kind) {
    Scenario.play(
        kind,
        s -> {
          s.given(A, 0, 1);
          Hold unstored =
              kind.keepsCheckpoint
                  ? s.holdParcel("await", item -> item instanceof Item.Row row && row.isCopied())
                  : s.hold("save", "save");
          s.start();
          s.untilHeld(unstored);
          s.put(A, 0);
          s.let(20);
          assertThat(s.world.auditor.commits()).isZero();
          unstored.release();
          s.settle();
        });
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("39: written, the acknowledgement lost, sent again: in order")
  void row39(SinkKind kind) {
    Scenario.play(
        kind,
        Shape.SMALL.withParcelsOf(1),
        s -> {
          s.given(A, 0, 1);
          Hold read = s.holdReader("have read", A);
          s.start();
          s.untilHeld(read);
          Hold stream = s.hold("read", "poll");
          s.untilHeld(stream);
          Op first = s.put(A, 0);
          Op second = s.delete(A, 0);
          Op third = s.put(A, 0);
          s.let(2);
          s.world.chaos.sinkFaultNext(SinkFault.NONE);
          s.world.chaos.sinkFaultNext(SinkFault.LOST_ACK);
          stream.release();
          s.untilStored(third);
          read.release();
          s.settle();
          assertThat(s.witness.indexOf(first)).isLessThan(s.witness.indexOf(second));
          assertThat(s.witness.indexOf(second)).isLessThan(s.witness.indexOf(third));
          assertThat(s.inSink(A, 0)).isSameAs(third.doc());
        });
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.MATCH_ANY, names = OUTLIVING)
  @DisplayName("43: the old one stalls, another takes over, the old one writes: shut out")
  void row43(SinkKind kind) {
    Scenario.play(
        kind,
        s -> {
          s.given(A, ALL_SIX);
          Running old = s.start();
          Hold sending = s.hold("deliver", "await", actor -> actor.life == old.instance.life);
          s.untilHeld(sending);
          s.takeOver();
          s.delete(A, 0);
          s.untilCommitted();
          sending.release();
          s.until("the old one stopped", old::isFinished);
          s.settle();
          assertThat(s.inSink(A, 0)).isNull();
        });
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("44: killed behind the decision on a commit point, before it is out: it is not")
  void row44(SinkKind kind) {
    Scenario.play(
        kind,
        s -> {
          s.given(A, ALL_SIX);
          Hold commit = s.holdParcel("await", DeliveryScenariosTest::isCommit);
          s.start();
          s.untilHeld(commit);
          s.kill();
          s.let(5);
          assertThat(s.isCommitted()).isFalse();
          s.delete(A, 0);
          commit.release();
          s.start();
          s.settle();
        });
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.MATCH_ANY, names = OUTLIVING)
  @DisplayName("50: a position is saved by who just lost its term: refused")
  void row50(SinkKind kind) {
    Scenario.play(
        kind,
        s -> {
          s.given(A, ALL_SIX);
          Running old = s.start();
          Hold saving = s.hold("save", "save", actor -> actor.life == old.instance.life);
          s.untilHeld(saving);
          s.takeOver();
          s.put(A, 0);
          s.untilCommitted();
          saving.release();
          s.until("the old one stopped", old::isFinished);
          assertThat(s.world.store.checkpoint().orElseThrow().term())
              .isEqualTo(s.world.store.term());
          s.settle();
        });
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("51: the first of two parcels fails: nothing behind it counts as done")
  void row51(SinkKind kind) {
    Scenario.play(
        kind,
        Shape.SMALL.withParcelsOf(1),
        s -> {
          s.given(A, 0, 1);
          s.start();
          s.untilCommitted();
          Hold stream = s.hold("read", "poll");
          s.untilHeld(stream);
          Op first = s.put(A, 0);
          Op second = s.put(A, 1);
          s.let(2);
          s.world.chaos.sinkFaultNext(SinkFault.TIMED_OUT);
          Hold again = s.hold("main", "open");
          stream.release();
          s.untilHeld(again);
          assertThat(s.isStored(first)).isFalse();
          assertThat(s.isStored(second)).isFalse();
          assertThat(s.witness.times(second)).isZero();
          again.release();
          s.untilStored(second);
          assertThat(s.witness.indexOf(first)).isLessThan(s.witness.indexOf(second));
          s.settle();
        });
  }
}
