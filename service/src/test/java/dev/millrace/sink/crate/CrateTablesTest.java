package dev.millrace.sink.crate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.config.SinkConfig;
import dev.millrace.model.Change;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.CommitPoint;
import dev.millrace.model.CopyState;
import dev.millrace.model.Failure;
import dev.millrace.model.Generation;
import dev.millrace.model.Namespace;
import dev.millrace.sink.Sink;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonString;
import org.junit.jupiter.api.Test;

/** Tables, their names, and what people and crashes do to them. */
class CrateTablesTest extends CrateFixture {
  private List<String> tables() {
    return crate.tables().stream().filter(name -> !name.startsWith("millrace_")).toList();
  }

  private String count(String condition) {
    crate.run("REFRESH TABLE " + table(ORDERS));
    return String.valueOf(
        crate
            .query("SELECT count(*) FROM %s WHERE %s".formatted(table(ORDERS), condition))
            .getFirst()
            .getFirst());
  }

  @Test
  void everyCollectionHasANameThatCrateTakes() {
    Sink sink = started();
    List<Namespace> all = new ArrayList<>();
    for (String name :
        List.of(
            "fs.files",
            "fs_files",
            "a b",
            "-x",
            "Upper",
            "upper",
            "q\"uote",
            "\ud83d\ude80",
            "millrace_state",
            "x".repeat(200),
            "o'brien",
            "a/b*c?d")) {
      all.add(new Namespace("shop", name));
      all.add(new Namespace("archive", name));
    }
    for (Namespace namespace : all) {
      deliver(sink, source.insert(namespace, doc(1, namespace.toString())));
    }
    for (Namespace namespace : all) {
      assertHolds(namespace, doc(1, namespace.toString()));
    }
    assertThat(tables()).hasSize(all.size()).contains("fs_files", "shop_fs_files", "Upper");
  }

  @Test
  void idsAreParametersAndDiffer() {
    Sink sink = started();
    BsonDocument[] documents = {
      new BsonDocument("_id", new BsonInt32(1)),
      new BsonDocument("_id", new BsonString("1")),
      new BsonDocument("_id", new BsonString("o'brien")),
      new BsonDocument("_id", new BsonString("x' OR 'a'='a")),
      new BsonDocument("_id", new BsonString("long".repeat(2_000))),
      new BsonDocument("_id", new BsonString("longer".repeat(2_000))),
    };
    List<Change> changes = new ArrayList<>();
    for (BsonDocument document : documents) {
      changes.add(source.insert(ORDERS, document));
    }
    deliver(sink, changes.toArray(Change[]::new));
    assertThat(documents(ORDERS)).hasSize(documents.length);
    assertThat(count("oid IN ('1', '\"1\"')")).isEqualTo("2");
    deliver(sink, source.delete(ORDERS, new BsonString("x' OR 'a'='a")));
    deliver(sink, source.delete(ORDERS, new BsonString("1")));
    assertThat(documents(ORDERS)).hasSize(documents.length - 2);
    assertThat(count("oid = '1'")).isEqualTo("1");
  }

  @Test
  void aTableWithoutVersionsGetsThem() {
    crate.run(
        "CREATE TABLE %s (oid TEXT PRIMARY KEY, data OBJECT(DYNAMIC))"
            .formatted(crate.quoted("orders")));
    crate.run(
        "INSERT INTO %s (oid, data) VALUES ('1', {\"_id\" = 1}), ('2', {\"_id\" = 2}), ('3', {\"_id\" = 3})"
            .formatted(crate.quoted("orders")));
    Sink sink = started();
    assertThat(sink.copiesBeside(ORDERS)).isTrue();
    deliver(sink, source.update(ORDERS, doc(1, "a")), source.delete(ORDERS, id(2)));
    assertHolds(ORDERS, doc(1, "a"), json("{_id: 3}"));
    Generation next = source.generation();
    deliver(
        sink,
        new Change.Reset(ORDERS, next),
        source.read(ORDERS, doc(1, "b"), next),
        new Change.Swept(ORDERS, next));
    assertHolds(ORDERS, doc(1, "b"));
  }

  @Test
  void whatIsCommittedIsFoundBySearching() {
    crate.run(
        "CREATE TABLE %s (oid TEXT PRIMARY KEY, data OBJECT(DYNAMIC)) WITH (refresh_interval = 0)"
            .formatted(crate.quoted("orders")));
    Sink sink = started();
    deliver(sink, source.insert(ORDERS, doc(1, "a")));
    assertThat(crate.query("SELECT oid FROM " + table(ORDERS))).isEmpty();
    deliver(sink, new Change.Committed(new CommitPoint(source.time(), true, "", List.of())));
    assertThat(crate.query("SELECT oid FROM " + table(ORDERS))).containsExactly(List.of("1"));
  }

  @Test
  void tablesThatSomebodyDroppedAreCopiedAnewOrMissed() {
    Sink sink = started();
    deliver(sink, source.insert(ORDERS, doc(1, "a")), source.insert(ITEMS, doc(1, "a")));
    crate.run("DROP TABLE " + table(ORDERS));
    assertFailsWith(
        Failure.Transient.class, () -> deliver(sink, source.insert(ORDERS, doc(2, "a"))));
    sink.close();
    Checkpoint copying = source.checkpoint(FIRST).with(COPIED);
    assertThat(open().fence(SECOND, Optional.of(copying)).orElseThrow().copy())
        .isEqualTo(COPIED.again(java.util.Set.of(ORDERS)));
    assertFails(
        "MR-CRATE-TABLE-GONE",
        () -> open().fence(SECOND, Optional.of(source.checkpoint(FIRST).with(CopyState.NONE))));
  }

  private static final CopyState COPIED =
      new CopyState(true, 1, true, java.util.Map.of(), 0, 0, false, CopyState.Edits.NONE);

  @Test
  void aRenameThatComesAgainLosesNothing() {
    Sink sink = started();
    Change first = source.insert(ORDERS, doc(1, "a"));
    Change rename = source.rename(ORDERS, ITEMS);
    Change second = source.update(ITEMS, doc(2, "b"));
    deliver(sink, source.insert(ORDERS, doc(3, "kept")));
    deliver(sink, first, rename, second);
    assertHolds(ITEMS, doc(1, "a"), doc(2, "b"), doc(3, "kept"));
    deliver(sink, first);
    deliver(sink, rename, second);
    assertHolds(ORDERS);
    assertHolds(ITEMS, doc(1, "a"), doc(2, "b"), doc(3, "kept"));
    assertThat(tables()).hasSize(1);
  }

  @Test
  void whatWasBegunIsFinishedAtTheNextStart() {
    Sink sink = started();
    deliver(sink, source.insert(ORDERS, doc(1, "a")), source.insert(ITEMS, doc(1, "a")));
    sink.close();
    String entries = crate.quoted("millrace_collections");
    // Killed between what is noted and what is done.
    crate.run(
        "INSERT INTO %s (database_name, collection_name, table_name, arrived, pending) VALUES ('shop', 'moved', 'moved', '1', 'from orders')"
            .formatted(entries));
    crate.run("REFRESH TABLE " + entries);
    crate.run("UPDATE %s SET pending = 'drop' WHERE collection_name = 'items'".formatted(entries));
    started().close();
    assertThat(tables()).containsExactly("moved");
    assertHolds(new Namespace("shop", "moved"), doc(1, "a"));
    assertHolds(ORDERS);
    assertThat(crate.query("SELECT count(*) FROM " + entries)).hasSize(1);
    // And between what is done and what is noted.
    crate.run("REFRESH TABLE " + entries);
    crate.run("UPDATE %s SET pending = 'from orders'".formatted(entries));
    started().close();
    assertHolds(new Namespace("shop", "moved"), doc(1, "a"));
  }

  @Test
  void keptRowsMakeRoomForThoseThatArrive() {
    Sink sink = started(true, false);
    deliver(sink, source.insert(ORDERS, doc(1, "a")), source.insert(ITEMS, doc(2, "old")));
    deliver(sink, source.drop(ITEMS), source.rename(ORDERS, ITEMS));
    assertHolds(ITEMS, doc(1, "a"));
    assertThat(tables()).hasSize(2).anyMatch(name -> name.startsWith("items_until_"));
  }

  @Test
  void deletedRowsStayMarkedAndNothingOlderComesBack() {
    Sink sink = started(false, true);
    Change older = source.insert(ORDERS, doc(1, "older"));
    Change unseen = source.insert(ORDERS, doc(2, "unseen"));
    deliver(sink, source.insert(ORDERS, doc(1, "a")));
    deliver(sink, source.delete(ORDERS, id(1)), source.delete(ORDERS, id(2)));
    deliver(sink, older, unseen);
    assertHolds(ORDERS);
    assertThat(count("oid = '1' AND data['value'] = 'a' AND deleted_at > '2023-01-01'"))
        .isEqualTo("1");
    deliver(sink, source.insert(ORDERS, doc(2, "b")));
    assertHolds(ORDERS, doc(2, "b"));
    deliver(sink, source.insert(ORDERS, doc(3, "c")), source.delete(ORDERS, id(3)));
    assertThat(count("deleted_at IS NOT NULL AND data['value'] = 'c'")).isEqualTo("1");
    deliver(sink, source.drop(ORDERS));
    assertHolds(ORDERS);
    assertThat(count("deleted_at IS NOT NULL")).isEqualTo("3");
  }

  @Test
  void rowsThatASweepFindsAreMarkedToo() {
    Sink sink = started(false, true);
    deliver(sink, source.insert(ORDERS, doc(1, "a")), source.insert(ORDERS, doc(2, "a")));
    Generation next = source.generation();
    deliver(
        sink,
        new Change.Reset(ORDERS, next),
        source.read(ORDERS, doc(1, "b"), next),
        new Change.Swept(ORDERS, next));
    assertHolds(ORDERS, doc(1, "b"));
    assertThat(count("deleted_at IS NOT NULL")).isEqualTo("1");
  }

  @Test
  void outlivesItsServersAbsence() {
    Sink sink = started();
    deliver(sink, source.insert(ORDERS, doc(1, "a")));
    crate.proxy().cut();
    Change late = source.insert(ORDERS, doc(2, "b"));
    assertFailsWith(Failure.Transient.class, () -> deliver(sink, late));
    assertFailsWith(Failure.Transient.class, () -> open().fence(FIRST, Optional.empty()));
    crate.proxy().heal();
    deliver(started(), late);
    assertHolds(ORDERS, doc(1, "a"), doc(2, "b"));
  }

  /** As the server itself does it when a disk is nearly full. */
  @Test
  void goesOnWhenATableTakesWritesAgain() {
    Sink sink = started();
    deliver(sink, source.insert(ORDERS, doc(1, "a")));
    String blocked = "ALTER TABLE %s SET (\"blocks.read_only_allow_delete\" = %s)";
    crate.run(blocked.formatted(table(ORDERS), true));
    Change late = source.insert(ORDERS, doc(2, "b"));
    assertFails("MR-CRATE-BLOCKED", () -> deliver(sink, late));
    crate.run(blocked.formatted(table(ORDERS), false));
    deliver(started(), late);
    assertHolds(ORDERS, doc(1, "a"), doc(2, "b"));
  }

  @Test
  void goesOnWithTheNodesThatAreLeft() {
    SinkConfig.Crate usual = crate.config();
    URI nobody = URI.create("http://127.0.0.1:1/");
    Sink sink =
        CrateSink.open(
            new SinkConfig.Crate(
                List.of(nobody, usual.nodes().getFirst(), nobody),
                usual.login(),
                usual.schema(),
                usual.tables(),
                usual.objects(),
                usual.onMisfit()),
            "orders");
    closing(sink);
    sink.fence(FIRST, Optional.empty());
    deliver(sink, source.insert(ORDERS, doc(1, "a")), source.insert(ITEMS, doc(1, "a")));
    assertHolds(ORDERS, doc(1, "a"));
  }

  @Test
  void saysWhatIsThere() {
    assertThat(CrateCheck.run(crate.config()))
        .singleElement()
        .satisfies(finding -> assertThat(finding.message()).startsWith("CrateDB "));
    try (CratePing ping = new CratePing(crate.config(), Duration.ofSeconds(5))) {
      crate.proxy().cut();
      assertThat(ping.answers()).isFalse();
      assertThat(CrateCheck.run(crate.config()))
          .singleElement()
          .satisfies(finding -> assertThat(finding.code()).isEqualTo("MR-CRATE-AWAY"));
      crate.proxy().heal();
      assertThat(ping.answers()).isTrue();
      assertThat(ping.answers()).isTrue();
    }
  }

  @Test
  void aPingDoesNotWaitForAServerThatHangs() {
    try (CratePing ping = new CratePing(crate.config(), Duration.ofMillis(200))) {
      crate.proxy().stall();
      // Else it would outlast the whole class.
      assertThat(ping.answers()).isFalse();
      crate.proxy().heal();
    }
  }
}
