package dev.millrace.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.model.Change;
import dev.millrace.model.Failure;
import dev.millrace.model.Generation;
import dev.millrace.model.Namespace;
import dev.millrace.sink.Sink;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The contract, and what is there beside it, by tables without versions. */
public abstract class OlderTableCases extends SqlFixture {
  private static final String ROWS = "SELECT id, document ->> 'value' FROM orders ORDER BY id";

  @Override
  protected Sink openSink() {
    return open(false);
  }

  private Sink open(boolean keepOnDrop) {
    if (!place().isThere() || place().tables().isEmpty()) {
      execute(
          """
          CREATE TABLE millrace_collections (
            database_name TEXT NOT NULL,
            collection_name TEXT NOT NULL,
            table_name %s,
            PRIMARY KEY (database_name, collection_name))
          """
              .formatted(place().dialect().nameColumn()));
      for (String name : List.of("orders", "items")) {
        makeOlder(name);
        execute(
            "INSERT INTO millrace_collections VALUES ('shop', '%s', '%s')".formatted(name, name));
      }
    }
    return open(keepOnDrop, false);
  }

  private void makeOlder(String table) {
    execute(
        "CREATE TABLE "
            + table
            + " (id TEXT PRIMARY KEY, document %s)".formatted(place().documentType()));
  }

  @Override
  protected Set<Trait> lacks() {
    Set<Trait> lacks = EnumSet.of(Trait.GUARDS_VERSIONS, Trait.COPIES_BESIDE);
    lacks.addAll(super.lacks());
    return lacks;
  }

  @Test
  void saysWhatCannotBeCopiedBesideItsEvents() {
    assertThatThrownBy(() -> open().copiesBeside(ORDERS)).isInstanceOf(IllegalStateException.class);
    Sink sink = started();
    execute("CREATE TABLE theirs (mine TEXT)");
    makeOlder("unknown");
    assertThat(sink.copiesBeside(ORDERS)).isFalse();
    // Never seen, but there is a table that would be taken.
    assertThat(sink.copiesBeside(new Namespace("shop", "unknown"))).isFalse();
    // Its table would be another one.
    assertThat(sink.copiesBeside(ELSEWHERE)).isTrue();
    assertThat(sink.copiesBeside(new Namespace("shop", "new"))).isTrue();
    assertThat(sink.copiesBeside(new Namespace("shop", "theirs"))).isTrue();
    assertThat(sink.copiesBeside(new Namespace("shop", "millrace_state"))).isTrue();
    assertThat(lines("SELECT * FROM millrace_collections")).hasSize(2);

    deliver(sink, source.insert(ORDERS, doc(1, "a")));
    assertThat(sink.copiesBeside(ORDERS)).isFalse();
    deliver(sink, source.drop(ORDERS), source.created(ORDERS));
    assertThat(sink.copiesBeside(ORDERS)).isTrue();
    sink.close();
    assertFailsWith(Failure.Transient.class, () -> sink.copiesBeside(ORDERS));
  }

  @Test
  void removesAllAtTheBeginningOfACopyAndNothingAtItsEnd() {
    Sink sink = started();
    execute("INSERT INTO orders VALUES ('7', '{\"_id\": 7, \"value\": \"ghost\"}')");
    deliver(sink, source.insert(ORDERS, doc(1, "a")), source.insert(ITEMS, doc(1, "a")));
    assertThat(lines(ROWS)).containsExactly("1|a", "7|ghost");
    Generation next = source.generation();
    deliver(sink, new Change.Reset(ORDERS, next));
    assertThat(lines(ROWS)).isEmpty();
    deliver(sink, source.read(ORDERS, doc(2, "b"), next), source.read(ORDERS, doc(3, "b"), next));
    deliver(sink, new Change.Swept(ORDERS, next), new Change.Swept(ITEMS, next));
    assertThat(lines(ROWS)).containsExactly("2|b", "3|b");
    assertHolds(ITEMS, doc(1, "a"));
  }

  @Test
  void joinsTablesOfBothKinds() {
    Namespace fresh = new Namespace("shop", "fresh");
    try (Sink sink = open(true)) {
      sink.fence(FIRST, Optional.empty());
      deliver(
          sink,
          source.insert(ORDERS, doc(1, "kept")),
          source.insert(ORDERS, doc(2, "kept")),
          source.insert(ITEMS, doc(5, "from an older table")),
          source.insert(fresh, doc(2, "with a version")));
      deliver(sink, source.rename(fresh, ORDERS));
      assertThat(lines(ROWS)).containsExactly("1|kept", "2|with a version");

      deliver(sink, source.insert(fresh, doc(6, "kept")));
      deliver(sink, source.rename(ITEMS, fresh));
      assertThat(lines("SELECT id, version FROM fresh WHERE version = ''")).containsExactly("5|");
      // The oldest there is: anything replaces it.
      deliver(sink, source.update(fresh, doc(5, "event")));
      assertHolds(fresh, doc(5, "event"), doc(6, "kept"));
    }
  }

  @Test
  void isOfTodaysFormatOnceAPersonAddsTheColumn() {
    Sink sink = started();
    deliver(
        sink,
        source.insert(ORDERS, doc(1, "a")),
        source.insert(ORDERS, doc(2, "a")),
        source.insert(ORDERS, doc(3, "a")));
    sink.close();
    execute("ALTER TABLE orders ADD COLUMN version TEXT");
    Sink again = started();
    assertThat(again.copiesBeside(ORDERS)).isTrue();
    Generation next = source.generation();
    deliver(
        again,
        new Change.Reset(ORDERS, next),
        source.read(ORDERS, doc(1, "b"), next),
        source.delete(ORDERS, id(2)));
    assertHolds(ORDERS, doc(1, "b"), doc(3, "a"));
    deliver(again, new Change.Swept(ORDERS, next));
    assertHolds(ORDERS, doc(1, "b"));
  }
}
