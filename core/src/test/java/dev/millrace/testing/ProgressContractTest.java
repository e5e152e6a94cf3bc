package dev.millrace.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.model.Change;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.CollectionCopy;
import dev.millrace.model.CommitPoint;
import dev.millrace.model.CopyState;
import dev.millrace.model.Generation;
import dev.millrace.model.KeyRange;
import dev.millrace.sink.Parcel;
import dev.millrace.sink.Sink;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bson.BsonNull;
import org.bson.BsonValue;
import org.junit.jupiter.api.Test;

/**
 * What every sink keeps to of what comes with copied rows, how far the copy is and what the sink
 * may be taken for: part of its contract.
 */
public abstract class ProgressContractTest extends SinkFixture {
  /** Of a copy that is under way. */
  protected static final CopyState COPYING =
      new CopyState(true, 1, false, Map.of(), 0, 0, false, CopyState.Edits.NONE);

  /** A state that differs from others by its revision, and by how far it is. */
  private CopyState copiedThrough(BsonValue last, long revision) {
    CollectionCopy copy =
        CollectionCopy.pending(null, source.generation(), false)
            .withRanges(List.of(KeyRange.ALL.through(last, false)), revision);
    return new CopyState(
        true, revision, true, Map.of(ORDERS, copy), 0, 0, false, CopyState.Edits.NONE);
  }

  @Test
  void tellsOfCommitPointsOrLeavesThemOut() {
    Sink sink = started();
    List<CommitPoint> points =
        List.of(
            new CommitPoint(0, false, "shop.orders is being copied", List.of()),
            new CommitPoint(source.time(), true, "", List.of("shop.broken", "shop.\"quoted\" ü")),
            new CommitPoint(source.time(), false, "shop.items has been added", List.of()),
            new CommitPoint(source.time() + 1, true, "", List.of()));
    int rows = 0;
    for (CommitPoint point : points) {
      Parcel parcel = sink.newParcel();
      parcel.add(source.insert(ORDERS, doc(rows++, "a")));
      parcel.add(new Change.Committed(point));
      assertThat(parcel.changes()).isEqualTo(2);
      parcel.send(source.checkpoint(FIRST).with(COPYING)).await();
      assertThat(documents(ORDERS)).hasSize(rows);
      assertThat(committed()).isEqualTo(told(point));
    }
    // Alone, as on a quiet deployment, and several in one parcel.
    deliverCopy(sink, COPYING, new Change.Committed(points.get(2)));
    deliverCopy(
        sink, COPYING, new Change.Committed(points.get(3)), new Change.Committed(points.get(1)));
    sink.close();
    assertThat(committed()).isEqualTo(told(points.get(1)));
    assertThat(documents(ORDERS)).hasSize(rows);
  }

  /** The engine goes by its word: where it says so, commit points wait for no other store. */
  @Test
  void saysWhetherItKeepsTheCheckpoint() {
    assertThat(started().keepsCheckpoint()).isEqualTo(has(Trait.KEEPS_POSITION));
  }

  @Test
  void keepsWhatAnEmptyParcelBringsOrPassesItOn() {
    Sink sink = started();
    // Nothing is there yet, not even a row.
    Checkpoint beginning = deliverCopy(sink, copiedThrough(BsonNull.VALUE, 1));
    sink.close();
    Sink again = open();
    assertThat(again.fence(FIRST, Optional.empty())).isEqualTo(kept(beginning));

    deliverCopy(again, copiedThrough(id(1), 2), source.read(ORDERS, doc(1, "a"), Generation.NONE));
    // A chunk of which every row was dirty, at the same position.
    Checkpoint last = deliverCopy(again, copiedThrough(id(2), 3));
    assertThat(last.copy()).isEqualTo(copiedThrough(id(2), 3));
    again.close();
    Optional<Checkpoint> held = open().fence(SECOND, Optional.of(beginning));
    assertThat(held).contains(kept(last).orElse(beginning));
    assertHolds(ORDERS, doc(1, "a"));
  }

  @Test
  void givesTheWholeCopyBackOrNothing() {
    CopyState copy = CopyStates.ofEveryKind(source);
    Sink sink = started();
    Checkpoint sent =
        deliverCopy(sink, copy, source.read(ORDERS, doc(1, "a"), source.generation()));
    assertThat(sent.copy()).isEqualTo(copy);
    sink.close();
    assertThat(open().fence(SECOND, Optional.empty())).isEqualTo(kept(sent));
  }

  @Test
  void keepsRowsAndProgressAsOne() {
    Sink sink = started();
    Checkpoint last =
        deliverCopy(
            sink, copiedThrough(id(1), 1), source.read(ORDERS, doc(1, "a"), Generation.NONE));
    // Filled and never sent: neither the row nor the range's end may ever be seen.
    sink.newParcel().add(source.read(ORDERS, doc(2, "b"), Generation.NONE));
    sink.close();
    assertThat(open().fence(SECOND, Optional.empty())).isEqualTo(kept(last));
    assertHolds(ORDERS, doc(1, "a"));
  }
}
