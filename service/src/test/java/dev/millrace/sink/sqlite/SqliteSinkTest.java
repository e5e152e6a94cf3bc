package dev.millrace.sink.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.config.SinkConfig;
import dev.millrace.json.JsonMode;
import dev.millrace.model.Change;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.Namespace;
import dev.millrace.sink.Sink;
import dev.millrace.sql.FreshDatabase;
import dev.millrace.sql.SqlSinkCases;
import dev.millrace.table.TableName;
import java.nio.file.Path;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class SqliteSinkTest extends SqlSinkCases {
  @TempDir Path folder;

  @Override
  protected FreshDatabase place() {
    return new SqliteFolder(folder);
  }

  @Test
  void writesWhatPeopleCanRead() {
    Change.Streamed insert = source.insert(ORDERS, doc(1, "a"));
    deliver(started(), FIRST, insert);
    assertThat(query("SELECT id, document, version, typeof(document) FROM orders"))
        .containsExactly(
            List.of("1", "{\"_id\": 1, \"value\": \"a\"}", "6553F1000000000100000000", "text"));
    assertThat(query("SELECT document ->> 'value' FROM orders")).containsExactly(List.of("a"));
    assertThat(query("PRAGMA journal_mode")).containsExactly(List.of("wal"));
  }

  @Test
  void keepsTypesInCanonicalMode() {
    try (Sink sink =
        open(new SinkConfig.Tables(JsonMode.CANONICAL, TableName.OF_COLLECTION, false, false))) {
      sink.fence(FIRST, Optional.empty());
      BsonDocument document =
          new BsonDocument("_id", new BsonInt64(5)).append("n", new BsonInt32(1));
      deliver(sink, FIRST, source.insert(ORDERS, document));
      assertThat(query("SELECT document FROM orders"))
          .containsExactly(
              List.of("{\"_id\": {\"$numberLong\": \"5\"}, \"n\": {\"$numberInt\": \"1\"}}"));
    }
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
  void renamesAndDropsBesidePeoplesViewsAndIndexes() {
    Sink sink = started();
    deliver(sink, FIRST, source.insert(ORDERS, doc(1, "a")));
    execute("CREATE VIEW totals AS SELECT count(*) FROM orders");
    execute("CREATE VIEW broken AS SELECT * FROM nowhere");
    execute("CREATE INDEX by_value ON orders (document ->> 'value')");
    deliver(sink, FIRST, source.rename(ORDERS, ITEMS));
    assertHolds(ITEMS, doc(1, "a"));
    deliver(sink, FIRST, source.insert(ORDERS, doc(1, "a")), source.insert(ORDERS, doc(2, "b")));
    assertThat(query("SELECT * FROM totals")).containsExactly(List.of("2"));
    deliver(sink, FIRST, source.drop(ITEMS));
    assertHolds(ITEMS);
  }

  @Test
  void writesUnderTheEyesOfAReader() throws SQLException {
    Sink sink = started();
    deliver(sink, FIRST, source.insert(ORDERS, doc(1, "a")));
    try (Connection reader = place().connect();
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
  void waitsForAnotherWriter() throws Exception {
    Sink sink = started();
    try (Connection other = place().connect();
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
}
