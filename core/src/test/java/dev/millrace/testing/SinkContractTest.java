package dev.millrace.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.lab.EdgeValues;
import dev.millrace.model.Change;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;
import dev.millrace.model.Term;
import dev.millrace.sink.Delivery;
import dev.millrace.sink.Parcel;
import dev.millrace.sink.Sink;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonValue;
import org.junit.jupiter.api.Test;

/**
 * What every sink keeps to: here of events, positions and terms, in {@link CopyContractTest} of
 * copied rows, in {@link ProgressContractTest} of how far the copy is.
 */
public abstract class SinkContractTest extends CopyContractTest {
  @Test
  void beginsWithNothing() {
    assertThat(open().fence(FIRST, Optional.empty())).isEmpty();
    assertHolds(ORDERS);
  }

  @Test
  void goesOnFromTheStoredCheckpointWhereItHasNone() {
    Checkpoint stored = Changes.checkpoint(source.insert(ORDERS, doc(1, "a")), FIRST);
    assertThat(open().fence(SECOND, Optional.of(stored)).map(c -> c.marked(""))).contains(stored);
  }

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
  void convertsTheNextParcelWhileOneIsUnderWay() {
    Sink sink = started();
    Delivery before = null;
    for (int i = 0; i < 20; i++) {
      Parcel parcel = sink.newParcel();
      Change.Streamed change = source.update(ORDERS, doc(1, "value " + i));
      parcel.add(change);
      if (before != null) {
        before.await();
      }
      before = parcel.send(Changes.checkpoint(change, FIRST));
    }
    assertThat(before).isNotNull();
    before.await();
    assertHolds(ORDERS, doc(1, "value 19"));
  }

  @Test
  void fillsUpAndSaysSo() {
    Sink sink = started();
    Parcel parcel = sink.newParcel();
    assertThat(parcel.isFull()).isFalse();
    assertThat(parcel.changes()).isZero();
    String text = "x".repeat(1_000);
    Change.Streamed last = source.insert(ORDERS, doc(0, text));
    parcel.add(last);
    int added = 1;
    while (!parcel.isFull() && added < 100_000) {
      last = source.insert(ORDERS, doc(added, text));
      long before = parcel.bytes();
      parcel.add(last);
      added++;
      assertThat(parcel.changes()).isEqualTo(added);
      assertThat(parcel.bytes()).isGreaterThan(before);
    }
    assertThat(parcel.isFull()).isTrue();
    assertThat(parcel.bytes()).isLessThan(64L << 20);
    parcel.send(Changes.checkpoint(last, FIRST)).await();
    assertThat(documents(ORDERS)).hasSize(added);
  }

  @Test
  void takesALargeDocumentOrRefusesIt() {
    Sink sink = started();
    BsonDocument large = doc(1, "x".repeat(15 << 20));
    Change.Streamed insert = source.insert(ORDERS, large);
    Parcel parcel = sink.newParcel();
    try {
      parcel.add(insert);
    } catch (MillraceException e) {
      assertThat(e.failure()).isInstanceOf(Failure.Fatal.class);
      assertThat(parcel.changes()).isZero();
      return;
    }
    parcel.send(Changes.checkpoint(insert, FIRST)).await();
    assertHolds(ORDERS, large);
  }

  @Test
  void leavesTheParcelAsItWasWhenAChangeIsRefused() {
    Parcel parcel = started().newParcel();
    Change.Streamed good = source.insert(ORDERS, doc(1, "a"));
    parcel.add(good);
    long bytes = parcel.bytes();
    assertFailsWith(Failure.Fatal.class, () -> parcel.add(source.malformed(ORDERS)));
    assertThat(parcel.changes()).isEqualTo(1);
    assertThat(parcel.bytes()).isEqualTo(bytes);
    Change.Streamed after = source.insert(ORDERS, doc(2, "b"));
    parcel.add(after);
    parcel.send(Changes.checkpoint(after, FIRST)).await();
    assertHolds(ORDERS, doc(1, "a"), doc(2, "b"));
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
    } else {
      assertFailsWith(Failure.Fatal.class, () -> parcel.add(patch));
      parcel.send(Changes.checkpoint(good, FIRST)).await();
      assertHolds(ORDERS, doc(1, "a"));
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
  void neverReplacesNewerByOlder() {
    needs(Trait.GUARDS_VERSIONS);
    Sink sink = started();
    Change.Streamed older = source.insert(ORDERS, doc(1, "older"));
    Change.Streamed olderDelete = source.delete(ORDERS, id(1));
    source.begin();
    Change.Streamed first = source.update(ORDERS, doc(2, "first"));
    Change.Streamed newer = source.insert(ORDERS, doc(1, "newer"));
    Change.Streamed second = source.update(ORDERS, doc(2, "second"));
    deliver(sink, FIRST, newer, second);

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
  void goesOnFromTheLastAwaitedParcel() {
    Sink sink = started();
    Change.Streamed first = source.insert(ORDERS, doc(1, "a"));
    Change.Streamed second = source.insert(ORDERS, doc(2, "b"));
    Checkpoint stored = deliver(sink, FIRST, first);
    Checkpoint last = deliver(sink, FIRST, second);
    assertThat(last.position()).isEqualTo(second.event().position());
    // Filled and never sent: nobody may ever see it.
    sink.newParcel().add(source.insert(ORDERS, doc(3, "c")));
    sink.close();

    Optional<Checkpoint> holds = open().fence(SECOND, Optional.of(stored));
    assertThat(holds).contains(has(Trait.KEEPS_POSITION) ? last : stored);
    assertHolds(ORDERS, doc(1, "a"), doc(2, "b"));
  }

  @Test
  void givesTheWholeCheckpointBack() {
    needs(Trait.KEEPS_POSITION);
    Sink sink = started();
    Change.Streamed change = source.insert(ORDERS, doc(1, "a"));
    Parcel parcel = sink.newParcel();
    parcel.add(change);
    Checkpoint sent =
        new Checkpoint(change.event().position(), FIRST, "the deployment", "a \"scope\" ü", "");
    Checkpoint durable = parcel.send(sent).await();
    assertThat(durable.marked("")).isEqualTo(sent);
    assertThat(open().fence(SECOND, Optional.empty())).contains(durable);
  }

  @Test
  void obeysAPositionThatWasSetInAHigherTerm() {
    Sink sink = started();
    Change.Streamed early = source.insert(ORDERS, doc(1, "a"));
    deliver(sink, FIRST, early);
    deliver(sink, FIRST, source.insert(ORDERS, doc(2, "b")));
    sink.close();
    Checkpoint set = Changes.checkpoint(early, SECOND);
    assertThat(open().fence(new Term(3), Optional.of(set)).map(c -> c.marked(""))).contains(set);
  }

  @Test
  void refusesWhoWasFenced() {
    needs(Trait.FENCES);
    Sink old = started();
    deliver(old, FIRST, source.insert(ORDERS, doc(1, "a")));
    Sink next = open();
    next.fence(SECOND, Optional.empty());
    Change.Streamed late = source.insert(ORDERS, doc(2, "late"));
    if (has(Trait.FENCES_AT_ONCE)) {
      assertFailsWith(Failure.Fenced.class, () -> deliver(old, FIRST, late));
      assertHolds(ORDERS, doc(1, "a"));
    }

    deliver(next, SECOND, source.insert(ORDERS, doc(3, "c")));
    assertFailsWith(Failure.class, () -> deliver(old, FIRST, late));
    assertFailsWith(Failure.Fenced.class, () -> open().fence(FIRST, Optional.empty()));
    assertHolds(ORDERS, doc(1, "a"), doc(3, "c"));
  }

  @Test
  void fencesAgainWithinATerm() {
    Sink sink = started();
    Checkpoint last = deliver(sink, FIRST, source.insert(ORDERS, doc(1, "a")));
    sink.close();
    Sink again = open();
    assertThat(again.fence(FIRST, Optional.of(last))).contains(last);
    deliver(again, FIRST, source.insert(ORDERS, doc(2, "b")));
    assertHolds(ORDERS, doc(1, "a"), doc(2, "b"));
  }

  @Test
  void failsCleanlyOnceClosed() {
    Sink sink = started();
    Change.Streamed change = source.insert(ORDERS, doc(1, "a"));
    Parcel parcel = sink.newParcel();
    parcel.add(change);
    sink.close();
    sink.close();
    assertThatThrownBy(() -> parcel.send(Changes.checkpoint(change, FIRST)).await())
        .isInstanceOf(MillraceException.class);
  }

  @Test
  void logsEveryChangeInOrder() {
    needs(Trait.LOG);
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
    List<BsonValue> expected = new ArrayList<>();
    for (Change.Streamed change : changes) {
      if (tells(change)) {
        expected.add(change.event().token().toDocument());
      }
    }
    assertThat(events()).extracting(event -> event.get("_id")).isEqualTo(expected);
  }
}
