package dev.millrace.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.lab.EdgeValues;
import dev.millrace.model.Change;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.CollectionCopy;
import dev.millrace.model.CollectionCopy.Status;
import dev.millrace.model.CommitPoint;
import dev.millrace.model.CopyState;
import dev.millrace.model.Generation;
import dev.millrace.model.KeyRange;
import dev.millrace.model.Namespace;
import dev.millrace.sink.Parcel;
import dev.millrace.sink.Sink;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
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
      if (has(Trait.TELLS_COMMIT_POINTS)) {
        assertThat(committed()).contains(point);
      }
    }
    // Alone, as on a quiet deployment, and several in one parcel.
    deliverCopy(sink, COPYING, new Change.Committed(points.get(2)));
    deliverCopy(
        sink, COPYING, new Change.Committed(points.get(3)), new Change.Committed(points.get(1)));
    sink.close();
    if (has(Trait.TELLS_COMMIT_POINTS)) {
      assertThat(committed()).contains(points.get(1));
    }
    assertThat(documents(ORDERS)).hasSize(rows);
  }

  /** The engine goes by its word: where it says so, commit points wait for no other store. */
  @Test
  void saysWhetherItKeepsTheCheckpoint() {
    assertThat(started().keepsCheckpoint()).isEqualTo(has(Trait.KEEPS_POSITION));
  }

  @Test
  void keepsWhatAnEmptyParcelBrings() {
    needs(Trait.KEEPS_POSITION);
    Sink sink = started();
    // Nothing is there yet, not even a row.
    Checkpoint beginning = deliverCopy(sink, copiedThrough(BsonNull.VALUE, 1));
    sink.close();
    Sink again = open();
    assertThat(again.fence(FIRST, Optional.empty())).contains(beginning);

    deliverCopy(again, copiedThrough(id(1), 2), source.read(ORDERS, doc(1, "a"), Generation.NONE));
    // A chunk of which every row was dirty, at the same position.
    Checkpoint last = deliverCopy(again, copiedThrough(id(2), 3));
    assertThat(last.copy()).isEqualTo(copiedThrough(id(2), 3));
    again.close();
    Optional<Checkpoint> held = open().fence(SECOND, Optional.of(beginning));
    assertThat(held).contains(last);
    assertHolds(ORDERS, doc(1, "a"));
  }

  @Test
  void givesTheWholeCopyBack() {
    needs(Trait.KEEPS_POSITION);
    List<KeyRange> ranges = new ArrayList<>();
    BsonValue from = null;
    for (BsonValue id : EdgeValues.ids()) {
      ranges.add(new KeyRange(from, id, from, ranges.size() % 3 == 0));
      from = id;
    }
    ranges.add(new KeyRange(from, null, null, false));
    Generation generation = new Generation(source.generation().id() + "#2", -1);
    UUID uuid = UUID.fromString("00112233-4455-6677-8899-aabbccddeeff");
    Map<Namespace, CollectionCopy> collections = new TreeMap<>();
    collections.put(
        ORDERS,
        new CollectionCopy(uuid, generation, Status.PENDING, true, "", ranges, 7, 1L << 40));
    collections.put(ITEMS, CollectionCopy.empty(uuid, generation));
    collections.put(
        new Namespace("shop", "with.dots and \"quotes\" ü"),
        CollectionCopy.pending(null, Generation.NONE, false)
            .withStatus(Status.UNREADABLE, "may not be read: 13 ü"));
    collections.put(
        ELSEWHERE,
        CollectionCopy.pending(null, generation, true).withStatus(Status.NOT_COPYABLE, "a view"));
    CopyState copy =
        new CopyState(
            true,
            (1L << 53) + 1,
            true,
            collections,
            -1,
            source.time(),
            true,
            new CopyState.Edits(
                new TreeSet<>(List.of("shop.new")),
                new TreeSet<>(List.of("shop.old", "shop.ö*")),
                new TreeSet<>(List.of("*"))));

    Sink sink = started();
    Checkpoint sent =
        deliverCopy(sink, copy, source.read(ORDERS, doc(1, "a"), source.generation()));
    assertThat(sent.copy()).isEqualTo(copy);
    sink.close();
    assertThat(open().fence(SECOND, Optional.empty())).contains(sent);
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
    Optional<Checkpoint> holds = open().fence(SECOND, Optional.empty());
    assertThat(holds).isEqualTo(has(Trait.KEEPS_POSITION) ? Optional.of(last) : Optional.empty());
    assertHolds(ORDERS, doc(1, "a"));
  }
}
