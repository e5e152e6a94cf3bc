package dev.millrace.sink.crate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.config.SinkConfig.CrateObjects;
import dev.millrace.config.SinkConfig.OnMisfit;
import dev.millrace.model.Change;
import dev.millrace.sink.Sink;
import java.util.ArrayList;
import java.util.List;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonInt64;
import org.bson.BsonString;
import org.junit.jupiter.api.Test;

/** Documents that a table does not take as they are. */
class CrateMisfitTest extends CrateFixture {
  private List<List<String>> rows() {
    return rows("data, data_misfit");
  }

  private List<List<String>> rows(String columns) {
    crate.run("REFRESH TABLE " + table(ORDERS));
    List<List<String>> rows = new ArrayList<>();
    crate
        .query("SELECT %s FROM %s ORDER BY oid".formatted(columns, table(ORDERS)))
        .forEach(row -> rows.add(row.stream().map(String::valueOf).toList()));
    return rows;
  }

  @Test
  void whatFitsStaysInItsColumnsAndAllIsThereAsText() {
    Sink sink = started();
    deliver(sink, source.insert(ORDERS, json("{_id: 1, price: 10, name: 'x'}")));
    deliver(sink, source.insert(ORDERS, json("{_id: 2, price: 10.5, name: 'y'}")));
    assertThat(rows("data['price'], data['name'], data_misfit"))
        .containsExactly(
            List.of("10", "x", "null"),
            List.of("null", "y", "{\"_id\": 2, \"price\": 10.5, \"name\": \"y\"}"));
    assertHolds(
        ORDERS, json("{_id: 1, price: 10, name: 'x'}"), json("{_id: 2, price: 10.5, name: 'y'}"));

    deliver(sink, source.update(ORDERS, json("{_id: 2, price: 11.0, name: 'y'}")));
    assertThat(rows("data['price'], data_misfit"))
        .containsExactly(List.of("10", "null"), List.of("11", "null"));
  }

  @Test
  void namesThatAreNoneAndValuesThatAreTooLongAreInTheText() {
    Sink sink = started();
    BsonDocument[] documents = {
      json("{_id: 1, 'a.b': 1, ok: 1}"),
      json("{_id: 2, 'a[0]': 1, ok: 1}"),
      json("{_id: 3, 'a\\nb': 1, ok: 1}"),
      json("{_id: 4, deep: {'x.y': 1}, ok: 1}"),
      json("{_id: 5, ok: 1}").append("min", new BsonInt64(Long.MIN_VALUE)),
      json("{_id: 6, ok: 1}").append("long", new BsonString("x".repeat(40_000))),
      json("{_id: 7, ok: 1, mixed: [1, 'x']}"),
      json("{_id: 8, ok: 1, mixed: [{a: 1}, {a: 'x'}]}"),
      json("{_id: 9, ok: 1}").append("deep", nested(150)),
      json("{_id: 'text', ok: 1}"),
    };
    List<Change> changes = new ArrayList<>();
    for (BsonDocument document : documents) {
      changes.add(source.insert(ORDERS, document));
    }
    deliver(sink, changes.toArray(Change[]::new));
    assertHolds(ORDERS, documents);
    assertThat(rows("data['ok']")).hasSize(documents.length).containsOnly(List.of("1"));
    assertThat(rows("data_misfit IS NULL")).containsOnly(List.of("false"));
  }

  private static BsonDocument nested(int depth) {
    BsonDocument document = new BsonDocument("d", new BsonInt32(1));
    for (int i = 0; i < depth; i++) {
      document = new BsonDocument("d", document);
    }
    return document;
  }

  @Test
  void emojiAreNamesToo() {
    Sink sink = started();
    deliver(sink, source.insert(ORDERS, json("{_id: 1, '\ud83d\ude80': {'a\ud83d\ude80': 1}}")));
    assertHolds(ORDERS, json("{_id: 1, '\ud83d\ude80': {'a\ud83d\ude80': 1}}"));
    assertThat(rows("data_misfit")).containsExactly(List.of("null"));
  }

  @Test
  void aTableWithoutRoomForColumnsGoesOn() {
    crate.run(
        "CREATE TABLE %s (oid TEXT PRIMARY KEY, data OBJECT(DYNAMIC)) WITH (\"mapping.total_fields.limit\" = 10)"
            .formatted(crate.quoted("orders")));
    Sink sink = started();
    List<Change> changes = new ArrayList<>();
    List<BsonDocument> documents = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      documents.add(json("{_id: %d, common: 1, k%d: %d}".formatted(i, i, i)));
      changes.add(source.insert(ORDERS, documents.getLast()));
    }
    deliver(sink, changes.toArray(Change[]::new));
    assertHolds(ORDERS, documents.toArray(BsonDocument[]::new));
    assertThat(rows("data['common']")).containsOnly(List.of("1"));
    assertThat(
            crate.query(
                "SELECT count(*) FROM %s WHERE data_misfit IS NOT NULL".formatted(table(ORDERS))))
        .containsExactly(List.of("36"));
  }

  @Test
  void whatOnlyTheServerRefusesIsInTheTextAlone() {
    crate.run(
        "CREATE TABLE %s (oid TEXT PRIMARY KEY, data OBJECT(DYNAMIC) AS (n BIGINT CHECK (data['n'] < 100), at TIMESTAMP))"
            .formatted(crate.quoted("orders")));
    Sink sink = started();
    List<Change> changes = new ArrayList<>();
    List<BsonDocument> documents = new ArrayList<>();
    for (int i = 80; i < 120; i++) {
      documents.add(
          json("{_id: %d, n: %d, at: '%s'}".formatted(i, i, i == 90 ? "never" : "2026-11-22")));
      changes.add(source.insert(ORDERS, documents.getLast()));
    }
    deliver(sink, changes.toArray(Change[]::new));
    assertThat(rows("data_misfit IS NULL")).hasSize(40).contains(List.of("true"));
    assertThat(
            crate.query(
                "SELECT count(*) FROM %s WHERE data IS NULL AND data_misfit IS NOT NULL"
                    .formatted(table(ORDERS))))
        .containsExactly(List.of("21"));
  }

  @Test
  void aColumnThatSomebodyNarrowedTakesWhatItCan() {
    Sink sink = started();
    deliver(sink, source.insert(ORDERS, json("{_id: 1, n: 100000, name: 'x'}")));
    crate.run("ALTER TABLE %s DROP COLUMN data['n']".formatted(table(ORDERS)));
    crate.run("ALTER TABLE %s ADD COLUMN data['n'] SMALLINT".formatted(table(ORDERS)));
    deliver(
        sink,
        source.insert(ORDERS, json("{_id: 2, n: 200000, name: 'y'}")),
        source.insert(ORDERS, json("{_id: 3, n: 3, name: 'z'}")),
        source.update(ORDERS, json("{_id: 1, n: 4, name: 'x'}")));
    assertHolds(
        ORDERS,
        json("{_id: 1, n: 4, name: 'x'}"),
        json("{_id: 2, n: 200000, name: 'y'}"),
        json("{_id: 3, n: 3, name: 'z'}"));
    assertThat(rows("oid, data['n'], data_misfit IS NULL"))
        .containsExactly(
            List.of("1", "4", "true"), List.of("2", "null", "false"), List.of("3", "3", "true"));
  }

  @Test
  void deadLettersHaveTheirOwnTable() {
    Sink sink = started(CrateObjects.DYNAMIC, OnMisfit.DEAD_LETTER);
    deliver(
        sink,
        source.insert(ORDERS, json("{_id: 1, n: 1}")),
        source.insert(ORDERS, json("{_id: 2, n: 1}")));
    deliver(
        sink,
        source.update(ORDERS, json("{_id: 1, n: 'x'}")),
        source.update(ORDERS, json("{_id: 2, n: 2}")));
    assertThat(rows()).containsExactly(List.of("{\"n\":2,\"_id\":2}", "null"));
    deliver(sink, source.update(ORDERS, json("{_id: 1, n: 'y'}")));
    String letters = crate.quoted("millrace_dead_letters");
    crate.run("REFRESH TABLE " + letters);
    assertThat(
            crate.query(
                "SELECT pipeline, database_name, collection_name, id, code, reason, document FROM "
                    + letters))
        .containsExactly(
            List.of(
                "orders",
                "shop",
                "orders",
                "1",
                "MR-CRATE-MISFIT",
                "data['n'] cannot have this name or value",
                "{\"_id\": 1, \"n\": \"y\"}"));
  }

  @Test
  void stopsWhereThatIsWanted() {
    Sink sink = started(CrateObjects.DYNAMIC, OnMisfit.STOP);
    deliver(sink, source.insert(ORDERS, json("{_id: 1, n: 1}")));
    Change misfit = source.update(ORDERS, json("{_id: 1, n: 'x'}"));
    assertFails("MR-CRATE-MISFIT", () -> deliver(sink, misfit));
    assertThatThrownBy(() -> deliver(sink, misfit))
        .hasMessageContaining("does not take document 1 of shop.orders (data['n']");
  }

  @Test
  void anIgnoredObjectTakesEverything() {
    Sink sink = started(CrateObjects.IGNORED, OnMisfit.STOP);
    BsonDocument[] documents = {
      json("{_id: 1, n: 1, 'a.b': 1, '\ud83d\ude80': 1}"),
      json("{_id: 'x', n: 'x', mixed: [1, 'x', {}]}").append("deep", nested(150)),
      json("{_id: 3}").append("min", new BsonInt64(Long.MIN_VALUE)),
    };
    for (BsonDocument document : documents) {
      deliver(sink, source.insert(ORDERS, document));
    }
    assertHolds(ORDERS, documents);
    assertThat(rows("data_misfit")).containsOnly(List.of("null"));
  }
}
