package dev.millrace.sim;

import static dev.millrace.sim.World.A;
import static dev.millrace.sim.World.B;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.sim.Scenario.Hold;
import dev.millrace.sim.World.Shape;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What may happen to rows between their being read and their being delivered. */
@DisplayName("A chunk beside the stream")
class ChunkScenariosTest {
  private static final int[] ALL_SIX = {0, 1, 2, 3, 4, 5};

  @ParameterizedTest
  @EnumSource
  @DisplayName("1: a row read before its delete does not come back behind it")
  void row01(SinkKind kind) {
    Scenario.play(
        kind,
        s -> {
          s.given(A, 0, 1);
          Hold read = s.holdReader("have read", A);
          s.start();
          s.untilHeld(read);
          s.untilStored(s.delete(A, 0));
          read.release();
          s.settle();
          assertThat(s.inSink(A, 0)).isNull();
          assertThat(s.witness.copied(A, 0)).isEmpty();
          assertThat(s.witness.copied(A, 1)).hasSize(1);
        });
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("2: a row read before its update gives way to it")
  void row02(SinkKind kind) {
    Scenario.play(
        kind,
        s -> {
          s.given(A, 0, 1);
          Hold read = s.holdReader("have read", A);
          s.start();
          s.untilHeld(read);
          Op update = s.put(A, 0);
          s.untilWritten(update);
          read.release();
          s.settle();
          assertThat(s.inSink(A, 0)).isSameAs(update.doc());
          assertThat(s.witness.copied(A, 0)).isEmpty();
        });
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("3: an update between read and splice comes after the row, or instead of it")
  void row03(SinkKind kind) {
    Scenario.play(
        kind,
        s -> {
          s.given(A, 0, 1);
          Hold read = s.holdReader("have read", A);
          s.start();
          s.untilHeld(read);
          Hold stream = s.hold("read", "polled");
          Op update = s.put(A, 0);
          s.untilHeld(stream);
          read.release();
          s.let(.05);
          stream.release();
          s.settle();
          List<Item.Row> rows = s.witness.rows(A, 0);
          assertThat(rows.getLast().doc()).isSameAs(update.doc());
          assertThat(rows.subList(0, rows.size() - 1)).allMatch(Item.Row::isCopied);
        });
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("4: deleted and inserted again behind the read: only the new one")
  void row04(SinkKind kind) {
    Scenario.play(
        kind,
        s -> {
          s.given(A, 0, 1);
          Hold read = s.holdReader("have read", A);
          s.start();
          s.untilHeld(read);
          s.delete(A, 0);
          Op insert = s.put(A, 0);
          s.untilWritten(insert);
          read.release();
          s.settle();
          assertThat(s.inSink(A, 0)).isSameAs(insert.doc());
          assertThat(s.witness.copied(A, 0)).isEmpty();
        });
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("6: an insert behind the copied part comes once, as an event")
  void row06(SinkKind kind) {
    Scenario.play(
        kind,
        s -> {
          s.given(A, 1, 2, 3, 4);
          Hold read = s.holdReader("read", A);
          s.start();
          s.untilHeld(read);
          read.pass();
          s.untilCopied(A, 2);
          Op insert = s.put(A, 0);
          read.release();
          s.settle();
          assertThat(s.witness.rows(A, 0)).hasSize(1);
          assertThat(s.witness.times(insert)).isOne();
        });
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("7: changes ahead of the copied part")
  void row07(SinkKind kind) {
    Scenario.play(
        kind,
        s -> {
          s.given(A, 0, 1, 2, 3, 4);
          Hold read = s.holdReader("read", A);
          s.start();
          s.untilHeld(read);
          read.pass();
          s.untilCopied(A, 2);
          Op update = s.put(A, 3);
          s.delete(A, 4);
          Op insert = s.put(A, 5);
          read.release();
          s.settle();
          assertThat(s.inSink(A, 3)).isSameAs(update.doc());
          assertThat(s.inSink(A, 4)).isNull();
          assertThat(s.inSink(A, 5)).isSameAs(insert.doc());
        });
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("8: _ids of every type are all copied, whatever the chunks' bounds")
  void row08(SinkKind kind) {
    Scenario.play(
        kind,
        Shape.SMALL.withKeys(17),
        s -> {
          int[] keys = java.util.stream.IntStream.range(0, 17).toArray();
          s.given(A, keys);
          s.start();
          s.settle();
          assertThat(s.witness.copied(A)).extracting(Item.Row::key).containsExactly(boxed(keys));
        });
  }

  private static Integer[] boxed(int[] keys) {
    return java.util.Arrays.stream(keys).boxed().toArray(Integer[]::new);
  }

  // A collation is the server's: the copy asks for the simple one (see the tests of the source),
  // and what is left here is that a key is known by its value, however it is spelled.
  @ParameterizedTest
  @EnumSource
  @DisplayName("9: 1, 1.0 and Decimal128 1 are one document, and its event is found dirty")
  void row09(SinkKind kind) {
    Scenario.play(
        kind,
        Shape.SMALL.withKeys(17),
        s -> {
          int one = 4;
          s.given(A, 3, one, 5);
          Hold read = s.holdReader("have read", A);
          s.start();
          s.untilHeld(read);
          s.delete(A, one);
          Op again = s.put(A, one);
          for (int n = 0; n < 6; n++) {
            again = s.put(A, one);
          }
          s.untilWritten(again);
          read.release();
          s.settle();
          assertThat(s.inSink(A, one)).isSameAs(again.doc());
        });
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("33: the snapshot is too old by the time it is read: read anew, once")
  void row33(SinkKind kind) {
    Scenario.play(
        kind,
        s -> {
          s.given(A, 0, 1);
          Hold read = s.holdReader("read", A);
          s.start();
          s.untilHeld(read);
          Op update = s.put(A, 0);
          s.untilWritten(update);
          s.mongo.noop();
          s.mongo.majorityTo(s.mongo.now());
          s.mongo.forgetSnapshotsBefore(s.mongo.now());
          read.release();
          s.settle();
          List<Witness.Read> reads = s.witness.reads(A);
          assertThat(reads.get(0).chunk().exact()).isTrue();
          assertThat(reads.get(1).chunk().span()).isEqualTo(reads.get(0).chunk().span());
          assertThat(reads.get(1).chunk().exact()).isFalse();
          assertThat(s.witness.copied(A, 1)).hasSize(1);
        });
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("34: a member that lags is never read before the window's time")
  void row34(SinkKind kind) {
    // Capped, so that every read is of some state at or after the time asked for.
    Scenario.play(
        kind,
        s -> {
          s.given(A, true, ALL_SIX);
          Hold read = s.holdReader("read", A);
          s.start();
          for (int n = 0; n < 4; n++) {
            s.untilHeld(read);
            s.put(A, n);
            s.untilWritten(s.put(A, (n + 3) % 6));
            s.mongo.noop();
            read.pass();
            s.let(.02);
          }
          s.settle();
          assertThat(s.witness.reads(A))
              .isNotEmpty()
              .allMatch(it -> !it.chunk().exact())
              .allMatch(Scenario::isNotBeforeItsTime);
        });
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("35: a write that was seen locally and rolled back is never delivered")
  void row35(SinkKind kind) {
    Scenario.play(
        kind,
        s -> {
          s.given(A, ALL_SIX);
          Hold read = s.holdReader("read", A);
          s.start();
          s.untilHeld(read);
          read.pass();
          s.untilCopied(A, 2);
          Hold saving = s.hold("save", "save");
          Hold time = s.hold("errands", "now");
          s.untilHeld(read);
          s.mongo.begin();
          long gone = s.mongo.put(A, 0).number;
          s.mongo.put(A, 4);
          s.mongo.commit();
          read.release();
          s.let(.5);
          s.mongo.stepDown();
          saving.release();
          time.release();
          s.settle();
          assertThat(s.witness.rows(A))
              .noneMatch(row -> row.doc() != null && row.doc().number == gone);
        });
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("38: a transaction over two collections, one being copied: both or neither")
  void row38(SinkKind kind) {
    Scenario.play(
        kind,
        Shape.SMALL.withParcelsOf(1).withReaders(2),
        s -> {
          s.given(A, 0, 1);
          s.given(B, 0, 1);
          s.world.chaos.unreadable(B, true);
          s.start();
          s.untilCopied(A);
          s.world.chaos.unreadable(B, false);
          Hold read = s.holdReader("have read", B);
          s.untilHeld(read);
          Op last =
              s.write(() -> {
                s.mongo.put(A, 0);
                s.mongo.put(B, 0);
                s.mongo.put(B, 3);
              });
          s.untilWritten(last);
          assertThat(s.isCommitted()).isFalse();
          read.release();
          s.settle();
          s.write(() -> {
            s.mongo.delete(A, 0);
            s.mongo.delete(B, 0);
          });
          s.settle();
          assertThat(s.inSink(A, 0)).isNull();
          assertThat(s.inSink(B, 0)).isNull();
        });
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("45: every snapshot is forgotten before it is read: the other way, same result")
  void row45(SinkKind kind) {
    Scenario.play(
        kind,
        s -> {
          s.given(A, ALL_SIX);
          Hold read = s.holdReader("read", A);
          s.start();
          for (int n = 0; n < 8; n++) {
            s.until("a read, or the end", () -> read.isHeld() || s.isCommitted());
            s.put(A, n % 6);
            s.mongo.majorityTo(s.mongo.noop());
            s.mongo.forgetSnapshotsBefore(s.mongo.now());
            read.pass();
          }
          s.settle();
          assertThat(s.witness.reads(A)).anyMatch(it -> !it.chunk().exact());
        });
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("53: another collection has the name while a chunk of the first is in flight")
  void row53(SinkKind kind) {
    Scenario.play(
        kind,
        s -> {
          s.given(A, 0, 1);
          Hold read = s.holdReader("have read", A);
          s.start();
          s.untilHeld(read);
          s.drop(A);
          s.create(A);
          Op insert = s.put(A, 5);
          s.untilWritten(insert);
          read.release();
          s.settle();
          assertThat(s.witness.copied(A, 0)).isEmpty();
          assertThat(s.witness.copied(A, 1)).isEmpty();
          assertThat(s.inSink(A, 5)).isSameAs(insert.doc());
        });
  }
}
