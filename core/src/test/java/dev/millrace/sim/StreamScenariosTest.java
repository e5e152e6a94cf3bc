package dev.millrace.sim;

import static dev.millrace.sim.World.A;
import static dev.millrace.sim.World.OUTSIDE;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.model.ClusterTime;
import dev.millrace.sim.Scenario.Hold;
import dev.millrace.sim.World.Shape;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the stream brings, or does not bring, while collections are copied. */
@DisplayName("The stream beside a copy")
class StreamScenariosTest {
  private static final int[] ALL_SIX = {0, 1, 2, 3, 4, 5};

  @ParameterizedTest
  @EnumSource
  @DisplayName("5: inserted, updated and deleted in one transaction: in that order, and absent")
  void row05(SinkKind kind) {
    Scenario.play(
        kind,
        s -> {
          s.given(A, 0, 1);
          Hold read = s.holdReader("have read", A);
          s.start();
          s.untilHeld(read);
          Op last =
              s.write(() -> {
                s.mongo.put(A, 5);
                s.mongo.put(A, 5);
                s.mongo.delete(A, 5);
              });
          s.untilWritten(last);
          read.release();
          s.settle();
          assertThat(s.inSink(A, 5)).isNull();
          assertThat(s.witness.rows(A, 5))
              .extracting(it -> it.version().index())
              .containsExactly(0, 1, 2);
        });
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("49: a document that changes its _id's type stays one row")
  void row49(SinkKind kind) {
    Scenario.play(
        kind,
        Shape.SMALL.withKeys(17),
        s -> {
          int one = 4;
          s.given(A, 3, one, 5);
          s.start();
          s.untilCommitted();
          for (int n = 0; n < 10; n++) {
            s.delete(A, one);
            s.put(A, one);
          }
          s.crash();
          s.settle();
          s.delete(A, one);
          s.settle();
          assertThat(s.inSink(A, one)).isNull();
        });
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("26: updated and deleted before the lookup: ends absent")
  void row26(SinkKind kind) {
    Scenario.play(
        kind,
        Shape.SMALL.withLookups(),
        s -> {
          s.given(A, 0, 1);
          Hold read = s.holdReader("have read", A);
          Hold stream = s.hold("read", "poll");
          s.start();
          s.untilHeld(read);
          s.put(A, 0);
          s.delete(A, 0);
          stream.release();
          read.release();
          s.settle();
          assertThat(s.inSink(A, 0)).isNull();
          s.put(A, 1);
          s.delete(A, 1);
          s.settle();
          assertThat(s.inSink(A, 1)).isNull();
        });
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("48: a lookup newer than its event, then the newer event: versions never go back")
  void row48(SinkKind kind) {
    Scenario.play(
        kind,
        Shape.SMALL.withLookups(),
        s -> {
          s.given(A, 0, 1);
          Hold read = s.holdReader("have read", A);
          Hold stream = s.hold("read", "poll");
          s.start();
          s.untilHeld(read);
          s.put(A, 0);
          s.put(A, 0);
          Op last = s.put(A, 0);
          stream.release();
          s.untilWritten(last);
          read.release();
          s.settle();
          assertThat(s.inSink(A, 0)).isSameAs(last.doc());
          assertThat(s.witness.rows(A, 0))
              .isSortedAccordingTo((a, b) -> a.version().compareTo(b.version()));
        });
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("23: nothing happens at all: position and frontier move on")
  void row23(SinkKind kind) {
    Scenario.play(
        kind,
        s -> {
          s.given(A, 0);
          s.start();
          s.untilCommitted();
          long before = s.world.auditor.covered().time();
          s.until(
              "the position moved on",
              () -> {
                s.mongo.majorityTo(s.mongo.noop());
                return s.world.auditor.covered().time() > before + 5;
              });
        });
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("24: a flood of what is not followed: the position moves on")
  void row24(SinkKind kind) {
    Scenario.play(
        kind,
        s -> {
          s.given(A, ALL_SIX);
          s.given(OUTSIDE, 0);
          Hold read = s.holdReader("read", A);
          s.start();
          s.untilHeld(read);
          long before = s.world.auditor.covered().time();
          for (int n = 0; n < 150; n++) {
            s.put(OUTSIDE, n % 6);
            if (read.isHeld()) {
              read.pass();
            }
            s.let(.1);
          }
          s.until("the position moved on", () -> s.world.auditor.covered().time() > before + 50);
          assertThat(ClusterTime.isAfter(s.world.auditor.covered().time(), before)).isTrue();
          assertThat(s.isCommitted()).isTrue();
        });
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("54: no process runs for an hour: only what is shown depends on the clock")
  void row54(SinkKind kind) {
    // A clock that goes back is not to be had here: the engine has only the one that cannot.
    Scenario.play(
        kind,
        s -> {
          s.given(A, ALL_SIX);
          Hold read = s.holdReader("have read", A);
          s.start();
          s.untilHeld(read);
          s.put(A, 0);
          s.freeze(3_600);
          s.delete(A, 1);
          read.release();
          s.freeze(3_600);
          s.settle();
          s.put(A, 1);
          s.freeze(86_400);
          s.settle();
        });
  }
}
