package dev.millrace.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.config.SinkConfig;
import dev.millrace.config.SinkConfig.Misfits;
import dev.millrace.json.JsonMode;
import dev.millrace.model.Change;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.CommitPoint;
import dev.millrace.model.CopyState;
import dev.millrace.model.Failure;
import dev.millrace.model.Generation;
import dev.millrace.model.MillraceException;
import dev.millrace.model.Namespace;
import dev.millrace.model.Term;
import dev.millrace.sink.Parcel;
import dev.millrace.sink.Sink;
import dev.millrace.table.TableName;
import dev.millrace.testing.Changes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonString;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Documents that a person's table does not take. */
public abstract class DeadLetterCases {
  private static final Namespace ORDERS = new Namespace("shop", "orders");
  private static final Namespace ITEMS = new Namespace("shop", "items");
  private static final Term TERM = new Term(1);
  private static final String LETTERS =
      "SELECT collection_name, id, code FROM millrace_dead_letters ORDER BY 1, 2";

  private final Changes source = new Changes();
  private final List<Sink> opened = new ArrayList<>();
  private Sink sink;

  protected abstract FreshDatabase place();

  private Sink open(Misfits misfits) {
    Sink made =
        place()
            .open(
                new SinkConfig.Tables(
                    JsonMode.RELAXED, TableName.OF_COLLECTION, false, false, misfits),
                "orders");
    opened.add(made);
    return made;
  }

  @BeforeEach
  void start() {
    reading()
        .execute(
            "CREATE TABLE orders (id TEXT PRIMARY KEY, document %s, version TEXT, CHECK (document ->> 'value' <> 'bad'))"
                .formatted(place().documentType()));
    sink = open(Misfits.DEAD_LETTER);
    sink.fence(TERM, Optional.empty());
  }

  @AfterEach
  void close() {
    opened.forEach(Sink::close);
  }

  private Reading reading() {
    return new Reading(place());
  }

  private static BsonDocument doc(int id, String value) {
    return new BsonDocument("_id", new BsonInt32(id)).append("value", new BsonString(value));
  }

  private Map.Entry<String, BsonDocument> held(int id, String value) {
    return Map.entry(Integer.toString(id), place().asHeld(doc(id, value)));
  }

  private Checkpoint deliver(Change... changes) {
    return deliver(sink, changes);
  }

  /** As a pipeline does it: what may pass by itself is tried again. */
  private void deliverPatiently(Change... changes) {
    try {
      deliver(changes);
    } catch (MillraceException e) {
      assertThat(e.failure()).isInstanceOf(Failure.Transient.class);
      deliver(changes);
    }
  }

  private Checkpoint deliver(Sink to, Change... changes) {
    Parcel parcel = to.newParcel();
    for (Change change : changes) {
      parcel.add(change);
    }
    return parcel.send(source.checkpoint(TERM).with(CopyState.NEW)).await();
  }

  private String code() {
    return place().dialect().code("MISFIT");
  }

  private List<String> rows() {
    return reading().lines("SELECT id, document ->> 'value' FROM orders ORDER BY id");
  }

  @Test
  void keepsWhatDoesNotFitAndWritesAllElse() {
    List<Change> changes = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      changes.add(source.insert(ORDERS, doc(i, i % 10 == 3 ? "bad" : "good")));
      changes.add(source.insert(ITEMS, doc(i, "bad")));
    }
    Checkpoint last = deliver(changes.toArray(new Change[0]));
    assertThat(rows()).hasSize(90).noneMatch(row -> row.endsWith("bad"));
    assertThat(reading().lines("SELECT count(*) FROM items")).containsExactly("100");
    assertThat(reading().lines(LETTERS))
        .hasSize(10)
        .contains("orders|3|" + code(), "orders|93|" + code());
    assertThat(reading().lines("SELECT document FROM millrace_dead_letters WHERE id = '13'"))
        .containsExactly("{\"_id\": 13, \"value\": \"bad\"}");
    assertThat(reading().lines("SELECT reason FROM millrace_dead_letters WHERE id = '13'"))
        .first()
        .asString()
        .containsIgnoringCase("check");
    assertThat(sink.deadLetters()).isEqualTo(10);
    Sink again = open(Misfits.DEAD_LETTER);
    assertThat(again.fence(TERM, Optional.empty())).contains(last);
    assertThat(again.deadLetters()).isEqualTo(10);
  }

  @Test
  void endsALetterWithALaterStateThatFits() {
    deliver(source.insert(ORDERS, doc(1, "a")), source.insert(ORDERS, doc(2, "a")));
    deliver(
        source.update(ORDERS, doc(1, "bad")),
        source.update(ORDERS, doc(2, "bad")),
        source.insert(ORDERS, doc(3, "bad")),
        source.insert(ORDERS, doc(4, "bad")));
    // What fitted last stays.
    assertThat(rows()).containsExactly("1|a", "2|a");
    assertThat(sink.deadLetters()).isEqualTo(4);
    deliver(source.update(ORDERS, doc(1, "b")), source.delete(ORDERS, new BsonInt32(2)));
    assertThat(rows()).containsExactly("1|b");
    assertThat(reading().lines(LETTERS))
        .containsExactly("orders|3|" + code(), "orders|4|" + code());
    deliver(source.read(ORDERS, doc(3, "copied"), Generation.NONE));
    assertThat(reading().lines(LETTERS)).containsExactly("orders|4|" + code());
    deliver(source.drop(ORDERS));
    assertThat(reading().lines(LETTERS)).isEmpty();
    assertThat(sink.deadLetters()).isZero();
  }

  @Test
  void replacesALetterByANewerOneOfItsDocument() {
    deliver(source.insert(ORDERS, doc(1, "bad")));
    BsonDocument worse = doc(1, "bad").append("more", new BsonString("of it"));
    deliver(source.update(ORDERS, worse), source.insert(ORDERS, doc(2, "good")));
    assertThat(reading().lines("SELECT document FROM millrace_dead_letters"))
        .containsExactly("{\"_id\": 1, \"value\": \"bad\", \"more\": \"of it\"}");
  }

  @Test
  void movesLettersWithTheirCollection() {
    deliver(source.insert(ORDERS, doc(1, "bad")));
    deliver(source.rename(ORDERS, ITEMS));
    assertThat(reading().lines(LETTERS)).containsExactly("items|1|" + code());
  }

  @Test
  void sweepsLettersOfWhatIsGone() {
    deliver(source.insert(ORDERS, doc(1, "bad")), source.insert(ORDERS, doc(2, "bad")));
    Generation next = source.generation();
    source.highWater();
    deliver(
        new Change.Reset(ORDERS, next),
        source.read(ORDERS, doc(2, "bad"), next),
        new Change.Swept(ORDERS, next));
    assertThat(reading().lines(LETTERS)).containsExactly("orders|2|" + code());
  }

  @Test
  void tellsTheirNumberWithTheCommitPoint() {
    deliver(source.insert(ORDERS, doc(1, "bad")), source.insert(ORDERS, doc(2, "bad")));
    deliver(new Change.Committed(new CommitPoint(source.time(), true, "", List.of())));
    assertThat(reading().lines("SELECT dead_letters FROM millrace_commits")).containsExactly("2");
  }

  @Test
  void stopsWhereItIsToldTo() {
    sink.close();
    Sink stopping = open(Misfits.STOP);
    stopping.fence(TERM, Optional.empty());
    assertThatThrownBy(() ->
            deliver(
                stopping,
                source.insert(ORDERS, doc(1, "good")),
                source.insert(ORDERS, doc(2, "bad"))))
        .isInstanceOfSatisfying(
            MillraceException.class,
            e -> {
              assertThat(e.failure().code()).isEqualTo(code());
              assertThat(e.failure().message()).contains("document 2 of shop.orders");
            });
    assertThat(rows()).isEmpty();
    assertThat(reading().lines(LETTERS)).isEmpty();
  }

  /** In full with {@code -Dmisfits.rows=100000}. */
  @Test
  void findsAThousandAmongManyThousands() {
    int rows = Integer.getInteger("misfits.rows", 5_000);
    for (int id = 0; id < rows; ) {
      Parcel parcel = sink.newParcel();
      for (; id < rows && !parcel.isFull(); id++) {
        parcel.add(source.insert(ORDERS, doc(id, id % (rows / 1_000) == 0 ? "bad" : "good")));
      }
      parcel.send(source.checkpoint(TERM)).await();
    }
    assertThat(rows()).hasSize(rows - 1_000);
    assertThat(sink.deadLetters()).isEqualTo(1_000);
  }

  @Test
  void keepsWhatATableDoesNotTakeAnyMoreUntilItDoesAgain() {
    String text = "longer than forty characters, whatever else it is";
    deliver(source.insert(ITEMS, doc(1, "a")), source.insert(ITEMS, doc(2, "a")));
    place().narrow("items", 40);
    deliverPatiently(
        source.update(ITEMS, doc(1, text)),
        source.update(ITEMS, doc(2, "b")),
        source.insert(ITEMS, doc(3, text)));
    assertThat(reading().lines(LETTERS)).containsExactly("items|1|" + code(), "items|3|" + code());
    assertThat(reading().documents(ITEMS)).containsOnly(held(1, "a"), held(2, "b"));
    place().widen("items");
    deliverPatiently(
        source.read(ITEMS, doc(1, text), Generation.NONE), source.update(ITEMS, doc(3, text)));
    assertThat(reading().lines(LETTERS)).isEmpty();
    assertThat(reading().documents(ITEMS)).containsOnly(held(1, text), held(2, "b"), held(3, text));
  }
}
