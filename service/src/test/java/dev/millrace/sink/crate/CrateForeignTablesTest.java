package dev.millrace.sink.crate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.config.SinkConfig;
import dev.millrace.config.SinkConfig.OnForeignTable;
import dev.millrace.json.JsonMode;
import dev.millrace.model.Change;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.CopyState;
import dev.millrace.model.Finding;
import dev.millrace.sink.Sink;
import dev.millrace.table.TableName;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Tables that the relay in Python made, where ours are to be; and tables that are called anew. */
class CrateForeignTablesTest extends CrateFixture {
  private static final CopyState COPIED =
      new CopyState(true, 1, true, Map.of(), 0, 0, false, CopyState.Edits.NONE);

  private static final TableName RELAYS = new TableName("cdc-testdrive");

  private SinkConfig.Crate config(TableName name, OnForeignTable onForeign) {
    SinkConfig.Crate usual =
        crate.config(new SinkConfig.Tables(JsonMode.RELAXED, name, false, false));
    return new SinkConfig.Crate(
        usual.nodes(),
        usual.login(),
        usual.schema(),
        usual.tables(),
        usual.objects(),
        usual.onMisfit(),
        onForeign);
  }

  private Sink opened(TableName name, OnForeignTable onForeign) {
    Sink sink = CrateSink.open(config(name, onForeign), "orders");
    closing(sink);
    return sink;
  }

  private Sink begun(TableName name, OnForeignTable onForeign) {
    Sink sink = opened(name, onForeign);
    sink.fence(FIRST, Optional.empty());
    return sink;
  }

  /** As the relay in Python does. */
  private void makeForeign(String name) {
    crate.run("CREATE TABLE %s (oid TEXT, data OBJECT(DYNAMIC))".formatted(crate.quoted(name)));
    crate.run(
        "INSERT INTO %s (oid, data) VALUES ('1', {\"_id\" = '1'}), ('1', {\"_id\" = '1'})"
            .formatted(crate.quoted(name)));
    crate.run("REFRESH TABLE " + crate.quoted(name));
  }

  private List<String> tables() {
    return crate.tables().stream().filter(name -> !name.startsWith("millrace_")).toList();
  }

  private void assertKept(String name) {
    assertThat(crate.query("SELECT count(*) FROM " + crate.quoted(name)))
        .containsExactly(List.of("2"));
  }

  @Test
  void oneIsRefusedWithWhatToType() {
    makeForeign("orders");
    Sink sink = started();
    Change insert = source.insert(ORDERS, doc(1, "a"));
    assertFails("MR-CRATE-TABLE", () -> deliver(sink, insert));
    String rename =
        "ALTER TABLE %s RENAME TO \"orders_before_millrace\"".formatted(crate.quoted("orders"));
    assertThatThrownBy(() -> deliver(sink, insert))
        .hasMessageContaining(rename + ";")
        .hasMessageContaining("DROP TABLE %s;".formatted(crate.quoted("orders")))
        .hasMessageContaining("--replace-table");
    crate.run(rename);
    deliver(started(), insert);
    assertHolds(ORDERS, doc(1, "a"));
    assertKept("orders_before_millrace");
  }

  @Test
  void oneOfAKnownNameIsRefusedAtTheStart() {
    makeForeign("cdc-testdrive");
    Sink sink = opened(RELAYS, OnForeignTable.REFUSE);
    assertFails("MR-CRATE-TABLE", () -> sink.fence(FIRST, Optional.empty()));
    assertThat(CrateCheck.run(config(RELAYS, OnForeignTable.REFUSE)))
        .extracting(Finding::code)
        .containsExactly("", "MR-CRATE-TABLE");
    assertThat(CrateCheck.run(config(RELAYS, OnForeignTable.SET_ASIDE))).hasSize(1);
    assertThat(tables()).containsExactly("cdc-testdrive");
  }

  @Test
  void oneIsSetAsideWhereThatIsWishedAndOursIsNot() {
    makeForeign("cdc-testdrive");
    makeForeign("cdc-testdrive_before_millrace");
    Sink sink = begun(RELAYS, OnForeignTable.SET_ASIDE);
    deliver(sink, source.insert(ORDERS, doc(1, "a")));
    sink.close();
    for (int i = 0; i < 2; i++) {
      Sink again = begun(RELAYS, OnForeignTable.SET_ASIDE);
      deliver(again, source.insert(ORDERS, doc(2, "b")));
      again.close();
    }
    assertHolds(ORDERS, doc(1, "a"), doc(2, "b"));
    assertThat(tables())
        .containsExactly(
            "cdc-testdrive", "cdc-testdrive_before_millrace", "cdc-testdrive_before_millrace_2");
    assertKept("cdc-testdrive_before_millrace_2");
  }

  @Test
  void oneThatIsFoundLaterIsSetAsideToo() {
    makeForeign("orders");
    deliver(
        begun(TableName.OF_COLLECTION, OnForeignTable.SET_ASIDE),
        source.insert(ORDERS, doc(1, "a")));
    assertHolds(ORDERS, doc(1, "a"));
    assertKept("orders_before_millrace");
  }

  @Test
  void whatStoodAtItsPlaceIsCopiedAnew() {
    Sink sink = begun(RELAYS, OnForeignTable.SET_ASIDE);
    deliver(sink, source.insert(ORDERS, doc(1, "a")));
    sink.close();
    crate.run("DROP TABLE " + crate.quoted("cdc-testdrive"));
    makeForeign("cdc-testdrive");
    Checkpoint copied = source.checkpoint(FIRST).with(COPIED);
    // Also where it was killed behind setting it aside.
    for (int i = 0; i < 2; i++) {
      Sink next = opened(RELAYS, OnForeignTable.SET_ASIDE);
      assertThat(next.fence(FIRST, Optional.of(copied)).orElseThrow().copy())
          .isEqualTo(COPIED.again(Set.of(ORDERS)));
      next.close();
    }
    Sink ours = opened(RELAYS, OnForeignTable.SET_ASIDE);
    ours.fence(FIRST, Optional.of(copied));
    deliver(ours, source.insert(ORDERS, doc(2, "b")));
    ours.close();
    assertThat(
            opened(RELAYS, OnForeignTable.SET_ASIDE)
                .fence(FIRST, Optional.of(copied))
                .orElseThrow()
                .copy())
        .isEqualTo(COPIED);
    assertKept("cdc-testdrive_before_millrace");
  }

  @Test
  void aCollectionWhoseTableIsCalledAnewIsNotLeftInTheOldOneInSilence() {
    Sink sink = begun(RELAYS, OnForeignTable.REFUSE);
    deliver(sink, source.insert(ORDERS, doc(1, "a")));
    sink.close();
    TableName next = new TableName("sales");
    Change change = source.insert(ORDERS, doc(2, "b"));
    String rename = "ALTER TABLE %s RENAME TO \"sales\"".formatted(crate.quoted("cdc-testdrive"));
    assertThatThrownBy(() -> deliver(begun(next, OnForeignTable.REFUSE), change))
        .hasMessageStartingWith("MR-CRATE-TABLE-NAME: ")
        .hasMessageContaining(rename + ";");
    crate.run(rename);
    Sink renamed = opened(next, OnForeignTable.REFUSE);
    Checkpoint copied = source.checkpoint(FIRST).with(COPIED);
    assertThat(renamed.fence(FIRST, Optional.of(copied)).orElseThrow().copy())
        .isEqualTo(COPIED.again(Set.of(ORDERS)));
    deliver(renamed, change);
    assertHolds(ORDERS, doc(1, "a"), doc(2, "b"));
    assertThat(tables()).containsExactly("sales");
  }

  @Test
  void aSecondCollectionGetsATableOfItsOwn() {
    Sink sink = begun(RELAYS, OnForeignTable.REFUSE);
    deliver(sink, source.insert(ORDERS, doc(1, "a")), source.insert(ITEMS, doc(1, "b")));
    sink.close();
    deliver(begun(RELAYS, OnForeignTable.REFUSE), source.insert(ITEMS, doc(2, "c")));
    assertHolds(ORDERS, doc(1, "a"));
    assertHolds(ITEMS, doc(1, "b"), doc(2, "c"));
  }
}
