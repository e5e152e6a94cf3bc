package dev.millrace.sql;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.config.SinkConfig;
import dev.millrace.json.JsonMode;
import dev.millrace.model.Change;
import dev.millrace.model.CopyState;
import dev.millrace.model.Namespace;
import dev.millrace.model.RawValue;
import dev.millrace.model.Term;
import dev.millrace.sink.Parcel;
import dev.millrace.sink.Sink;
import dev.millrace.table.TableName;
import dev.millrace.table.TableView;
import dev.millrace.testing.Changes;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonString;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a sink wrote, as it is looked at beside it. */
public abstract class TableViewCases {
  private static final Namespace ORDERS = new Namespace("shop", "orders");
  private static final Namespace ITEMS = new Namespace("shop", "items");
  private static final Term TERM = new Term(1);

  private final Changes source = new Changes();
  private final List<AutoCloseable> opened = new ArrayList<>();

  protected abstract FreshDatabase place();

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : opened) {
      each.close();
    }
  }

  private static SinkConfig.Tables tables(boolean softDeletes) {
    return new SinkConfig.Tables(
        JsonMode.RELAXED, TableName.OF_COLLECTION, softDeletes, softDeletes);
  }

  private Sink sink(boolean softDeletes) {
    Sink sink = place().open(tables(softDeletes), "p");
    opened.add(sink);
    sink.fence(TERM, Optional.empty());
    return sink;
  }

  private TableView view(boolean softDeletes) {
    TableView view = place().view(tables(softDeletes), "p");
    opened.add(view);
    return view;
  }

  private void deliver(Sink sink, Change... changes) {
    Parcel parcel = sink.newParcel();
    for (Change change : changes) {
      parcel.add(change);
    }
    parcel.send(source.checkpoint(TERM).with(CopyState.NEW)).await();
  }

  private Change[] inserts(Namespace namespace, int from, int to) {
    return IntStream.range(from, to)
        .mapToObj(i -> source.insert(namespace, doc(i)))
        .toArray(Change[]::new);
  }

  private static BsonDocument doc(int id) {
    return new BsonDocument("_id", new BsonInt32(id)).append("text", new BsonString("é" + id));
  }

  private Map<String, BsonDocument> rows(TableView view, List<String> keys) {
    Map<String, BsonDocument> rows = new HashMap<>();
    view.rows(
        ORDERS,
        keys,
        (key, json) -> rows.put(key, place().parse(new String(json, StandardCharsets.UTF_8))));
    return rows;
  }

  @Test
  void hasNothingWhereNothingWasWritten() {
    Sink sink = sink(false);
    TableView view = view(false);
    assertThat(view.collections()).isEmpty();
    deliver(sink, source.insert(ITEMS, doc(1)));
    assertThat(view.collections()).containsExactly(ITEMS);
    assertThat(view.keys(ORDERS, null, 10)).isEmpty();
    assertThat(rows(view, List.of("1"))).isEmpty();
    assertThat(view.deadLetters(ORDERS, List.of("1"))).isEmpty();
    assertThat(view.json()).isEqualTo(JsonMode.RELAXED);
    assertThat(view.keepsDropped()).isFalse();
  }

  @Test
  void pagesThroughKeysAsTheSinkWritesOn() {
    Sink sink = sink(false);
    deliver(sink, inserts(ORDERS, 10, 20));
    TableView view = view(false);
    assertThat(view.keys(ORDERS, null, 4)).containsExactly("10", "11", "12", "13");
    deliver(sink, source.delete(ORDERS, new BsonInt32(14)), source.insert(ORDERS, doc(135)));
    assertThat(view.keys(ORDERS, "13", 3)).containsExactly("135", "15", "16");
    assertThat(view.keys(ORDERS, "16", 10)).containsExactly("17", "18", "19");
    assertThat(view.keys(ORDERS, "19", 10)).isEmpty();
  }

  @Test
  void showsTheRowsOfManyKeysAndOfNoOthers() {
    Sink sink = sink(false);
    deliver(sink, inserts(ORDERS, 0, 1_300));
    List<String> keys = new ArrayList<>(IntStream.range(100, 1_250).mapToObj(i -> "" + i).toList());
    keys.add("5000");
    Map<String, BsonDocument> rows = rows(view(false), keys);
    assertThat(rows).hasSize(1_150).containsEntry("777", place().asHeld(doc(777)));
  }

  @Test
  void leavesOutWhatIsOnlyMarked() {
    Sink sink = sink(true);
    deliver(sink, inserts(ORDERS, 0, 3));
    deliver(sink, source.delete(ORDERS, new BsonInt32(1)));
    TableView view = view(true);
    assertThat(view.keys(ORDERS, null, 10)).containsExactly("0", "2");
    assertThat(rows(view, List.of("0", "1", "2"))).containsOnlyKeys("0", "2");
    assertThat(view.keepsDropped()).isTrue();
  }

  @Test
  void takesATableThatSomebodyDroppedForEmpty() {
    Sink sink = sink(false);
    deliver(sink, inserts(ORDERS, 0, 3));
    TableView view = view(false);
    new Reading(place()).execute("DROP TABLE orders");
    assertThat(view.collections()).containsExactly(ORDERS);
    assertThat(view.keys(ORDERS, null, 10)).isEmpty();
    assertThat(rows(view, List.of("0"))).isEmpty();
  }

  @Test
  void knowsTheDeadLettersOfItsPipelineAlone() {
    new Reading(place())
        .execute(
            "CREATE TABLE orders (id TEXT PRIMARY KEY, document %s, version TEXT, CHECK (document ->> 'text' <> 'é3'))"
                .formatted(place().documentType()));
    Sink sink = sink(false);
    deliver(sink, inserts(ORDERS, 0, 5));
    TableView view = view(false);
    assertThat(view.deadLetters(ORDERS, List.of("2", "3", "4"))).containsExactly("3");
    assertThat(view.deadLetters(ITEMS, List.of("3"))).isEmpty();
    TableView others = place().view(tables(false), "other");
    opened.add(others);
    assertThat(others.deadLetters(ORDERS, List.of("3"))).isEmpty();
  }

  @Test
  void knowsRowsByTheSinksKeys() {
    Sink sink = sink(false);
    BsonDocument document = new BsonDocument("_id", new BsonString("x".repeat(3_000)));
    deliver(sink, source.insert(ORDERS, document));
    TableView view = view(false);
    assertThat(view.keys(ORDERS, null, 10))
        .containsExactly(view.key(RawValue.of(document.getString("_id"))));
  }
}
