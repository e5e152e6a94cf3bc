package dev.millrace.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.config.SinkConfig;
import dev.millrace.model.Change;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.CollectionCopy;
import dev.millrace.model.CommitPoint;
import dev.millrace.model.CopyState;
import dev.millrace.model.Generation;
import dev.millrace.model.KeyRange;
import dev.millrace.model.MillraceException;
import dev.millrace.model.Namespace;
import dev.millrace.model.Term;
import dev.millrace.sink.Delivery;
import dev.millrace.sink.Parcel;
import dev.millrace.sink.Sink;
import dev.millrace.testing.Changes;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonString;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a copy leaves in a database, beyond what every sink keeps to. */
public abstract class SqlCopyCases {
  private static final Namespace ORDERS = new Namespace("shop", "orders");
  private static final Term TERM = new Term(1);

  /** The time of the first event. */
  private static final String T1 = "6553F10000000001";

  private final Changes source = new Changes();
  private Sink sink;

  protected abstract FreshDatabase place();

  private Sink open(String pipeline) {
    return place().open(SinkConfig.Tables.USUAL, pipeline);
  }

  @BeforeEach
  void start() {
    sink = open("copy");
    sink.fence(TERM, Optional.empty());
  }

  @AfterEach
  void close() {
    sink.close();
  }

  private static BsonDocument doc(int id, String value) {
    return new BsonDocument("_id", new BsonInt32(id)).append("value", new BsonString(value));
  }

  private void deliver(Change... changes) {
    Parcel parcel = sink.newParcel();
    for (Change change : changes) {
      parcel.add(change);
    }
    parcel.send(source.checkpoint(TERM)).await();
  }

  private List<List<String>> query(String sql) {
    return new Reading(place()).query(sql);
  }

  private List<String> ids() {
    return query("SELECT id FROM orders ORDER BY id").stream().map(row -> row.get(0)).toList();
  }

  @Test
  void versionsACopiedRowBehindEveryEventOfItsTime() {
    source.begin();
    Change first = source.insert(ORDERS, doc(1, "a"));
    source.commit();
    deliver(first, source.read(ORDERS, doc(2, "b"), source.generation()));
    assertThat(query("SELECT id, version FROM orders ORDER BY id"))
        .containsExactly(List.of("1", T1 + "00000000"), List.of("2", T1 + "FFFFFFFF"));
  }

  @Test
  void sweepsUpToTheTimeTheCopyBegan() {
    source.begin();
    Change atTheTime = source.insert(ORDERS, doc(1, "event"));
    Change atTheTimeAndCopied = source.insert(ORDERS, doc(2, "event"));
    source.commit();
    Generation generation = source.generation();
    Change read = source.read(ORDERS, doc(2, "copied"), generation);
    Change alone = source.read(ORDERS, doc(3, "copied"), generation);
    Change later = source.insert(ORDERS, doc(4, "event"));
    deliver(atTheTime, atTheTimeAndCopied);
    deliver(new Change.Reset(ORDERS, generation));
    deliver(read, alone, later);
    // Readers have what is to be swept until it is.
    assertThat(ids()).containsExactly("1", "2", "3", "4");
    deliver(new Change.Swept(ORDERS, generation));
    assertThat(ids()).containsExactly("2", "3", "4");
    deliver(new Change.Swept(ORDERS, generation));
    assertThat(ids()).containsExactly("2", "3", "4");
  }

  @Test
  void sweepsRowsThatAPersonWroteWithoutAVersion() {
    deliver(source.drop(ORDERS));
    new Reading(place())
        .execute("CREATE TABLE orders (id TEXT PRIMARY KEY, document TEXT, version TEXT)");
    new Reading(place()).execute("INSERT INTO orders VALUES ('1', '{}', NULL), ('2', '{}', '')");
    new Reading(place()).execute("INSERT INTO orders VALUES ('3', '{}', NULL), ('4', '{}', NULL)");
    Generation generation = source.generation();
    deliver(source.read(ORDERS, doc(3, "copied"), generation));
    deliver(source.delete(ORDERS, new BsonInt32(4)));
    assertThat(ids()).containsExactly("1", "2", "3");
    deliver(new Change.Swept(ORDERS, generation));
    assertThat(ids()).containsExactly("3");
  }

  @Test
  void makesTheTableOfACollectionThatIsEmpty() {
    Generation generation = source.generation();
    deliver(new Change.Reset(ORDERS, generation), new Change.Swept(ORDERS, generation));
    assertThat(ids()).isEmpty();
  }

  @Test
  void writesCommitPointsThatPeopleCanRead() {
    assertThat(query("SELECT * FROM millrace_commits")).isEmpty();
    deliver(
        source.insert(ORDERS, doc(1, "a")),
        new Change.Committed(new CommitPoint(0, false, "shop.orders is being copied", List.of())));
    assertThat(query("SELECT committed_at IS NULL, cluster_time IS NULL FROM millrace_commits"))
        .containsExactly(List.of(place().truth(true), place().truth(true)));
    deliver(
        new Change.Committed(
            new CommitPoint(source.time(), true, "", List.of("shop.items", "shop.\"x\""))));
    assertThat(query("SELECT * FROM millrace_commits"))
        .containsExactly(
            List.of(
                "copy",
                place().instant("2023-11-14T22:13:20Z"),
                T1,
                place().truth(true),
                "",
                "[\"shop.items\", \"shop.\\\"x\\\"\"]",
                "0"));
    // Rows that the point speaks of.
    assertThat(
            query(
                "SELECT id FROM orders WHERE substr(version, 1, 16) <="
                    + " (SELECT cluster_time FROM millrace_commits WHERE pipeline = 'copy')"))
        .containsExactly(List.of("1"));
  }

  @Test
  void hasACommitPointForEachPipeline() {
    deliver(new Change.Committed(new CommitPoint(source.time(), true, "", List.of())));
    try (Sink other = open("other")) {
      other.fence(TERM, Optional.empty());
      Parcel parcel = other.newParcel();
      parcel.add(new Change.Committed(new CommitPoint(0, false, "not yet", List.of())));
      parcel.send(source.checkpoint(TERM)).await();
    }
    assertThat(query("SELECT pipeline, consistent FROM millrace_commits ORDER BY 1"))
        .containsExactly(
            List.of("copy", place().truth(true)), List.of("other", place().truth(false)));
  }

  @Test
  void undoesASweepAndACommitPointWithTheirTransaction() {
    deliver(source.insert(ORDERS, doc(1, "a")));
    new Reading(place()).execute("CREATE TABLE items (mine TEXT)");
    Generation generation = source.generation();
    assertThatThrownBy(() ->
            deliver(
                new Change.Swept(ORDERS, generation),
                new Change.Committed(new CommitPoint(source.time(), true, "", List.of())),
                source.insert(new Namespace("shop", "items"), doc(1, "a"))))
        .isInstanceOf(MillraceException.class);
    assertThat(ids()).containsExactly("1");
    assertThat(query("SELECT * FROM millrace_commits")).isEmpty();
  }

  @Test
  void goesOnFromTheCopyThatIsFurther() {
    deliver(source.insert(ORDERS, doc(1, "a")));
    Checkpoint own = sink.newParcel().send(source.checkpoint(TERM).with(copied(2))).await();
    sink.close();
    for (long revision : new long[] {1, 2, 3}) {
      Checkpoint stored = source.checkpoint(TERM).with(copied(revision)).marked(own.mark());
      try (Sink again = open("copy")) {
        assertThat(again.fence(TERM, Optional.of(stored))).contains(revision > 2 ? stored : own);
      }
    }
    Checkpoint further = own.at(source.highWater()).with(copied(1));
    try (Sink again = open("copy")) {
      assertThat(again.fence(TERM, Optional.of(further))).contains(further);
    }
  }

  /** A copy whose range's end is its revision, and so the number of rows. */
  private static CopyState copied(long revision) {
    CollectionCopy copy =
        CollectionCopy.pending(null, Generation.NONE, false)
            .withRanges(
                List.of(KeyRange.ALL.through(new BsonInt32((int) revision), false)), revision);
    return new CopyState(
        true, revision, true, Map.of(ORDERS, copy), 0, 0, false, CopyState.Edits.NONE);
  }

  @Test
  void closesInTheMiddleOfATransaction() throws Exception {
    long rows = 0;
    for (int round = 0; round < 20; round++) {
      sink.close();
      sink = open("copy");
      sink.fence(TERM, Optional.empty());
      Parcel parcel = sink.newParcel();
      while (!parcel.isFull()) {
        int id = (int) rows + parcel.changes();
        parcel.add(source.read(ORDERS, doc(id, "x"), Generation.NONE));
      }
      assertThat(parcel.changes()).isEqualTo(5_000);
      Delivery delivery =
          parcel.send(source.checkpoint(TERM).with(copied(rows + parcel.changes())));
      TimeUnit.MICROSECONDS.sleep(round * 1_500L);
      sink.close();
      boolean durable = false;
      try {
        delivery.await();
        durable = true;
      } catch (MillraceException e) {
        assertThat(e.failure().code()).isEqualTo(place().dialect().code("CLOSED"));
      }
      sink = open("copy");
      long held =
          sink.fence(TERM, Optional.empty())
              .map(checkpoint -> checkpoint.copy().revision())
              .orElse(0L);
      assertThat(held).isIn(rows, rows + parcel.changes());
      assertThat(durable).isIn(false, held > rows);
      rows = held;
      String count = rows == 0 ? "0" : query("SELECT count(*) FROM orders").getFirst().getFirst();
      assertThat(count).isEqualTo(Long.toString(rows));
    }
  }
}
