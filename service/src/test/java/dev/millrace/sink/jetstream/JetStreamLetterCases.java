package dev.millrace.sink.jetstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.config.SinkConfig;
import dev.millrace.letters.DeadLetter;
import dev.millrace.letters.DeadLetterBox;
import dev.millrace.letters.Which;
import dev.millrace.model.Change;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.CommitPoint;
import dev.millrace.model.Namespace;
import dev.millrace.model.Operation;
import dev.millrace.model.RawValue;
import dev.millrace.sink.Delivery;
import dev.millrace.sink.Parcel;
import io.nats.client.api.StreamInfoOptions;
import io.nats.client.impl.Headers;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonString;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Documents that no message can hold, and what stands in the stream for them. */
abstract class JetStreamLetterCases extends JetStreamFixture {
  private static final Namespace DOCS = new Namespace("samp", "docs");
  private static final String LARGE = "x".repeat(1 << 20);

  private JetStreamSink sink;
  private Checkpoint last = Samples.start(FIRST);

  JetStreamLetterCases(NatsKind kind) {
    super(kind);
  }

  @BeforeEach
  void start() {
    sink = open();
    sink.fence(FIRST, Optional.empty());
  }

  private SinkConfig.JetStream keeping() {
    return config(server(), SinkConfig.Misfits.DEAD_LETTER);
  }

  private JetStreamSink open() {
    return keep(JetStreamSink.open(keeping(), "test"));
  }

  private void put(Change... changes) {
    put(Stream.of(changes));
  }

  /** One parcel of changes, each made when it is its turn: a thousand of them would fill a heap. */
  private void put(Stream<? extends Change> changes) {
    Parcel parcel = sink.newParcel();
    changes.forEach(change -> {
      parcel.add(change);
      if (change instanceof Change.Streamed streamed) {
        last = last.at(streamed.event().position());
      }
    });
    last = parcel.send(last).await();
  }

  private static Change.Streamed large(int n) {
    return Samples.insert(n, LARGE);
  }

  private static Change.Streamed update(int n, int id, String text) {
    return Samples.upsert(n, Operation.UPDATE, new BsonInt32(id), "docs", text);
  }

  private static Change renewed(int id, String text) {
    BsonDocument document =
        new BsonDocument("_id", new BsonInt32(id)).append("text", new BsonString(text));
    return new Change.Renewed(
        DOCS, RawValue.of(new BsonInt32(id)), RawValue.of(document), Samples.SECONDS << 32);
  }

  private List<DeadLetter> letters() {
    try (DeadLetterBox box = JetStreamSink.letters(keeping(), "test")) {
      List<DeadLetter> letters = box.page(Which.ALL, Optional.empty(), 1_000);
      assertThat(box.count(Which.ALL)).isEqualTo(letters.size());
      return letters;
    }
  }

  private List<String> ids() {
    return letters().stream().map(DeadLetter::id).toList();
  }

  @Test
  void standsInItsPlaceWithEverythingButTheDocument() throws Exception {
    put(Samples.insert(1), large(2), Samples.insert(3));
    StreamReader reader = reader();
    assertThat(reader.subjects())
        .containsExactly(
            stream + ".docs.insert.1", stream + ".$dead.samp%2Edocs.2", stream + ".docs.insert.3");
    assertThat(reader.ids().get(1)).isEqualTo(Samples.token(2));
    BsonDocument body = BsonDocument.parse(StreamReader.body(reader.message(2)));
    String reason = body.getString("reason").getValue();
    assertThat(reason).startsWith("makes a message of 10").endsWith(stream + " takes 1048576");
    assertThat(body)
        .isEqualTo(
            BsonDocument.parse(
                """
                {"_id": {"_data": "%s"}, "operationType": "dead",
                 "clusterTime": {"$timestamp": {"t": 1795252834, "i": 2}},
                 "ns": {"db": "samp", "coll": "docs"}, "documentKey": {"_id": 2}, "id": "2",
                 "change": "insert", "code": "MR-NATS-TOO-LARGE", "reason": "%s"}
                """
                    .formatted(Samples.token(2), reason)));
    assertThat(sink.deadLetters()).isEqualTo(1);
    assertThat(letters())
        .singleElement()
        .satisfies(letter -> {
          assertThat(letter.namespace()).isEqualTo(DOCS);
          assertThat(letter.key()).contains(new BsonInt32(2));
          assertThat(letter.change()).isEqualTo("insert");
          assertThat(letter.at()).isEqualTo("2026-11-21T09:20:34Z");
        });
  }

  @Test
  void neverCarriesTheState() throws Exception {
    put(large(1));
    StreamReader reader = reader();
    assertThat(reader.subjects())
        .containsExactly(stream + ".$dead.samp%2Edocs.1", stream + ".$state");
    assertThat(reader.header(1, "Millrace-State")).isEmpty();
    try (DeadLetterBox box = JetStreamSink.letters(keeping(), "test")) {
      assertThat(box.discard(letters())).isEqualTo(1);
    }
    // Behind it all the same.
    assertThat(open().fence(SECOND, Optional.empty()).map(Checkpoint::position))
        .contains(Samples.position(1));
    assertThat(ids()).isEmpty();
  }

  @Test
  void endsWithALaterMessageOfItsDocumentAndOfItsCollection() {
    put(large(1), large(2), large(3), large(4));
    put(update(5, 1, "small"), Samples.delete(6, new BsonInt32(2)), update(7, 3, LARGE));
    assertThat(ids()).containsExactly("3", "4");
    assertThat(sink.deadLetters()).isEqualTo(2);
    sink = open();
    sink.fence(SECOND, Optional.of(last));
    assertThat(sink.deadLetters()).isEqualTo(2);
    put(renewed(3, LARGE), renewed(4, "small"));
    assertThat(ids()).containsExactly("3");
    BsonDocument dropped = Samples.event(8, Operation.DROP, "docs");
    put(new Change.Dropped(Samples.event(dropped, Operation.DROP, "docs")));
    assertThat(ids()).isEmpty();
    assertThat(sink.deadLetters()).isZero();
  }

  @Test
  void comesAndGoesWithinOneParcel() {
    put(large(1), update(2, 1, "small"), update(3, 1, LARGE), large(4), update(5, 4, "small"));
    assertThat(ids()).containsExactly("1");
    put(update(6, 1, "small"));
    assertThat(ids()).isEmpty();
  }

  @Test
  void endsAlsoWhileTheParcelThatBroughtItIsUnderWay() {
    Parcel first = sink.newParcel();
    first.add(large(1));
    Delivery underWay = first.send(last.at(Samples.position(1)));
    Parcel second = sink.newParcel();
    second.add(update(2, 1, "small"));
    underWay.await();
    last = second.send(last.at(Samples.position(2))).await();
    assertThat(ids()).isEmpty();
    assertThat(sink.deadLetters()).isZero();
  }

  @Test
  void isOverByTheEndOfItsCollectionAlsoWhereNobodyCameToRemoveIt() throws Exception {
    put(large(1));
    // As if the process had ended before the letter was removed.
    reader().publish(stream + ".docs.drop", new Headers(), "{}");
    assertThat(ids()).isEmpty();
  }

  @Test
  void isOverAlsoWhereNobodyCameToRemoveIt() throws Exception {
    put(large(1));
    StreamReader reader = reader();
    String letter = StreamReader.body(reader.message(1));
    put(update(2, 1, "small"));
    // As if the process had ended before the letter was removed.
    String other =
        letter.replace("{\"_id\": 1}", "{\"_id\": 9}").replace("\"id\": \"1\"", "\"id\": \"9\"");
    reader.publish(stream + ".$dead.samp%2Edocs.9", new Headers(), other);
    assertThat(ids()).containsExactly("9");
    reader.publish(stream + ".docs.update.9", new Headers(), "{}");
    assertThat(ids()).isEmpty();
    sink = open();
    sink.fence(SECOND, Optional.of(last));
    assertThat(sink.deadLetters()).isZero();
    assertThat(
            reader
                .manage()
                .getStreamInfo(stream, StreamInfoOptions.filterSubjects(stream + ".$dead.>"))
                .getStreamState()
                .getSubjects())
        .isEmpty();
  }

  @Test
  void holdsIdsThatNoSubjectDoes() {
    String id = "é".repeat(1_000);
    put(Samples.upsert(1, Operation.INSERT, new BsonString(id), "docs", ""));
    assertThat(letters())
        .singleElement()
        .satisfies(letter -> {
          assertThat(letter.id()).isEqualTo(id);
          assertThat(letter.key()).contains(new BsonString(id));
          assertThat(letter.reason()).startsWith("makes a subject of 6");
        });
    put(Samples.upsert(2, Operation.INSERT, new BsonString("k".repeat(1 << 20)), "docs", ""));
    assertThat(letters())
        .filteredOn(letter -> letter.id().startsWith("{\"$sha256\""))
        .singleElement()
        .satisfies(letter -> assertThat(letter.key()).isEmpty());
  }

  @Test
  void manyComeByPagesAndAreDiscardedAsTheyWereSeen() {
    put(IntStream.rangeClosed(1, 299).mapToObj(JetStreamLetterCases::large));
    assertThat(sink.deadLetters()).isEqualTo(299);
    try (DeadLetterBox box = JetStreamSink.letters(keeping(), "test")) {
      List<DeadLetter> seen = new ArrayList<>(box.page(Which.ALL, Optional.empty(), 180));
      seen.addAll(box.page(Which.ALL, Optional.of(seen.getLast().address()), 180));
      assertThat(seen).hasSize(299).extracting(DeadLetter::id).doesNotHaveDuplicates();
      put(update(1_000, 7, LARGE));
      assertThat(box.discard(seen)).isEqualTo(298);
      assertThat(ids()).containsExactly("7");
    }
    put(new Change.Committed(new CommitPoint(Samples.SECONDS << 32, true, "", List.of())));
    assertThat(sink.deadLetters()).isEqualTo(1);
  }

  @Test
  void hasNoneWhereThereIsNoStream() {
    stream = stream + "-none";
    assertThat(ids()).isEmpty();
  }
}
