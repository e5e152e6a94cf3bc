package dev.millrace.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.config.SinkConfig;
import dev.millrace.json.JsonMode;
import dev.millrace.model.Change;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.CollectionCopy;
import dev.millrace.model.CopyState;
import dev.millrace.model.Failure;
import dev.millrace.model.Generation;
import dev.millrace.model.MillraceException;
import dev.millrace.model.Namespace;
import dev.millrace.model.Term;
import dev.millrace.sink.Delivery;
import dev.millrace.sink.Parcel;
import dev.millrace.sink.Sink;
import dev.millrace.table.TableName;
import dev.millrace.testing.Changes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonInt64;
import org.bson.BsonString;
import org.junit.jupiter.api.Test;

/** The contract, and what a table sink does beyond it. */
public abstract class SqlSinkCases extends SqlFixture {
  private Sink keeping() {
    Sink sink = open(true, false);
    sink.fence(FIRST, Optional.empty());
    return sink;
  }

  @Test
  void knowsADocumentWhoseIdIsSpelledAnew() {
    Sink sink = started();
    deliver(sink, FIRST, source.insert(ORDERS, doc(1, "a")));
    BsonDocument respelled =
        new BsonDocument("_id", new BsonInt64(1)).append("value", new BsonString("b"));
    deliver(sink, FIRST, source.replace(ORDERS, respelled));
    assertThat(documents(ORDERS)).hasSize(1);
    deliver(sink, FIRST, source.delete(ORDERS, new BsonInt32(1)));
    assertHolds(ORDERS);
  }

  @Test
  void takesIdsForValuesWhateverTheySay() {
    BsonDocument[] documents = {
      new BsonDocument("_id", new BsonString("x' OR 'a'='a")),
      new BsonDocument("_id", new BsonString("o'brien")),
      new BsonDocument("_id", new BsonString("\"; DROP TABLE orders; --")),
      new BsonDocument("_id", new BsonString("$1 ? \\' %s")),
      new BsonDocument("_id", new BsonString("1")),
      doc(1, "a number"),
    };
    Sink sink = started();
    List<Change.Streamed> inserts = new ArrayList<>();
    for (BsonDocument document : documents) {
      inserts.add(source.insert(ORDERS, document));
    }
    deliver(sink, FIRST, inserts.toArray(Change.Streamed[]::new));
    assertHolds(ORDERS, documents);
    BsonDocument brien = documents[1].clone().append("value", new BsonString("x' OR 'a'='a"));
    deliver(
        sink,
        FIRST,
        source.delete(ORDERS, documents[0].getString("_id")),
        source.update(ORDERS, brien),
        source.delete(ORDERS, documents[2].getString("_id")));
    assertHolds(ORDERS, brien, documents[3], documents[4], documents[5]);
  }

  @Test
  void makesATableForACollectionThatCameIntoBeing() {
    Sink sink = started();
    deliver(sink, FIRST, source.created(ORDERS));
    assertThat(tables()).containsExactly("orders");
    deliver(sink, FIRST, source.drop(ORDERS));
    assertThat(tables()).isEmpty();
    assertThat(table(ORDERS)).isEmpty();
  }

  @Test
  void keepsRowsOfWhatWasDroppedWhenToldSo() {
    try (Sink sink = keeping()) {
      deliver(
          sink,
          FIRST,
          source.insert(ORDERS, doc(1, "a")),
          source.insert(ORDERS, doc(2, "a")),
          source.insert(ELSEWHERE, doc(1, "a")));
      deliver(sink, FIRST, source.drop(ORDERS), source.dropDatabase("archive"));
      assertHolds(ORDERS, doc(1, "a"), doc(2, "a"));
      assertHolds(ELSEWHERE, doc(1, "a"));

      deliver(sink, FIRST, source.insert(ORDERS, doc(2, "b")));
      assertHolds(ORDERS, doc(1, "a"), doc(2, "b"));
    }
  }

  @Test
  void joinsKeptRowsWithThoseThatARenameBrings() {
    try (Sink sink = keeping()) {
      deliver(
          sink,
          FIRST,
          source.insert(ITEMS, doc(1, "arriving")),
          source.insert(ORDERS, doc(1, "kept, and later")),
          source.insert(ORDERS, doc(2, "kept")));
      deliver(sink, FIRST, source.rename(ITEMS, ORDERS));
      assertHolds(ORDERS, doc(1, "arriving"), doc(2, "kept"));
      assertHolds(ITEMS);
      assertThat(tables()).containsExactly("orders");
    }
  }

  @Test
  void renamesWhereOnlyTheCaseChanges() {
    Sink sink = started();
    Namespace upper = new Namespace("shop", "ORDERS");
    deliver(sink, FIRST, source.insert(ORDERS, doc(1, "a")));
    deliver(sink, FIRST, source.rename(ORDERS, upper), source.update(upper, doc(1, "b")));
    assertHolds(upper, doc(1, "b"));
    assertHolds(ORDERS);
  }

  @Test
  void undoesADropWithItsTransaction() {
    execute("CREATE TABLE items (mine TEXT)");
    Sink sink = started();
    Checkpoint before = deliver(sink, FIRST, source.insert(ORDERS, doc(1, "a")));
    assertFails(
        "TABLE",
        () ->
            deliver(
                sink,
                FIRST,
                source.drop(ORDERS),
                source.created(ORDERS),
                source.insert(ITEMS, doc(1, "a"))));
    assertHolds(ORDERS, doc(1, "a"));
    Sink again = open();
    assertThat(again.fence(FIRST, Optional.empty())).contains(before);
    deliver(again, FIRST, source.update(ORDERS, doc(1, "b")));
    assertHolds(ORDERS, doc(1, "b"));
  }

  @Test
  void holdsManyCollections() {
    Sink sink = started();
    for (int round = 0; round < 2; round++) {
      List<Change.Streamed> changes = new ArrayList<>();
      for (int i = 0; i < 450; i++) {
        changes.add(source.insert(new Namespace("shop", "c" + i), doc(round, "a")));
      }
      deliver(sink, FIRST, changes.toArray(new Change.Streamed[0]));
    }
    assertHolds(new Namespace("shop", "c0"), doc(0, "a"), doc(1, "a"));
    assertThat(tables()).hasSize(450);
  }

  @Test
  void keepsOnlyTheLastChangeOfADocument() {
    Parcel parcel = started().newParcel();
    Change.Streamed last = source.insert(ORDERS, doc(1, "a"));
    parcel.add(last);
    long one = parcel.bytes();
    for (int i = 0; i < 1_000; i++) {
      last = source.update(ORDERS, doc(1, "b"));
      parcel.add(last);
    }
    assertThat(parcel.changes()).isEqualTo(1_001);
    assertThat(parcel.bytes()).isEqualTo(one);
    parcel.send(Changes.checkpoint(last, FIRST)).await();
    assertHolds(ORDERS, doc(1, "b"));
  }

  @Test
  void closesInTheMiddleOfATransaction() throws Exception {
    for (int round = 0; round < 20; round++) {
      Sink sink = open();
      Optional<Checkpoint> before = sink.fence(FIRST, Optional.empty());
      int rows = documents(ORDERS).size();
      Parcel parcel = sink.newParcel();
      Change.Streamed change;
      do {
        change = source.insert(ORDERS, doc(round * 10_000 + parcel.changes(), "x"));
        parcel.add(change);
      } while (!parcel.isFull());
      Checkpoint through = Changes.checkpoint(change, FIRST);
      Delivery delivery = parcel.send(through);
      TimeUnit.MICROSECONDS.sleep(round * 1_500L);
      sink.close();
      boolean durable = false;
      try {
        delivery.await();
        durable = true;
      } catch (MillraceException e) {
        assertThat(e.failure()).isInstanceOf(Failure.Transient.class);
      }
      Optional<Checkpoint> after = open().fence(FIRST, Optional.empty());
      // Failed, it may be durable all the same; but then whole.
      boolean there = after.map(it -> it.marked("")).equals(Optional.of(through));
      assertThat(there || !durable).isTrue();
      assertThat(there || after.equals(before)).isTrue();
      assertThat(documents(ORDERS)).hasSize(there ? rows + parcel.changes() : rows);
    }
  }

  @Test
  void noticesThatItWasPutBackBehindThePosition() throws Exception {
    Sink sink = started();
    Checkpoint first = deliver(sink, FIRST, source.insert(ORDERS, doc(1, "a")));
    String backup =
        String.valueOf(
            new Reading(place())
                .query("SELECT checkpoint FROM millrace_state")
                .getFirst()
                .getFirst());
    Checkpoint second = deliver(sink, FIRST, source.insert(ORDERS, doc(2, "b")));
    sink.close();
    try (Sink same = open()) {
      assertThat(same.fence(FIRST, Optional.of(first))).contains(second);
      assertThat(same.fence(FIRST, Optional.of(second.marked("")))).contains(second);
    }
    Reading reading = new Reading(place());
    reading.execute("UPDATE millrace_state SET checkpoint = '%s'".formatted(backup));
    reading.execute("DELETE FROM orders WHERE id = '2'");
    Sink restored = open();
    assertThat(restored.fence(FIRST, Optional.of(first))).contains(first);
    assertThat(restored.fence(FIRST, Optional.of(second))).contains(first);
    for (String mark : new String[] {"{\"stream\": 1}", "x 1"}) {
      assertFailsWith(
          Failure.PositionLost.class,
          () -> restored.fence(FIRST, Optional.of(second.marked(mark))));
    }
    // Set by a person.
    assertThat(restored.fence(FIRST, Optional.of(second.marked(""))))
        .contains(second.marked(first.mark()));
  }

  @Test
  void writesNothingUnfenced() {
    Change.Streamed change = source.insert(ORDERS, doc(1, "a"));
    Parcel parcel = open().newParcel();
    parcel.add(change);
    assertThatThrownBy(() -> parcel.send(Changes.checkpoint(change, new Term(1))))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void takesOverATableThatFits() {
    execute(
        "CREATE TABLE orders (id TEXT PRIMARY KEY, document %s, version TEXT, note TEXT)"
            .formatted(place().documentType()));
    execute("INSERT INTO orders VALUES ('1', '{\"_id\": 1}', '', 'mine')");
    deliver(started(), FIRST, source.update(ORDERS, doc(1, "a")));
    assertHolds(ORDERS, doc(1, "a"));
    assertThat(lines("SELECT note FROM orders")).containsExactly("mine");
  }

  @Test
  void refusesATableThatIsNotOurs() {
    execute("CREATE TABLE orders (id INTEGER PRIMARY KEY, total REAL)");
    Sink sink = started();
    Change.Streamed change = source.insert(ORDERS, doc(1, "a"));
    assertThatThrownBy(() -> deliver(sink, FIRST, change))
        .isInstanceOf(MillraceException.class)
        .hasMessageContaining(place().dialect().code("TABLE"))
        .hasMessageContaining("\"orders\"");
    assertThat(query("SELECT * FROM millrace_collections")).isEmpty();
    assertThat(open().fence(FIRST, Optional.empty())).isEmpty();
  }

  @Test
  void copiesAnewWhatAPersonDropped() {
    Sink sink = started();
    CopyState copied =
        new CopyState(
            true,
            1,
            true,
            Map.of(
                ORDERS, CollectionCopy.empty(new UUID(0, 1), Generation.NONE),
                ITEMS, CollectionCopy.empty(new UUID(0, 2), Generation.NONE)),
            1,
            0,
            false,
            CopyState.Edits.NONE);
    deliverCopy(
        sink, copied, source.insert(ORDERS, doc(1, "a")), source.insert(ITEMS, doc(1, "a")));
    execute("DROP TABLE orders");
    // Whoever runs notices with the next change, and the next start makes good for it.
    assertFails("TABLE-GONE", () -> deliverCopy(sink, copied, source.insert(ORDERS, doc(2, "b"))));
    Sink again = open();
    Checkpoint start = again.fence(SECOND, Optional.empty()).orElseThrow();
    CollectionCopy orders = Objects.requireNonNull(start.copy().collections().get(ORDERS));
    assertThat(orders.isPending()).isTrue();
    assertThat(orders.replaces()).isTrue();
    assertThat(start.copy().collections().get(ITEMS)).isEqualTo(copied.collections().get(ITEMS));
    Parcel parcel = again.newParcel();
    parcel.add(source.read(ORDERS, doc(1, "a"), source.generation()));
    parcel.send(start.in(SECOND)).await();
    assertHolds(ORDERS, doc(1, "a"));
    assertHolds(ITEMS, doc(1, "a"));
  }

  @Test
  void stopsOverADroppedTableWhereNothingIsCopied() {
    Sink sink = started();
    deliver(sink, FIRST, source.insert(ORDERS, doc(1, "a")));
    execute("DROP TABLE orders");
    assertFails("TABLE-GONE", () -> open().fence(SECOND, Optional.empty()));
  }

  @Test
  void namesTablesByTheTemplate() {
    Sink sink =
        open(
            new SinkConfig.Tables(
                JsonMode.RELAXED,
                TableName.parse("{database}/{collection} copy").orElseThrow(),
                false,
                false));
    sink.fence(FIRST, Optional.empty());
    Namespace tricky = new Namespace("shop", "a\"b'c$1\\");
    deliver(sink, FIRST, source.insert(ORDERS, doc(1, "a")), source.insert(tricky, doc(2, "b")));
    assertThat(table(ORDERS)).isEqualTo("shop/orders copy");
    assertThat(table(tricky)).isEqualTo("shop/a\"b'c$1\\ copy");
    assertHolds(tricky, doc(2, "b"));
    sink.close();
  }
}
