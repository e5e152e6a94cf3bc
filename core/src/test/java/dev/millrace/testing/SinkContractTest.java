package dev.millrace.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.lab.EdgeValues;
import dev.millrace.model.Change;
import dev.millrace.model.Failure;
import dev.millrace.sink.Parcel;
import dev.millrace.sink.Sink;
import java.util.ArrayList;
import java.util.List;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonValue;
import org.junit.jupiter.api.Test;

/**
 * What every sink keeps to: of events here, of all else in the classes above. The test of a new
 * sink extends this one and says how to open it, what {@link #kind} it is, how to read back its
 * {@link #documents} (of a log, its {@link #events}) and what it {@link #committed}, how {@link
 * #loseAll} and {@link #whileStalled} are done to its target. Then everything is expected of it;
 * what it cannot have by its nature it declines in {@link #lacks}, and is held to what happens
 * instead.
 */
public abstract class SinkContractTest extends ParcelContractTest {
  @Test
  void takesEveryTypeAsValue() {
    Sink sink = started();
    List<BsonDocument> documents = new ArrayList<>();
    List<Change.Streamed> inserts = new ArrayList<>();
    for (BsonValue value : EdgeValues.values()) {
      BsonDocument document = new BsonDocument("_id", id(documents.size())).append("value", value);
      documents.add(document);
      inserts.add(source.insert(ORDERS, document));
    }
    deliver(sink, FIRST, inserts.toArray(new Change.Streamed[0]));
    assertHolds(ORDERS, documents.toArray(new BsonDocument[0]));
  }

  @Test
  void takesEveryTypeAsId() {
    Sink sink = started();
    List<BsonDocument> documents = new ArrayList<>();
    List<Change.Streamed> inserts = new ArrayList<>();
    for (BsonValue id : EdgeValues.ids()) {
      BsonDocument document =
          new BsonDocument("_id", id).append("number", new BsonInt32(documents.size()));
      documents.add(document);
      inserts.add(source.insert(ORDERS, document));
    }
    deliver(sink, FIRST, inserts.toArray(new Change.Streamed[0]));
    assertHolds(ORDERS, documents.toArray(new BsonDocument[0]));

    List<Change.Streamed> deletes = new ArrayList<>();
    EdgeValues.ids().forEach(id -> deletes.add(source.delete(ORDERS, id)));
    deliver(sink, FIRST, deletes.toArray(new Change.Streamed[0]));
    assertHolds(ORDERS);
  }

  @Test
  void appliesChangesOfOneDocumentInOrder() {
    Sink sink = started();
    deliver(
        sink,
        FIRST,
        source.insert(ORDERS, doc(1, "a")),
        source.insert(ORDERS, doc(2, "a")),
        source.update(ORDERS, doc(1, "b")),
        source.delete(ORDERS, id(2)),
        source.insert(ORDERS, doc(3, "a")),
        source.delete(ORDERS, id(3)),
        source.insert(ORDERS, doc(3, "b")),
        source.replace(ORDERS, doc(1, "c")));
    assertHolds(ORDERS, doc(1, "c"), doc(3, "b"));

    deliver(sink, FIRST, source.delete(ORDERS, id(1)), source.update(ORDERS, doc(3, "c")));
    assertHolds(ORDERS, doc(3, "c"));
  }

  @Test
  void appliesOneTransactionsOperationsInOrder() {
    Sink sink = started();
    source.begin();
    List<Change.Streamed> changes = new ArrayList<>();
    // Past 127 the index takes another byte in the token.
    for (int i = 0; i < 300; i++) {
      changes.add(source.update(ORDERS, doc(1, "value " + i)));
    }
    source.commit();
    for (Change.Streamed change : changes) {
      deliver(sink, FIRST, change);
    }
    assertHolds(ORDERS, doc(1, "value 299"));
  }

  @Test
  void keepsCollectionsApart() {
    deliver(
        started(),
        FIRST,
        source.insert(ORDERS, doc(1, "a")),
        source.insert(ITEMS, doc(1, "b")),
        source.insert(ELSEWHERE, doc(1, "c")),
        source.delete(ITEMS, id(1)));
    assertHolds(ORDERS, doc(1, "a"));
    assertHolds(ITEMS);
    assertHolds(ELSEWHERE, doc(1, "c"));
  }

  @Test
  void takesPatchesOrRefusesThem() {
    Parcel parcel = started().newParcel();
    Change.Streamed good = source.insert(ORDERS, doc(1, "a"));
    parcel.add(good);
    Change.Streamed patch = source.patch(ORDERS, id(1), doc(1, "b"));
    if (has(Trait.TAKES_PATCHES)) {
      parcel.add(patch);
      assertThat(parcel.changes()).isEqualTo(2);
      parcel.send(Changes.checkpoint(patch, FIRST)).await();
      assertTook(patch);
    } else {
      assertFailsWith(Failure.Fatal.class, () -> parcel.add(patch));
      parcel.send(Changes.checkpoint(good, FIRST)).await();
      assertHolds(ORDERS, doc(1, "a"));
    }
  }

  private void assertTook(Change.Streamed patch) {
    if (kind() == Kind.LOG) {
      assertThat(events())
          .extracting(event -> event.get("updateDescription"))
          .last()
          .isEqualTo(asHeld(patch.event().raw().toDocument()).get("updateDescription"));
    } else {
      assertHolds(ORDERS, doc(1, "b"));
    }
  }

  @Test
  void removesWhatWasDropped() {
    Sink sink = started();
    deliver(
        sink,
        FIRST,
        source.created(ORDERS),
        source.insert(ORDERS, doc(1, "a")),
        source.insert(ITEMS, doc(1, "a")));
    deliver(sink, FIRST, source.drop(ORDERS));
    assertHolds(ORDERS);
    assertHolds(ITEMS, doc(1, "a"));
  }

  @Test
  void beginsAnewAfterADropInTheSameParcel() {
    Sink sink = started();
    deliver(sink, FIRST, source.insert(ORDERS, doc(1, "a")), source.insert(ORDERS, doc(2, "a")));
    deliver(
        sink,
        FIRST,
        source.update(ORDERS, doc(1, "b")),
        source.drop(ORDERS),
        source.created(ORDERS),
        source.insert(ORDERS, doc(2, "c")));
    assertHolds(ORDERS, doc(2, "c"));
  }

  @Test
  void dropsWhatItNeverSaw() {
    Sink sink = started();
    deliver(
        sink,
        FIRST,
        source.drop(ORDERS),
        source.rename(ITEMS, ORDERS),
        source.dropDatabase("archive"),
        source.delete(ITEMS, id(1)));
    assertHolds(ORDERS);
    assertHolds(ITEMS);
  }

  @Test
  void movesWhatWasRenamed() {
    Sink sink = started();
    deliver(sink, FIRST, source.insert(ORDERS, doc(1, "a")), source.insert(ORDERS, doc(2, "a")));
    deliver(sink, FIRST, source.rename(ORDERS, ITEMS), source.update(ITEMS, doc(2, "b")));
    assertHolds(ORDERS);
    assertHolds(ITEMS, doc(1, "a"), doc(2, "b"));

    deliver(sink, FIRST, source.insert(ORDERS, doc(3, "c")));
    assertHolds(ORDERS, doc(3, "c"));
    assertHolds(ITEMS, doc(1, "a"), doc(2, "b"));
  }

  @Test
  void replacesTheTargetOfARename() {
    Sink sink = started();
    deliver(
        sink,
        FIRST,
        source.insert(ORDERS, doc(1, "a")),
        source.insert(ITEMS, doc(1, "old")),
        source.insert(ITEMS, doc(2, "old")));
    deliver(sink, FIRST, source.rename(ORDERS, ITEMS));
    assertHolds(ITEMS, doc(1, "a"));
    assertHolds(ORDERS);
  }

  @Test
  void removesADroppedDatabaseAndNoOther() {
    Sink sink = started();
    deliver(
        sink,
        FIRST,
        source.insert(ORDERS, doc(1, "a")),
        source.insert(ITEMS, doc(1, "a")),
        source.insert(ELSEWHERE, doc(1, "a")));
    deliver(sink, FIRST, source.dropDatabase("shop"));
    assertHolds(ORDERS);
    assertHolds(ITEMS);
    assertHolds(ELSEWHERE, doc(1, "a"));
  }

  @Test
  void comesToTheSameWhenChangesAreSentAgain() {
    Sink sink = started();
    Change.Streamed[] changes = {
      source.insert(ORDERS, doc(1, "a")),
      source.insert(ORDERS, doc(2, "a")),
      source.update(ORDERS, doc(1, "b")),
      source.delete(ORDERS, id(2))
    };
    deliver(sink, FIRST, changes);
    deliver(sink, FIRST, changes);
    assertHolds(ORDERS, doc(1, "b"));
  }

  @Test
  void neverReplacesNewerByOlderOrTakesTheLast() {
    Sink sink = started();
    Change.Streamed older = source.insert(ORDERS, doc(1, "older"));
    Change.Streamed olderDelete = source.delete(ORDERS, id(1));
    source.begin();
    Change.Streamed first = source.update(ORDERS, doc(2, "first"));
    Change.Streamed newer = source.insert(ORDERS, doc(1, "newer"));
    Change.Streamed second = source.update(ORDERS, doc(2, "second"));
    deliver(sink, FIRST, newer, second);
    if (!has(Trait.GUARDS_VERSIONS)) {
      deliver(sink, FIRST, older, first);
      assertHolds(ORDERS, doc(1, "older"), doc(2, "first"));
      deliver(sink, FIRST, olderDelete);
      assertHolds(ORDERS, doc(2, "first"));
      return;
    }

    deliver(sink, FIRST, older);
    assertHolds(ORDERS, doc(1, "newer"), doc(2, "second"));
    deliver(sink, FIRST, olderDelete);
    assertHolds(ORDERS, doc(1, "newer"), doc(2, "second"));
    deliver(sink, FIRST, first);
    assertHolds(ORDERS, doc(1, "newer"), doc(2, "second"));
    deliver(sink, FIRST, newer, older, olderDelete);
    assertHolds(ORDERS, doc(1, "newer"), doc(2, "second"));
  }

  @Test
  void logsEveryChangeInOrderOrComesToTheSame() {
    Sink sink = started();
    Change.Streamed[] changes = {
      source.created(ORDERS),
      source.insert(ORDERS, doc(1, "a")),
      source.update(ORDERS, doc(1, "b")),
      source.update(ORDERS, doc(1, "c")),
      source.delete(ORDERS, id(1)),
      source.insert(ITEMS, doc(1, "d")),
      source.rename(ITEMS, ORDERS),
      source.drop(ORDERS),
      source.dropDatabase("shop")
    };
    deliver(sink, FIRST, changes);
    assertHolds(ORDERS);
    assertHolds(ITEMS);
    if (kind() != Kind.LOG) {
      return;
    }
    List<BsonValue> expected = new ArrayList<>();
    for (Change.Streamed change : changes) {
      if (tells(change)) {
        expected.add(change.event().token().toDocument());
      }
    }
    assertThat(events()).extracting(event -> event.get("_id")).isEqualTo(expected);
  }
}
