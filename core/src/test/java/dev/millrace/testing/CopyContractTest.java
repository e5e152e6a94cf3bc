package dev.millrace.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.lab.EdgeValues;
import dev.millrace.model.Change;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.CommitPoint;
import dev.millrace.model.Failure;
import dev.millrace.model.Generation;
import dev.millrace.model.RawValue;
import dev.millrace.sink.Parcel;
import dev.millrace.sink.Sink;
import java.util.ArrayList;
import java.util.List;
import org.bson.BsonDecimal128;
import org.bson.BsonDocument;
import org.bson.BsonDouble;
import org.bson.BsonInt32;
import org.bson.BsonInt64;
import org.bson.BsonString;
import org.bson.BsonValue;
import org.bson.types.Decimal128;
import org.junit.jupiter.api.Test;

/** What every sink keeps to when rows are copied between events: part of its contract. */
public abstract class CopyContractTest extends ProgressContractTest {
  @Test
  void takesACopiedRow() {
    Sink sink = started();
    Generation generation = source.generation();
    Parcel parcel = sink.newParcel();
    parcel.add(source.read(ORDERS, doc(1, "a"), generation));
    assertThat(parcel.changes()).isEqualTo(1);
    long one = parcel.bytes();
    assertThat(one).isPositive();
    parcel.add(source.read(ITEMS, doc(1, "b"), generation));
    assertThat(parcel.changes()).isEqualTo(2);
    assertThat(parcel.bytes()).isGreaterThan(one);
    Checkpoint sent = source.checkpoint(FIRST).with(COPYING);
    assertThat(parcel.send(sent).await().marked("")).isEqualTo(sent);
    assertHolds(ORDERS, doc(1, "a"));
    assertHolds(ITEMS, doc(1, "b"));
    assertHolds(ELSEWHERE);
  }

  @Test
  void putsEventsOverCopiedRows() {
    Sink sink = started();
    Generation generation = source.generation();
    deliverCopy(
        sink,
        COPYING,
        source.read(ORDERS, doc(1, "copied"), generation),
        source.read(ORDERS, doc(2, "copied"), generation),
        source.read(ORDERS, doc(3, "copied"), generation),
        source.read(ORDERS, doc(4, "copied"), generation),
        source.update(ORDERS, doc(3, "event")),
        source.delete(ORDERS, id(4)));
    assertHolds(ORDERS, doc(1, "copied"), doc(2, "copied"), doc(3, "event"));
    deliverCopy(
        sink, COPYING, source.update(ORDERS, doc(1, "event")), source.delete(ORDERS, id(2)));
    assertHolds(ORDERS, doc(1, "event"), doc(3, "event"));
  }

  @Test
  void putsCopiedRowsOverEarlierEvents() {
    Sink sink = started();
    Generation generation = source.generation();
    deliverCopy(
        sink,
        COPYING,
        source.insert(ORDERS, doc(1, "event")),
        source.insert(ORDERS, doc(2, "event")),
        source.delete(ORDERS, id(3)),
        source.read(ORDERS, doc(2, "copied"), generation),
        source.read(ORDERS, doc(3, "copied"), generation));
    assertHolds(ORDERS, doc(1, "event"), doc(2, "copied"), doc(3, "copied"));
    source.begin();
    deliverCopy(
        sink,
        COPYING,
        source.update(ORDERS, doc(1, "first")),
        source.update(ORDERS, doc(1, "second")));
    source.commit();
    // Read at the transaction's own time: all of it is in what was read.
    deliverCopy(sink, COPYING, source.read(ORDERS, doc(1, "copied"), generation));
    assertHolds(ORDERS, doc(1, "copied"), doc(2, "copied"), doc(3, "copied"));
  }

  @Test
  void neverReplacesNewerByCopiedNorCopiedByOlderOrTakesTheLast() {
    Sink sink = started();
    Generation generation = source.generation();
    Change older = source.insert(ORDERS, doc(1, "older"));
    Change olderDelete = source.delete(ORDERS, id(1));
    source.begin();
    Change within = source.update(ORDERS, doc(1, "at the very time"));
    source.commit();
    Change read = source.read(ORDERS, doc(1, "copied"), generation);
    Change newer = source.update(ORDERS, doc(1, "newer"));
    if (!has(Trait.GUARDS_VERSIONS)) {
      deliverCopy(sink, COPYING, newer);
      deliverCopy(sink, COPYING, read);
      assertHolds(ORDERS, doc(1, "copied"));
      deliverCopy(sink, COPYING, within);
      assertHolds(ORDERS, doc(1, "at the very time"));
      deliverCopy(sink, COPYING, older, olderDelete);
      assertHolds(ORDERS);
      return;
    }

    deliverCopy(sink, COPYING, read);
    for (Change late : List.of(older, olderDelete, within)) {
      deliverCopy(sink, COPYING, late);
      assertHolds(ORDERS, doc(1, "copied"));
    }
    deliverCopy(sink, COPYING, read, older, olderDelete, within);
    assertHolds(ORDERS, doc(1, "copied"));

    deliverCopy(sink, COPYING, newer);
    deliverCopy(sink, COPYING, read);
    assertHolds(ORDERS, doc(1, "newer"));
    deliverCopy(sink, COPYING, newer, read);
    assertHolds(ORDERS, doc(1, "newer"));
  }

  @Test
  void copiesEveryTypeAsValue() {
    Sink sink = started();
    List<BsonDocument> documents = new ArrayList<>();
    List<Change> reads = new ArrayList<>();
    for (BsonValue value : EdgeValues.values()) {
      BsonDocument document = new BsonDocument("_id", id(documents.size())).append("value", value);
      documents.add(document);
      reads.add(source.read(ORDERS, document, Generation.NONE));
    }
    deliverCopy(sink, COPYING, reads.toArray(new Change[0]));
    assertHolds(ORDERS, documents.toArray(new BsonDocument[0]));
  }

  @Test
  void copiesEveryTypeAsId() {
    Sink sink = started();
    List<BsonDocument> documents = new ArrayList<>();
    List<Change> reads = new ArrayList<>();
    for (BsonValue id : EdgeValues.ids()) {
      BsonDocument document =
          new BsonDocument("_id", id).append("number", new BsonInt32(documents.size()));
      documents.add(document);
      reads.add(source.read(ORDERS, document, Generation.NONE));
    }
    deliverCopy(sink, COPYING, reads.toArray(new Change[0]));
    assertHolds(ORDERS, documents.toArray(new BsonDocument[0]));

    List<Change> deletes = new ArrayList<>();
    EdgeValues.ids().forEach(id -> deletes.add(source.delete(ORDERS, id)));
    deliverCopy(sink, COPYING, deletes.toArray(new Change[0]));
    assertHolds(ORDERS);
  }

  @Test
  void takesNumbersOfOneValueForOneDocument() {
    Sink sink = started();
    BsonString value = new BsonString("copied");
    deliverCopy(
        sink,
        COPYING,
        source.read(
            ORDERS,
            new BsonDocument("_id", new BsonDouble(1)).append("value", value),
            Generation.NONE));
    BsonDocument decimal =
        new BsonDocument("_id", new BsonDecimal128(Decimal128.parse("1.00")))
            .append("value", new BsonString("event"));
    deliverCopy(sink, COPYING, source.replace(ORDERS, decimal));
    assertHolds(ORDERS, decimal);
    BsonDocument again =
        new BsonDocument("_id", new BsonInt64(1)).append("value", new BsonString("copied again"));
    deliverCopy(sink, COPYING, source.read(ORDERS, again, source.generation()));
    assertHolds(ORDERS, again);
    deliverCopy(sink, COPYING, source.delete(ORDERS, id(1)));
    assertHolds(ORDERS);
  }

  @Test
  void keepsRowsEventsAndMarksInOrder() {
    Sink sink = started();
    Change old = source.insert(ITEMS, doc(7, "old"));
    deliverCopy(sink, COPYING, old);
    Generation first = source.generation();
    CommitPoint reached = new CommitPoint(source.time(), true, "", List.of());
    CommitPoint lost =
        new CommitPoint(source.time(), false, "shop.items is copied anew", List.of());
    deliverCopy(
        sink,
        COPYING,
        source.insert(ORDERS, doc(1, "a")),
        source.read(ORDERS, doc(2, "b"), first),
        new Change.Committed(reached),
        source.update(ORDERS, doc(2, "c")),
        source.read(ORDERS, doc(1, "d"), first),
        new Change.Committed(lost),
        new Change.Reset(ITEMS, first),
        source.read(ITEMS, doc(8, "e"), first),
        new Change.Swept(ITEMS, first),
        source.insert(ITEMS, doc(9, "f")),
        source.delete(ORDERS, id(1)),
        source.insert(ORDERS, doc(3, "g")));
    assertHolds(ORDERS, doc(2, "c"), doc(3, "g"));
    assertHolds(ITEMS, doc(8, "e"), doc(9, "f"));
    assertThat(committed()).isEqualTo(told(lost));
    if (kind() == Kind.LOG) {
      assertThat(events())
          .filteredOn(event -> event.containsKey("documentKey"))
          .extracting(event ->
              event.getString("operationType").getValue()
                  + event.getDocument("documentKey").getInt32("_id").getValue())
          .containsExactly(
              "insert7", "insert1", "read2", "update2", "read1", "read8", "insert9", "delete1",
              "insert3");
    }
  }

  @Test
  void beginsAnewAfterADropOfCopiedRows() {
    Sink sink = started();
    deliverCopy(
        sink,
        COPYING,
        source.read(ORDERS, doc(1, "a"), Generation.NONE),
        source.read(ORDERS, doc(2, "a"), Generation.NONE));
    deliverCopy(
        sink,
        COPYING,
        source.read(ORDERS, doc(3, "a"), Generation.NONE),
        source.drop(ORDERS),
        source.created(ORDERS),
        source.read(ORDERS, doc(2, "b"), source.generation()));
    assertHolds(ORDERS, doc(2, "b"));
    deliverCopy(sink, COPYING, source.rename(ORDERS, ITEMS));
    assertHolds(ORDERS);
    assertHolds(ITEMS, doc(2, "b"));
  }

  @Test
  void leavesTheParcelAsItWasWhenACopiedRowIsRefused() {
    Sink sink = started();
    Parcel parcel = sink.newParcel();
    parcel.add(source.read(ORDERS, doc(1, "a"), Generation.NONE));
    long bytes = parcel.bytes();
    if (has(Trait.KEEPS_MISFITS)) {
      parcel.add(source.malformedRead(ORDERS, Generation.NONE));
      parcel.send(source.checkpoint(FIRST)).await();
      assertHolds(ORDERS, doc(1, "a"));
      assertThat(sink.deadLetters()).isOne();
      return;
    }
    assertFailsWith(
        Failure.Fatal.class, () -> parcel.add(source.malformedRead(ORDERS, Generation.NONE)));
    assertThat(parcel.changes()).isEqualTo(1);
    assertThat(parcel.bytes()).isEqualTo(bytes);
    parcel.add(source.read(ORDERS, doc(2, "b"), Generation.NONE));
    parcel.send(source.checkpoint(FIRST)).await();
    assertHolds(ORDERS, doc(1, "a"), doc(2, "b"));
  }

  /** Also where a person gave a row a version of a later time than any. */
  @Test
  void takesWhatIsToldAgainForWhatThereIs() {
    Sink sink = started();
    Change.Upsert later = source.insert(ORDERS, doc(1, "of a later version"));
    deliver(
        sink, FIRST, later, source.insert(ORDERS, doc(2, "b")), source.insert(ORDERS, doc(3, "c")));
    long before = later.event().clusterTime() - 1;
    deliverCopy(
        sink,
        COPYING,
        new Change.Renewed(ORDERS, RawValue.of(id(1)), RawValue.of(doc(1, "as it is")), before),
        new Change.Renewed(ORDERS, RawValue.of(id(2)), null, before),
        new Change.Renewed(ORDERS, RawValue.of(id(4)), RawValue.of(doc(4, "missed")), before),
        new Change.Renewed(ORDERS, RawValue.of(id(5)), null, before));
    assertHolds(ORDERS, doc(1, "as it is"), doc(3, "c"), doc(4, "missed"));
    deliver(sink, FIRST, source.update(ORDERS, doc(1, "after")));
    assertHolds(ORDERS, doc(1, "after"), doc(3, "c"), doc(4, "missed"));
  }

  @Test
  void comesToTheSameWhenCopiedRowsAreSentAgain() {
    Sink sink = started();
    Generation generation = source.generation();
    Change[] changes = {
      source.read(ORDERS, doc(1, "a"), generation),
      source.read(ORDERS, doc(2, "a"), generation),
      source.insert(ORDERS, doc(3, "b"))
    };
    deliverCopy(sink, COPYING, changes);
    deliverCopy(sink, COPYING, changes);
    assertHolds(ORDERS, doc(1, "a"), doc(2, "a"), doc(3, "b"));
  }
}
