package dev.millrace.sql;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.model.Change;
import dev.millrace.model.Generation;
import dev.millrace.model.Namespace;
import dev.millrace.sink.Sink;
import java.util.List;
import java.util.Optional;
import org.bson.BsonDocument;
import org.bson.BsonInt64;
import org.bson.BsonString;
import org.junit.jupiter.api.Test;

/** The contract, and what is there beside it, where rows stay when their documents are gone. */
public abstract class SoftDeletesCases extends SqlFixture {
  /** The seconds of all times here. */
  private String when() {
    return place().instant("2023-11-14T22:13:20Z");
  }

  private static final String ROWS =
      "SELECT id, document ->> 'value', deleted_at FROM orders ORDER BY id";

  @Override
  protected final Sink openSink() {
    return open(false, true);
  }

  @Test
  void keepsTheLastStateOfADeletedDocument() {
    Sink sink = started();
    deliver(sink, source.insert(ORDERS, doc(1, "a")), source.insert(ORDERS, doc(2, "b")));
    Change late = source.update(ORDERS, doc(1, "late"));
    deliver(sink, source.delete(ORDERS, id(1)), source.delete(ORDERS, id(7)));
    assertThat(lines(ROWS)).containsExactly("1|a|" + when(), "2|b|null");
    // Of the delete's own version: what was before it leaves it alone.
    deliver(sink, late);
    assertThat(lines(ROWS)).containsExactly("1|a|" + when(), "2|b|null");
    deliver(sink, source.insert(ORDERS, doc(1, "c")));
    assertThat(lines(ROWS)).containsExactly("1|c|null", "2|b|null");
  }

  @Test
  void doesSoWithinOneParcel() {
    Sink sink = started();
    BsonDocument respelled =
        new BsonDocument("_id", new BsonInt64(3)).append("value", new BsonString("c"));
    deliver(
        sink,
        source.insert(ORDERS, doc(1, "a")),
        source.update(ORDERS, doc(1, "b")),
        source.delete(ORDERS, id(1)),
        source.delete(ORDERS, id(1)),
        source.read(ORDERS, doc(2, "copied"), Generation.NONE),
        source.delete(ORDERS, id(2)),
        source.insert(ORDERS, doc(3, "a")),
        source.delete(ORDERS, id(3)),
        source.insert(ORDERS, respelled),
        source.delete(ORDERS, id(4)));
    assertThat(lines(ROWS)).containsExactly("1|b|" + when(), "2|copied|" + when(), "3|c|null");
  }

  @Test
  void marksWhatIsSwept() {
    Sink sink = started();
    deliver(
        sink,
        source.insert(ORDERS, doc(1, "a")),
        source.insert(ORDERS, doc(2, "a")),
        source.insert(ORDERS, doc(3, "a")));
    deliver(sink, source.delete(ORDERS, id(3)));
    List<String> deleted = lines("SELECT version FROM orders WHERE id = '3'");
    Change old = source.update(ORDERS, doc(2, "old"));
    Generation next = source.generation();
    deliver(
        sink,
        new Change.Reset(ORDERS, next),
        source.read(ORDERS, doc(1, "b"), next),
        new Change.Swept(ORDERS, next));
    assertThat(lines(ROWS)).containsExactly("1|b|null", "2|a|" + when(), "3|a|" + when());
    assertThat(lines("SELECT version FROM orders WHERE id = '3'")).isEqualTo(deleted);
    deliver(sink, old);
    assertThat(lines(ROWS)).containsExactly("1|b|null", "2|a|" + when(), "3|a|" + when());
    // Read at the very time the copy began.
    deliver(sink, source.read(ORDERS, doc(2, "b"), next));
    assertThat(lines(ROWS)).containsExactly("1|b|null", "2|b|null", "3|a|" + when());
  }

  @Test
  void marksAllOfWhatIsDropped() {
    Sink sink = started();
    deliver(sink, source.insert(ORDERS, doc(1, "a")), source.insert(ORDERS, doc(2, "a")));
    Change drop = source.drop(ORDERS);
    deliver(sink, drop);
    assertThat(lines(ROWS)).containsExactly("1|a|" + when(), "2|a|" + when());
    deliver(sink, source.created(ORDERS), source.insert(ORDERS, doc(1, "b")));
    assertThat(lines(ROWS)).containsExactly("1|b|null", "2|a|" + when());
    // Sent again after a position was set back: what came since is of another collection.
    deliver(sink, drop);
    assertThat(lines(ROWS)).containsExactly("1|b|null", "2|a|" + when());
    deliver(sink, source.dropDatabase("shop"));
    assertThat(lines(ROWS)).containsExactly("1|b|" + when(), "2|a|" + when());
  }

  @Test
  void leavesDroppedRowsAloneWhereTheyAreToStay() {
    try (Sink sink = open(true, true)) {
      sink.fence(FIRST, Optional.empty());
      deliver(sink, source.insert(ORDERS, doc(1, "a")), source.insert(ORDERS, doc(2, "a")));
      deliver(sink, source.delete(ORDERS, id(2)), source.drop(ORDERS));
      assertThat(lines(ROWS)).containsExactly("1|a|null", "2|a|" + when());
    }
  }

  @Test
  void joinsMarkedRowsWithThoseThatARenameBrings() {
    Sink sink = started();
    deliver(
        sink,
        source.insert(ORDERS, doc(1, "replaced")),
        source.insert(ORDERS, doc(2, "gone with its collection")),
        source.insert(ITEMS, doc(1, "arriving")),
        source.insert(ITEMS, doc(3, "deleted before")),
        source.delete(ITEMS, id(3)));
    deliver(sink, source.rename(ITEMS, ORDERS));
    assertThat(lines(ROWS))
        .containsExactly(
            "1|arriving|null",
            "2|gone with its collection|" + when(),
            "3|deleted before|" + when());
    assertThat(tables()).containsExactly("orders");
  }

  @Test
  void beginsAndEndsWithTheOption() {
    try (Sink sink = open(false, false)) {
      sink.fence(FIRST, Optional.empty());
      deliver(
          sink,
          source.insert(ORDERS, doc(1, "a")),
          source.insert(ORDERS, doc(2, "a")),
          source.insert(ITEMS, doc(1, "a")));
    }
    execute("CREATE VIEW everything AS SELECT * FROM orders");
    try (Sink sink = open(false, true)) {
      sink.fence(FIRST, Optional.empty());
      deliver(sink, source.delete(ORDERS, id(1)), source.delete(ORDERS, id(2)));
      assertThat(lines(ROWS)).containsExactly("1|a|" + when(), "2|a|" + when());
      // A table that has no marks joins one that has.
      deliver(sink, source.rename(ITEMS, ORDERS));
      assertThat(lines(ROWS)).containsExactly("1|a|null", "2|a|" + when());
    }
    try (Sink sink = open(false, false)) {
      sink.fence(FIRST, Optional.empty());
      deliver(sink, source.delete(ORDERS, id(1)), source.insert(ORDERS, doc(2, "b")));
      assertThat(lines(ROWS)).containsExactly("2|b|null");
    }
  }

  @Test
  void marksInATableWithoutVersions() {
    execute(
        "CREATE TABLE orders (id TEXT PRIMARY KEY, document %s)".formatted(place().documentType()));
    execute("INSERT INTO orders VALUES ('1', '{\"_id\": 1, \"value\": \"old\"}')");
    Sink sink = started();
    Generation next = source.generation();
    deliver(sink, new Change.Reset(ORDERS, next));
    assertThat(lines(ROWS)).containsExactly("1|old|" + when());
    deliver(
        sink,
        source.read(ORDERS, doc(1, "copied"), next),
        source.insert(ORDERS, doc(2, "a")),
        new Change.Swept(ORDERS, next));
    deliver(sink, source.delete(ORDERS, id(2)));
    assertThat(lines(ROWS)).containsExactly("1|copied|null", "2|a|" + when());
    deliver(sink, source.drop(ORDERS));
    assertThat(lines(ROWS)).containsExactly("1|copied|" + when(), "2|a|" + when());
    assertThat(sink.copiesBeside(ORDERS)).isFalse();
    assertThat(sink.copiesBeside(new Namespace("shop", "new"))).isTrue();
  }
}
