package dev.millrace.sink.crate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.millrace.config.SinkConfig;
import dev.millrace.config.SinkConfig.OnMisfit;
import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;
import dev.millrace.model.Namespace;
import dev.millrace.sink.crate.ReplayedCrate.Asked;
import dev.millrace.table.Row;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is asked of CrateDB, and what is made of each of its answers; no server is needed. */
class CrateRepliesTest {
  private static final Namespace ORDERS = new Namespace("shop", "orders");
  private static final String NEWER = "6B018B6B0000000900000000";

  private @Nullable ReplayedCrate server;
  private @Nullable CrateClient client;

  @AfterEach
  void close() {
    if (client != null) {
      client.close();
    }
    if (server != null) {
      server.close();
    }
  }

  private CrateClient answering(Function<Asked, String> replies) {
    server = new ReplayedCrate(replies);
    client = new CrateClient(server.config());
    return client;
  }

  private List<Asked> asked() {
    return server == null ? List.of() : server.asked;
  }

  @ParameterizedTest
  @CsvSource({
    "unknown-table, MR-CRATE-TABLE-GONE",
    "unknown-column, MR-CRATE-AWAY",
    "syntax, MR-CRATE",
    "blocked, MR-CRATE-BLOCKED",
    "no-privilege, MR-CRATE-SCHEMA",
    "no-privilege-to-write, MR-CRATE-PRIVILEGE",
    "no-schema-for-this-user, MR-CRATE-SCHEMA",
    "shard-not-there-yet, MR-CRATE-AWAY",
    "no-login, MR-CRATE-LOGIN",
    "another-server, MR-CRATE-OTHER",
    "unavailable, MR-CRATE-AWAY",
  })
  void refusalsOfAStatementSayWhatToDo(String reply, String code) {
    CrateClient asking = answering(any -> reply);
    MillraceException e =
        catchThrowableOfType(
            MillraceException.class, () -> asking.run("writing to", "orders", "SELECT 1"));
    assertThat(e.failure().code()).isEqualTo(code);
    assertThat(e.failure().message()).doesNotContain("s3cret", "ann");
    boolean passes =
        List.of("MR-CRATE-AWAY", "MR-CRATE-BLOCKED", "MR-CRATE-SCHEMA", "MR-CRATE-TABLE-GONE")
            .contains(code);
    assertThat(e.failure()).isInstanceOf(passes ? Failure.Transient.class : Failure.Fatal.class);
  }

  @Test
  void logsIn() {
    answering(any -> "single-taken").run("writing to", "orders", "SELECT ?", "o'brien", 5L, null);
    assertThat(asked().getFirst().authorization()).isEqualTo("Basic YW5uOnMzY3JldA==");
    assertThat(asked().getFirst().body().get("args").toString()).isEqualTo("[\"o'brien\",5,null]");
  }

  @Test
  void nobodyThereIsTransient() {
    try (CrateClient asking = new CrateClient(nobody())) {
      assertThatThrownBy(() -> asking.run("writing to", "orders", "SELECT 1"))
          .hasMessageContaining("MR-CRATE-AWAY");
    }
  }

  private static SinkConfig.Crate nobody() {
    return new SinkConfig.Crate(
        List.of(URI.create("http://127.0.0.1:1/")),
        Optional.empty(),
        "doc",
        SinkConfig.Tables.USUAL,
        SinkConfig.CrateObjects.DYNAMIC,
        OnMisfit.TEXT);
  }

  /** A table with columns i, t, o, l, and what it answers to writes. */
  private RowWriter writer(OnMisfit onMisfit, Function<Asked, String> writes) {
    CrateClient asking =
        answering(it -> {
          if (it.statement().contains("information_schema.columns")) {
            return "columns";
          }
          if (it.statement().contains("key_column_usage")) {
            return "key";
          }
          return writes.apply(it);
        });
    Shape shape = Shape.of(asking, "doc", "orders").orElseThrow();
    CrateTable table = new CrateTable(asking, "doc", "orders", shape, false);
    return new RowWriter(
        asking, table, ORDERS, new Misfits(onMisfit, new DeadLetters(asking, "doc", "pipeline")));
  }

  private static Map<String, Row> puts(String... documents) {
    Map<String, Row> rows = new LinkedHashMap<>();
    int id = 1;
    for (String document : documents) {
      byte[] json = document.getBytes(StandardCharsets.UTF_8);
      rows.put(Integer.toString(id++), new Row.Put(NEWER, json));
    }
    return rows;
  }

  private List<Asked> writes() {
    return asked().stream().filter(it -> !it.statement().contains("information_schema")).toList();
  }

  private List<String> sent(Asked asked) {
    return asked.body().get("bulk_args").values().stream().map(Object::toString).toList();
  }

  @Test
  void whatBringsNothingGoesInOneBulk() {
    writer(OnMisfit.TEXT, any -> "bulk-taken")
        .write(
            puts("{\"i\": 1}", "{\"i\": 2, \"t\": \"x\"}", "{\"l\": [1, 2], \"o\": {\"a\": 3}}"));
    assertThat(writes()).hasSize(1);
    assertThat(writes().getFirst().statement())
        .startsWith("INSERT INTO \"doc\".\"orders\" (oid, data, version, data_misfit)")
        .contains("data = CASE WHEN excluded.version >= coalesce(version, '')")
        .endsWith("version = greatest(version, excluded.version)");
    assertThat(sent(writes().getFirst()))
        .containsExactly(
            "[\"1\",{\"i\":1},\"%s\",null]".formatted(NEWER),
            "[\"2\",{\"i\":2,\"t\":\"x\"},\"%s\",null]".formatted(NEWER),
            "[\"3\",{\"l\":[1,2],\"o\":{\"a\":3}},\"%s\",null]".formatted(NEWER));
  }

  /** Row 2 is refused by itself, in each way that there is; the others are in. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "bulk-row-dot",
        "bulk-row-bracket",
        "bulk-row-newline",
        "bulk-row-int64-min",
        "bulk-row-long-text",
        "bulk-row-depth",
        "bulk-row-mixed-objects",
        "bulk-row-mixed-array",
        "bulk-row-columns"
      })
  void aRowThatIsRefusedIsKeptAsText(String reply) {
    writer(OnMisfit.TEXT, it -> it.body().get("bulk_args").size() == 3 ? reply : "bulk-taken")
        .write(puts("{\"i\": 1}", "{\"i\": 2}", "{\"i\": 3}"));
    assertThat(writes()).hasSize(2);
    assertThat(sent(writes().get(1)))
        .containsExactly("[\"2\",null,\"%s\",\"{\\\"i\\\": 2}\"]".formatted(NEWER));
  }

  @ParameterizedTest
  @ValueSource(strings = {"bulk-clash", "request-nan", "request-key-twice"})
  void aBulkThatIsRefusedIsSplitUntilTheRowIsAlone(String reply) {
    writer(OnMisfit.TEXT, it -> it.has("{\"i\":3}") ? reply : "bulk-taken")
        .write(puts("{\"i\": 1}", "{\"i\": 2}", "{\"i\": 3}", "{\"i\": 4}"));
    assertThat(writes().stream().map(it -> it.body().get("bulk_args").size()))
        .containsExactly(4, 2, 2, 1, 1, 1);
    assertThat(sent(writes().getLast()))
        .containsExactly("[\"3\",null,\"%s\",\"{\\\"i\\\": 3}\"]".formatted(NEWER));
  }

  @Test
  void aRowOfWhichNothingIsTakenStops() {
    RowWriter rows = writer(OnMisfit.TEXT, any -> "bulk-null-key");
    assertThatThrownBy(() -> rows.write(puts("{\"i\": 1}")))
        .hasMessageContaining("MR-CRATE-REFUSED: table orders takes nothing of document 1");
  }

  @Test
  void theDeadLetterOfARefusedRowTakesItsRowAway() {
    writer(
            OnMisfit.DEAD_LETTER,
            it ->
                it.statement().startsWith("SELECT oid")
                    ? "held"
                    : it.statement().startsWith("DELETE")
                        ? "bulk-delete-taken"
                        : it.body().has("bulk_args") ? "bulk-row-dot" : "single-taken")
        .write(puts("{\"i\": 1}", "{\"i\": 2}", "{\"i\": 3}"));
    assertThat(writes())
        .extracting(it -> it.statement().substring(0, 12))
        .containsExactly("INSERT INTO ", "CREATE TABLE", "INSERT INTO ", "SELECT oid, ");
  }

  @Test
  void whatBringsAColumnIsWrittenAloneOnWhatWasRead() {
    writer(
            OnMisfit.TEXT,
            it ->
                it.statement().startsWith("SELECT oid")
                    ? "held"
                    : it.statement().startsWith("SELECT data") ? "document" : "single-taken")
        .write(puts("{\"i\": 1, \"new\": {\"deep\": [1.5]}}"));
    assertThat(writes())
        .extracting(Asked::statement)
        .containsExactly(
            "SELECT oid, version, _seq_no, _primary_term FROM \"doc\".\"orders\" WHERE oid = ?",
            "UPDATE \"doc\".\"orders\" SET data = ?, version = ?, data_misfit = ? WHERE oid = ? AND _seq_no = ? AND _primary_term = ?",
            "SELECT data FROM \"doc\".\"orders\" WHERE oid = ?");
    assertThat(writes().get(1).body().get("args").toString())
        .isEqualTo("[{\"i\":1,\"new\":{\"deep\":[1.5]}},\"%s\",null,\"1\",19,1]".formatted(NEWER));
  }

  @Test
  void aNewColumnThatIsNotStoredAndNotRefusedIsNoticed() {
    writer(
            OnMisfit.TEXT,
            it ->
                it.statement().startsWith("SELECT oid")
                    ? "held"
                    : it.body().has("bulk_args") ? "bulk-taken" : "single-mixed-array")
        .write(puts("{\"i\": 1, \"new\": [1]}"));
    assertThat(sent(writes().getLast()))
        .containsExactly(
            "[\"1\",{\"i\":1},\"%s\",\"{\\\"i\\\": 1, \\\"new\\\": [1]}\"]".formatted(NEWER));
  }

  @Test
  void aRowThatChangedBeforeItWasRemovedIsLookedAtAgain() {
    RowWriter rows =
        writer(
            OnMisfit.TEXT,
            it -> {
              if (it.statement().startsWith("SELECT oid")) {
                return "held";
              }
              long deletes =
                  asked().stream().filter(a -> a.statement().startsWith("DELETE")).count();
              return deletes == 1 ? "bulk-delete-conflict-and-missing" : "bulk-delete-taken";
            });
    Map<String, Row> gone = new LinkedHashMap<>();
    gone.put("1", new Row.Gone(NEWER));
    gone.put("3", new Row.Gone(NEWER));
    rows.write(gone);
    assertThat(writes().stream().filter(it -> it.statement().startsWith("DELETE")).map(this::sent))
        .containsExactly(
            List.of("[\"1\",19,1]", "[\"3\",20,1]"), List.of("[\"1\",19,1]", "[\"3\",20,1]"));
  }

  @Test
  void whatIsNewerIsNeitherReplacedNorRemoved() {
    Map<String, Row> rows = new LinkedHashMap<>();
    rows.put("1", new Row.Gone("0"));
    rows.put("3", new Row.Put("0", "{\"new\": 1}".getBytes(StandardCharsets.UTF_8)));
    writer(OnMisfit.TEXT, any -> "held").write(rows);
    assertThat(writes())
        .extracting(it -> it.statement().substring(0, 10))
        .containsOnly("SELECT oid");
  }

  /** Such a node says that there are no tables, and it is not so. */
  @Test
  void aNodeThatHasOnlyJustStartedIsNotBelieved() {
    CrateClient asking =
        answering(it ->
            it.statement().contains("information_schema.tables")
                ? "no-tables-yet"
                : it.statement().startsWith("SELECT database_name")
                    ? "collections"
                    : "single-taken");
    CrateCatalog catalog =
        new CrateCatalog(
            asking,
            nobody(),
            new Misfits(OnMisfit.TEXT, new DeadLetters(asking, "doc", "pipeline")));
    catalog.load();
    assertThatThrownBy(catalog::vanished).hasMessageContaining("MR-CRATE-AWAY");
  }

  @Test
  void aBlockedTableIsWaitedFor() {
    for (String reply : List.of("blocked", "disk-full", "bulk-disk-full")) {
      RowWriter rows = writer(OnMisfit.TEXT, any -> reply);
      assertThatThrownBy(() -> rows.write(puts("{\"i\": 1}")))
          .hasMessageContaining("MR-CRATE-BLOCKED");
    }
  }
}
