package dev.millrace.sink.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.config.SinkConfig;
import dev.millrace.json.JsonMode;
import dev.millrace.model.Change;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;
import dev.millrace.model.Namespace;
import dev.millrace.model.Term;
import dev.millrace.sink.Delivery;
import dev.millrace.sink.Parcel;
import dev.millrace.sink.Sink;
import dev.millrace.testing.Changes;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonInt64;
import org.bson.BsonString;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class SqliteSinkTest extends SqliteContractTest {
  @Override
  protected Sink openSink() {
    return open(JsonMode.RELAXED, false);
  }

  private Sink open(JsonMode mode, boolean keepOnDrop) {
    return new SqliteSink(new SinkConfig.Sqlite(file(), mode, keepOnDrop, false), "orders");
  }

  private Sink keeping() {
    Sink sink = open(JsonMode.RELAXED, true);
    sink.fence(FIRST, Optional.empty());
    return sink;
  }

  @Test
  void writesWhatPeopleCanRead() {
    Change.Streamed insert = source.insert(ORDERS, doc(1, "a"));
    deliver(started(), FIRST, insert);
    assertThat(Tables.query(file(), "SELECT id, document, version, typeof(document) FROM orders"))
        .containsExactly(
            List.of("1", "{\"_id\": 1, \"value\": \"a\"}", "6553F1000000000100000000", "text"));
    assertThat(Tables.query(file(), "SELECT document ->> 'value' FROM orders"))
        .containsExactly(List.of("a"));
    assertThat(Tables.query(file(), "PRAGMA journal_mode")).containsExactly(List.of("wal"));
  }

  @Test
  void keepsTypesInCanonicalMode() {
    try (Sink sink = open(JsonMode.CANONICAL, false)) {
      sink.fence(FIRST, Optional.empty());
      BsonDocument document =
          new BsonDocument("_id", new BsonInt64(5)).append("n", new BsonInt32(1));
      deliver(sink, FIRST, source.insert(ORDERS, document));
      assertThat(Tables.query(file(), "SELECT document FROM orders"))
          .containsExactly(
              List.of("{\"_id\": {\"$numberLong\": \"5\"}, \"n\": {\"$numberInt\": \"1\"}}"));
    }
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
  void namesTablesAfterCollectionsWhereItCan() {
    List<Namespace> namespaces =
        List.of(
            ORDERS,
            ELSEWHERE,
            new Namespace("shop", "Orders"),
            new Namespace("shop", "ORDERS"),
            new Namespace("Shop", "orderS"),
            new Namespace("shop", "sqlite_sequence"),
            new Namespace("shop", "millrace_state"),
            new Namespace("shop", "archive.orders"),
            new Namespace("sqlite_x", "sqlite_y"),
            new Namespace("shop", "select"),
            new Namespace("shop", "with \"quotes\" and 'more' ; -- ?"),
            new Namespace("shop", "größe"),
            new Namespace("shop", "GRÖSSE"));
    Sink sink = started();
    List<Change.Streamed> changes = new ArrayList<>();
    for (int i = 0; i < namespaces.size(); i++) {
      changes.add(source.insert(namespaces.get(i), doc(i, "a")));
    }
    deliver(sink, FIRST, changes.get(0));
    deliver(sink, FIRST, changes.get(1));
    for (Change.Streamed change : changes) {
      deliver(sink, FIRST, change);
    }
    for (int i = 0; i < namespaces.size(); i++) {
      assertHolds(namespaces.get(i), doc(i, "a"));
    }
    assertThat(table(ORDERS)).isEqualTo("orders");
    assertThat(table(ELSEWHERE)).isEqualTo("archive.orders");
    assertThat(table(namespaces.get(2))).isEqualTo("shop.Orders");
    assertThat(table(namespaces.get(3))).isEqualTo("_shop.ORDERS");
    assertThat(table(namespaces.get(5))).isEqualTo("shop.sqlite_sequence");
    assertThat(table(namespaces.get(7))).isEqualTo("shop.archive.orders");
    assertThat(table(namespaces.get(8))).isEqualTo("_sqlite_x.sqlite_y");
    assertThat(tables()).hasSize(namespaces.size());

    sink.close();
    Sink again = open();
    again.fence(FIRST, Optional.empty());
    deliver(again, FIRST, source.update(ELSEWHERE, doc(1, "b")));
    assertHolds(ELSEWHERE, doc(1, "b"));
    deliver(again, FIRST, source.dropDatabase("shop"));
    assertThat(tables())
        .containsExactlyInAnyOrder("archive.orders", "__Shop.orderS", "_sqlite_x.sqlite_y");
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
  void renamesAndDropsBesidePeoplesViewsAndIndexes() {
    Sink sink = started();
    deliver(sink, FIRST, source.insert(ORDERS, doc(1, "a")));
    Tables.execute(file(), "CREATE VIEW totals AS SELECT count(*) FROM orders");
    Tables.execute(file(), "CREATE VIEW broken AS SELECT * FROM nowhere");
    Tables.execute(file(), "CREATE INDEX by_value ON orders (document ->> 'value')");
    deliver(sink, FIRST, source.rename(ORDERS, ITEMS));
    assertHolds(ITEMS, doc(1, "a"));
    deliver(sink, FIRST, source.insert(ORDERS, doc(1, "a")), source.insert(ORDERS, doc(2, "b")));
    assertThat(Tables.query(file(), "SELECT * FROM totals")).containsExactly(List.of("2"));
    deliver(sink, FIRST, source.drop(ITEMS));
    assertHolds(ITEMS);
  }

  @Test
  void writesUnderTheEyesOfAReader() throws SQLException {
    Sink sink = started();
    deliver(sink, FIRST, source.insert(ORDERS, doc(1, "a")));
    try (Connection reader = Tables.connect(file());
        Statement statement = reader.createStatement()) {
      reader.setAutoCommit(false);
      statement.executeQuery("SELECT count(*) FROM orders").close();
      deliver(sink, FIRST, source.insert(ORDERS, doc(2, "b")));
      deliver(sink, FIRST, source.drop(ORDERS));
      assertThat(statement.executeQuery("SELECT count(*) FROM orders").getInt(1)).isEqualTo(1);
      reader.rollback();
    }
    assertHolds(ORDERS);
  }

  @Test
  void refusesATableThatIsNotOurs() {
    Tables.execute(file(), "CREATE TABLE Orders (id INTEGER PRIMARY KEY, total REAL)");
    Sink sink = started();
    Change.Streamed change = source.insert(ORDERS, doc(1, "a"));
    assertThatThrownBy(() -> deliver(sink, FIRST, change))
        .isInstanceOf(MillraceException.class)
        .hasMessageContaining("MR-SQLITE-TABLE")
        .hasMessageContaining("\"orders\"")
        .hasMessageContaining(file().toString());
    assertThat(Tables.query(file(), "SELECT * FROM millrace_collections")).isEmpty();
    assertThat(open().fence(FIRST, Optional.empty())).isEmpty();
  }

  @Test
  void takesOverATableThatFits() {
    Tables.execute(
        file(),
        "CREATE TABLE orders (id TEXT PRIMARY KEY, document TEXT, version TEXT, note TEXT)");
    Tables.execute(file(), "INSERT INTO orders VALUES ('1', '{\"_id\": 1}', '', 'mine')");
    deliver(started(), FIRST, source.update(ORDERS, doc(1, "a")));
    assertHolds(ORDERS, doc(1, "a"));
    assertThat(Tables.query(file(), "SELECT note FROM orders")).containsExactly(List.of("mine"));
  }

  @Test
  void saysWhenAPersonRemovedATable() {
    Sink sink = started();
    deliver(sink, FIRST, source.insert(ORDERS, doc(1, "a")));
    sink.close();
    Tables.execute(file(), "DROP TABLE orders");
    Sink again = open();
    again.fence(FIRST, Optional.empty());
    assertFails("MR-SQLITE-TABLE", () -> deliver(again, FIRST, source.insert(ORDERS, doc(2, "b"))));
  }

  @Test
  void undoesADropWithItsTransaction() {
    Tables.execute(file(), "CREATE TABLE items (mine TEXT)");
    Sink sink = started();
    Checkpoint before = deliver(sink, FIRST, source.insert(ORDERS, doc(1, "a")));
    assertFails(
        "MR-SQLITE-TABLE",
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
  void waitsForAnotherWriter() throws Exception {
    Sink sink = started();
    try (Connection other = Tables.connect(file());
        Statement statement = other.createStatement()) {
      statement.execute("BEGIN IMMEDIATE");
      CompletableFuture<Checkpoint> delivered =
          CompletableFuture.supplyAsync(
              () -> deliver(sink, FIRST, source.insert(ORDERS, doc(1, "a"))));
      TimeUnit.MILLISECONDS.sleep(500);
      assertThat(delivered).isNotDone();
      statement.execute("ROLLBACK");
      delivered.get(20, TimeUnit.SECONDS);
    }
    assertHolds(ORDERS, doc(1, "a"));
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
      boolean there = after.equals(Optional.of(through));
      assertThat(there || !durable).isTrue();
      assertThat(there || after.equals(before)).isTrue();
      assertThat(documents(ORDERS)).hasSize(there ? rows + parcel.changes() : rows);
    }
  }

  @Test
  void writesNothingUnfenced() {
    Change.Streamed change = source.insert(ORDERS, doc(1, "a"));
    Parcel parcel = open().newParcel();
    parcel.add(change);
    assertThatThrownBy(() -> parcel.send(Changes.checkpoint(change, new Term(1))))
        .isInstanceOf(IllegalStateException.class);
  }
}
