package dev.millrace.sink.jetstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.lab.EdgeValues;
import dev.millrace.model.Change;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.CollectionCopy;
import dev.millrace.model.CommitPoint;
import dev.millrace.model.CopyState;
import dev.millrace.model.Failure;
import dev.millrace.model.Generation;
import dev.millrace.model.KeyRange;
import dev.millrace.model.Namespace;
import dev.millrace.model.Operation;
import dev.millrace.model.RawValue;
import dev.millrace.model.Term;
import dev.millrace.sink.Parcel;
import io.nats.client.api.StreamConfiguration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.IntStream;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonString;
import org.bson.BsonValue;
import org.junit.jupiter.api.Test;

/** Copied rows, marks, and what is still to be copied, on every server. */
abstract class JetStreamCopyCases extends JetStreamFixture {
  private static final Namespace DOCS = new Namespace("samp", "docs");
  private static final Generation GENERATION = new Generation(Samples.token(0), 7L << 32 | 3);

  JetStreamCopyCases(NatsKind kind) {
    super(kind);
  }

  static Change.Read row(Namespace namespace, BsonValue id) {
    BsonDocument document = new BsonDocument("_id", id).append("text", new BsonString("t"));
    return new Change.Read(
        namespace, Samples.value(id), RawValue.of(document), GENERATION, 9L << 32 | 1);
  }

  static Change row(int id) {
    return row(DOCS, new BsonInt32(id));
  }

  static List<Change> rows(int from, int to) {
    return IntStream.rangeClosed(from, to).mapToObj(JetStreamCopyCases::row).toList();
  }

  /** At the start's position, with the copy in its n-th state. */
  static Checkpoint copying(int n) {
    CollectionCopy copy =
        CollectionCopy.pending(new UUID(1, 2), GENERATION, false)
            .withRanges(List.of(KeyRange.ALL.through(new BsonInt32(n), false)), n);
    return Samples.start(FIRST).with(state(n, Map.of(DOCS, copy)));
  }

  private static CopyState state(int revision, Map<Namespace, CollectionCopy> collections) {
    return new CopyState(true, revision, true, collections, 5, 4, false, CopyState.Edits.NONE);
  }

  /** Some 280 KB of it. */
  static CopyState manyCollections(int revision) {
    Map<Namespace, CollectionCopy> collections = new TreeMap<>();
    for (int i = 0; i < 500; i++) {
      BsonInt32 middle = new BsonInt32(i);
      List<KeyRange> ranges =
          List.of(
              new KeyRange(null, middle, new BsonInt32(i - 1), false),
              new KeyRange(middle, null, null, false));
      collections.put(
          new Namespace("samp", "collection" + i),
          CollectionCopy.pending(new UUID(i, i), GENERATION, true).withRanges(ranges, i));
    }
    return state(revision, collections);
  }

  static Checkpoint put(JetStreamSink sink, Checkpoint through, List<? extends Change> changes) {
    Parcel parcel = sink.newParcel();
    changes.forEach(parcel::add);
    return parcel.send(through).await();
  }

  @Test
  void rowsAndMarksAreMessagesBetweenTheOthers() throws Exception {
    JetStreamSink sink = sink();
    sink.fence(FIRST, Optional.empty());
    put(
        sink,
        copying(1).at(Samples.position(2)),
        List.of(
            Samples.insert(1),
            new Change.Reset(DOCS, GENERATION),
            row(7),
            row(DOCS, new BsonString("a.b")),
            row(new Namespace("samp", "$state"), new BsonInt32(1)),
            new Change.Swept(DOCS, GENERATION),
            new Change.Committed(new CommitPoint(9L << 32 | 1, true, "", List.of())),
            Samples.delete(2, new BsonInt32(7))));
    StreamReader reader = reader();
    assertThat(reader.subjects())
        .containsExactly(
            stream + ".docs.insert.1",
            stream + ".$reset",
            stream + ".docs.read.7",
            stream + ".docs.read.a%2Eb",
            stream + ".%24state.read.1",
            stream + ".$swept",
            stream + ".$commit",
            stream + ".docs.delete.7");
    assertThat(StreamReader.body(reader.message(2))).startsWith("{\"operationType\": \"reset\"");
    assertThat(StreamReader.body(reader.message(3)))
        .isEqualTo(
            """
            {"_id": {"_copy": "%s"}, "operationType": "read", \
            "clusterTime": {"$timestamp": {"t": 9, "i": 1}}, \
            "ns": {"db": "samp", "coll": "docs"}, "documentKey": {"_id": 7}, \
            "fullDocument": {"_id": 7, "text": "t"}}\
            """
                .formatted(GENERATION.id()));
    assertThat(StreamReader.body(reader.message(6))).startsWith("{\"operationType\": \"swept\"");
    assertThat(StreamReader.body(reader.message(7))).startsWith("{\"operationType\": \"commit\"");
  }

  @Test
  void theSameMarkIsStoredEachTime() throws Exception {
    JetStreamSink sink = sink();
    sink.fence(FIRST, Optional.empty());
    Change mark = new Change.Committed(new CommitPoint(9, true, "", List.of()));
    Checkpoint sent = put(sink, copying(1), List.of(mark, mark));
    assertThat(put(sink, sent, List.of(mark)).mark()).contains("\"sequence\": 3");
  }

  @Test
  void aRestartFindsTheCopyAsItWasWithKeysOfEveryType() {
    List<KeyRange> ranges = new ArrayList<>();
    for (BsonValue id : EdgeValues.ids()) {
      ranges.add(new KeyRange(id, id, id, ranges.size() % 2 == 0));
    }
    CollectionCopy copy =
        CollectionCopy.pending(null, GENERATION, true)
            .withRanges(ranges, 12)
            .withStatus(CollectionCopy.Status.UNREADABLE, "é \"why\"\n");
    CopyState state = state(5, Map.of(new Namespace("a", "b.$é"), copy));
    JetStreamSink sink = sink();
    sink.fence(FIRST, Optional.empty());
    Checkpoint sent = put(sink, Samples.start(FIRST).with(state), List.of(row(1), row(2)));
    assertThat(sent.copy()).isEqualTo(state);
    assertThat(sink().fence(FIRST, Optional.empty())).contains(sent);
    assertThat(sink().fence(SECOND, Optional.of(copying(1)))).contains(sent);
  }

  @Test
  void anEmptyParcelIsAMessageWhereTheCopyHasNewsOnly() throws Exception {
    JetStreamSink sink = sink();
    sink.fence(FIRST, Optional.empty());
    Checkpoint one = put(sink, copying(1), List.of());
    StreamReader reader = reader();
    assertThat(reader.subjects()).containsExactly(stream + ".$state");
    assertThat(Checkpoint.ofJson(StreamReader.body(reader.message(1)))).isEqualTo(copying(1));
    assertThat(one.mark()).contains("\"sequence\": 1");
    Checkpoint moved = put(sink, one.at(Samples.position(3)), List.of());
    assertThat(moved.position()).isEqualTo(Samples.position(3));
    assertThat(reader.last()).isEqualTo(1);
    JetStreamSink next = sink();
    assertThat(next.fence(SECOND, Optional.of(moved))).contains(moved);
    put(next, moved.in(SECOND), List.of());
    assertThat(reader.last()).isEqualTo(1);
    Checkpoint two = put(next, copying(2).in(SECOND), List.of());
    assertThat(reader.last()).isEqualTo(2);
    assertThat(sink().fence(SECOND, Optional.of(moved))).contains(two);
  }

  @Test
  void aStateThatNoHeaderHoldsIsAMessageAndIsPointedToUntilItChanges() throws Exception {
    JetStreamSink sink = sink();
    sink.fence(FIRST, Optional.empty());
    Checkpoint start = Samples.start(FIRST).with(manyCollections(3));
    Checkpoint one = put(sink, start.at(Samples.position(1)), List.of(Samples.insert(1), row(1)));
    StreamReader reader = reader();
    assertThat(reader.subjects())
        .containsExactly(stream + ".docs.insert.1", stream + ".docs.read.1", stream + ".$state");
    assertThat(reader.message(3).getData()).hasSizeGreaterThan(100_000);
    assertThat(reader.header(3, "Millrace-State-In-Body")).contains("1");
    assertThat(sink().fence(FIRST, Optional.empty())).contains(one);

    Checkpoint two = put(sink, one.at(Samples.position(3)), List.copyOf(inserts(2, 3)));
    assertThat(reader.header(5, "Millrace-State").orElseThrow()).hasSizeLessThan(1_000);
    assertThat(reader.header(5, "Millrace-Copy-At")).contains("3");
    assertThat(sink().fence(FIRST, Optional.empty())).contains(two);

    put(sink, two.at(Samples.position(4)), List.of(Samples.insert(4)));
    assertThat(reader.header(6, "Millrace-Copy-At")).contains("3");
    Checkpoint four =
        put(sink, two.with(manyCollections(4)).at(Samples.position(5)), List.of(Samples.insert(5)));
    assertThat(reader.message(8).getSubject()).isEqualTo(stream + ".$state");
    assertThat(sink().fence(FIRST, Optional.empty())).contains(four);

    // Whoever begins writes it whole again.
    JetStreamSink next = sink();
    Checkpoint found = next.fence(SECOND, Optional.of(four)).orElseThrow().in(SECOND);
    put(next, found.at(Samples.position(6)), List.of(Samples.insert(6)));
    assertThat(reader.message(10).getSubject()).isEqualTo(stream + ".$state");
  }

  @Test
  void withoutTheMessageThatIsPointedToTheStoredStateHolds() throws Exception {
    JetStreamSink sink = sink();
    sink.fence(FIRST, Optional.empty());
    Checkpoint one = put(sink, Samples.start(FIRST).with(manyCollections(3)), List.of(row(1)));
    Checkpoint two = put(sink, one.at(Samples.position(1)), List.of(Samples.insert(1)));
    reader().manage().deleteMessage(stream, 2);
    assertThat(sink().fence(SECOND, Optional.of(two))).contains(two);
    assertThat(sink().fence(SECOND, Optional.of(one))).contains(one.marked(two.mark()));
  }

  @Test
  void aStateThatNoMessageHoldsStopsBeforeAnythingIsSent() throws Exception {
    StreamReader reader = reader();
    reader.make(StreamConfiguration.builder().subjects(stream + ".>").maximumMessageSize(50_000));
    JetStreamSink sink = sink();
    sink.fence(FIRST, Optional.empty());
    Checkpoint large = Samples.start(FIRST).with(manyCollections(3));
    for (List<Change> changes : List.of(List.<Change>of(), List.of(row(1), row(2)))) {
      Failure failure = failure(() -> put(sink, large, changes));
      assertThat(failure).isInstanceOf(Failure.Fatal.class);
      assertThat(failure.code()).isEqualTo("MR-NATS-STATE-TOO-LARGE");
      assertThat(failure.message()).contains("500 collections", "50000", "max_payload");
    }
    assertThat(reader.last()).isZero();
  }

  @Test
  void aRowThatIsTooLargeIsNamed() {
    JetStreamSink sink = sink();
    sink.fence(FIRST, Optional.empty());
    Change row = row(DOCS, new BsonString("x".repeat(1 << 20)));
    Failure failure = failure(() -> sink.newParcel().add(row));
    assertThat(failure.code()).isEqualTo("MR-NATS-TOO-LARGE");
    assertThat(failure.message())
        .contains("copied row of samp.docs", "xxx…", "max_payload", "leave the collection out");
  }

  @Test
  void aParcelCutAmongRowsCopiesOnFromTheStateBeforeIt() throws Exception {
    JetStreamSink sink = sink();
    sink.fence(FIRST, Optional.empty());
    Checkpoint one =
        put(sink, copying(1).at(Samples.position(1)), List.of(Samples.insert(1), row(1)));
    List<Change> cut = List.of(row(2), Samples.insert(2), row(3), row(4), row(5));
    Checkpoint two = put(sink, copying(2).at(Samples.position(2)), cut);
    StreamReader reader = reader();
    reader.manage().deleteMessage(stream, 7);
    for (Optional<Checkpoint> stored : List.of(Optional.<Checkpoint>empty(), Optional.of(one))) {
      Checkpoint found = sink().fence(SECOND, stored).orElseThrow();
      assertThat(found.copy()).isEqualTo(one.copy());
      assertThat(found.position()).isEqualTo(Samples.position(2));
      assertThat(found.deployment()).isEqualTo("rs0-id");
    }
    // What was stored behind all of it knows better than the state before the cut.
    assertThat(sink().fence(SECOND, Optional.of(two))).contains(two);
    reader.manage().deleteMessage(stream, 6);
    reader.manage().deleteMessage(stream, 5);
    reader.manage().deleteMessage(stream, 4);
    assertThat(sink().fence(SECOND, Optional.empty())).contains(one.marked(two.mark()));
  }

  @Test
  void aCutBehindAChangeOfACollectionTellsOfItAgain() throws Exception {
    JetStreamSink sink = sink();
    sink.fence(FIRST, Optional.empty());
    Checkpoint one = put(sink, copying(1), List.of(row(1)));
    BsonDocument drop = Samples.event(3, Operation.DROP, "docs");
    List<Change> changes = new ArrayList<>(inserts(1, 2));
    changes.add(new Change.Dropped(Samples.event(drop, Operation.DROP, "docs")));
    CopyState after = manyCollections(2);
    put(sink, Samples.start(FIRST).with(after).at(Samples.position(3)), changes);
    StreamReader reader = reader();
    assertThat(reader.message(5).getSubject()).isEqualTo(stream + ".$state");
    reader.manage().deleteMessage(stream, 5);
    Checkpoint found = sink().fence(SECOND, Optional.of(one)).orElseThrow();
    assertThat(found.position()).isEqualTo(Samples.position(2));
    assertThat(found.copy()).isEqualTo(one.copy());
  }

  @Test
  void withoutAnyStateTheStoredOneHoldsAsItIs() throws Exception {
    JetStreamSink sink = sink();
    sink.fence(FIRST, Optional.empty());
    Checkpoint one = put(sink, copying(1), List.of(row(1), Samples.insert(1), row(2)));
    reader().manage().deleteMessage(stream, 3);
    assertThat(sink().fence(SECOND, Optional.of(one.at(Samples.position(0)))))
        .contains(one.at(Samples.position(0)));
    assertThat(sink().fence(SECOND, Optional.empty()).map(Checkpoint::position))
        .as("as it was before anything was copied")
        .contains(Samples.position(1));
  }

  @Test
  void whatAMessageCarriedIsNotDroppedWithIt() throws Exception {
    JetStreamSink first = sink();
    first.fence(FIRST, Optional.empty());
    put(first, copying(1).at(Samples.position(3)), List.copyOf(inserts(1, 3)));
    int revision = 1;
    for (List<Change.Streamed> again : List.of(inserts(2, 3), inserts(3, 3))) {
      Term term = new Term(++revision);
      Checkpoint set = copying(1).in(term).at(Samples.position(1));
      JetStreamSink sink = sink();
      Checkpoint back = sink.fence(term, Optional.of(set)).orElseThrow();
      assertThat(back.position()).isEqualTo(Samples.position(1));
      Checkpoint next = back.with(copying(revision).copy()).at(Samples.position(3));
      Checkpoint sent = put(sink, next, again);
      assertThat(reader().subjects().getLast()).isEqualTo(stream + ".$state");
      assertThat(sink().fence(term, Optional.empty())).contains(sent);
    }
    assertThat(reader().last()).isEqualTo(5);
  }

  @Test
  void aStateOfAHigherTermFences() throws Exception {
    JetStreamSink old = sink();
    old.fence(FIRST, Optional.empty());
    JetStreamSink young = sink();
    young.fence(SECOND, Optional.empty());
    put(young, copying(1).in(SECOND), List.of());
    assertThat(failure(() -> sink().fence(FIRST, Optional.empty())))
        .isInstanceOfSatisfying(Failure.Fenced.class, it -> assertThat(it.by()).isEqualTo(SECOND));
    for (List<Change> changes : List.of(List.<Change>of(), List.of(row(1), row(2)))) {
      assertThat(failure(() -> put(old, copying(1), changes))).isInstanceOf(Failure.Fenced.class);
    }
    assertThat(reader().last()).isEqualTo(1);
  }
}
