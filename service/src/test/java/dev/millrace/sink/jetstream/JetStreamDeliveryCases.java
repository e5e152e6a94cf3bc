package dev.millrace.sink.jetstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.config.Secret;
import dev.millrace.config.SinkConfig;
import dev.millrace.json.JsonMode;
import dev.millrace.lab.NatsServer;
import dev.millrace.model.Change;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;
import dev.millrace.model.Namespace;
import dev.millrace.model.Operation;
import dev.millrace.sink.Delivery;
import dev.millrace.sink.Parcel;
import io.nats.client.api.DiscardPolicy;
import io.nats.client.api.MessageInfo;
import io.nats.client.api.RetentionPolicy;
import io.nats.client.api.StreamConfiguration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.bson.BsonDocument;
import org.bson.BsonInt64;
import org.bson.BsonObjectId;
import org.bson.BsonString;
import org.bson.types.ObjectId;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What is written, on every server. */
abstract class JetStreamDeliveryCases extends JetStreamFixture {
  JetStreamDeliveryCases(NatsKind kind) {
    super(kind);
  }

  @Test
  void aFirstStartHasNothing() throws Exception {
    assertThat(sink().fence(FIRST, Optional.empty())).isEmpty();
    assertThat(reader().info().getConfiguration().getSubjects()).containsExactly(stream + ".>");
  }

  @Test
  void messagesAreInOrderWithTheirIdsAndTheLastHasTheState() throws Exception {
    JetStreamSink sink = sink();
    sink.fence(FIRST, Optional.empty());
    Checkpoint one = send(sink, Samples.start(FIRST), inserts(1, 1_000)).await();
    Checkpoint two = send(sink, one, inserts(1_001, 1_003)).await();
    Checkpoint three = deliver(sink, two, Samples.insert(1_004));
    StreamReader reader = reader();
    assertThat(reader.ids())
        .isEqualTo(IntStream.rangeClosed(1, 1_004).mapToObj(Samples::token).toList());
    assertThat(three.position()).isEqualTo(Samples.position(1_004));
    assertThat(three.mark()).contains("\"sequence\": 1004").contains(stream);
    for (long sequence : new long[] {1_000, 1_003, 1_004}) {
      String state = StreamReader.header(reader.message(sequence), "Millrace-State").orElseThrow();
      Checkpoint told = Checkpoint.ofJson(state);
      assertThat(told.position()).isEqualTo(Samples.position((int) sequence));
      assertThat(told.term()).isEqualTo(FIRST);
      assertThat(told.deployment()).isEqualTo("rs0-id");
    }
    assertThat(StreamReader.header(reader.message(999), "Millrace-State")).isEmpty();
  }

  @Test
  void subjectsAndBodiesAreWhatConsumersOfTheConnectorKnow() throws Exception {
    JetStreamSink sink = sink();
    sink.fence(FIRST, Optional.empty());
    BsonObjectId id = new BsonObjectId(new ObjectId("000000000000000000000001"));
    BsonDocument renamed =
        Samples.event(6, Operation.RENAME, "docs")
            .append(
                "to",
                new BsonDocument("db", new BsonString("samp"))
                    .append("coll", new BsonString("other")))
            .append("operationDescription", new BsonDocument("dropTarget", new BsonString("x")));
    BsonDocument dropped = Samples.event(7, Operation.DROP, "a.b c");
    BsonDocument gone = Samples.event(8, Operation.DROP_DATABASE, "");
    deliver(
        sink,
        Samples.start(FIRST),
        Samples.upsert(1, Operation.INSERT, id, "docs", "é \"1\""),
        Samples.upsert(2, Operation.UPDATE, new BsonInt64(7), "docs", ""),
        Samples.upsert(3, Operation.REPLACE, new BsonString("a.b *"), "docs", ""),
        Samples.delete(4, id),
        new Change.Created(
            Samples.event(Samples.event(5, Operation.CREATE, "x"), Operation.CREATE, "x")),
        new Change.Renamed(
            Samples.event(renamed, Operation.RENAME, "docs"), new Namespace("samp", "other")),
        new Change.Dropped(Samples.event(dropped, Operation.DROP, "a.b c")),
        new Change.DatabaseDropped(Samples.event(gone, Operation.DROP_DATABASE, "")));
    StreamReader reader = reader();
    assertThat(reader.subjects())
        .containsExactly(
            stream + ".docs.insert.000000000000000000000001",
            stream + ".docs.update.7",
            stream + ".docs.replace.a%2Eb%20%2A",
            stream + ".docs.delete.000000000000000000000001",
            stream + ".docs.rename",
            stream + ".a%2Eb%20c.drop",
            stream + ".dropDatabase");
    MessageInfo insert = reader.message(1);
    assertThat(StreamReader.body(insert))
        .isEqualTo(
            """
            {"_id": {"_data": "%s"}, "operationType": "insert", \
            "clusterTime": {"$timestamp": {"t": 1795252834, "i": 1}}, \
            "wallTime": {"$date": "2026-11-21T09:20:34.871Z"}, \
            "ns": {"db": "samp", "coll": "docs"}, \
            "fullDocument": {"_id": {"$oid": "000000000000000000000001"}, "text": "é \\"1\\""}, \
            "documentKey": {"_id": {"$oid": "000000000000000000000001"}}}\
            """
                .formatted(Samples.token(1)));
    assertThat(StreamReader.header(insert, "Nats-Msg-Id")).contains(Samples.token(1));
    assertThat(StreamReader.body(reader.message(5)))
        .contains("\"to\": {\"db\": \"samp\", \"coll\": \"other\"}")
        .doesNotContain("operationDescription")
        .doesNotContain("collectionUUID");
  }

  @Test
  void theDatabaseStandsInTheSubjectWhereSeveralAreFollowed() throws Exception {
    SinkConfig.JetStream c = config(server());
    JetStreamSink sink =
        keep(
            JetStreamSink.open(
                new SinkConfig.JetStream(
                    c.servers(), stream, c.login(), c.tls(), true, JsonMode.CANONICAL, 1),
                "test"));
    sink.fence(FIRST, Optional.empty());
    BsonDocument gone = Samples.event(2, Operation.DROP_DATABASE, "");
    deliver(
        sink,
        Samples.start(FIRST),
        Samples.insert(1),
        new Change.DatabaseDropped(Samples.event(gone, Operation.DROP_DATABASE, "")));
    StreamReader reader = reader();
    assertThat(reader.subjects())
        .containsExactly(stream + ".samp.docs.insert.1", stream + ".samp.dropDatabase");
    assertThat(StreamReader.body(reader.message(1))).contains("{\"$numberInt\": \"1\"}");
  }

  @Test
  void aParcelOfNothingToPublishMovesThePositionOnly() throws Exception {
    JetStreamSink sink = sink();
    sink.fence(FIRST, Optional.empty());
    BsonDocument created = Samples.event(1, Operation.CREATE, "x");
    Checkpoint after =
        deliver(
            sink,
            Samples.start(FIRST),
            new Change.Created(Samples.event(created, Operation.CREATE, "x")));
    assertThat(after.position()).isEqualTo(Samples.position(1));
    assertThat(reader().last()).isZero();
  }

  @Test
  void aParcelIsFullAtAThousandMessagesWithTheStatesOrFourMegabytes() {
    JetStreamSink sink = sink();
    sink.fence(FIRST, Optional.empty());
    Parcel many = sink.newParcel();
    inserts(1, 998).forEach(many::add);
    assertThat(many.isFull()).isFalse();
    many.add(Samples.insert(999));
    assertThat(many.isFull()).isTrue();
    Parcel large = sink.newParcel();
    while (!large.isFull()) {
      large.add(Samples.insert(large.changes() + 1, "x".repeat(500_000)));
    }
    assertThat(large.changes()).isEqualTo(9);
    large.send(Samples.start(FIRST).at(Samples.position(9))).await();
  }

  @Test
  void aChangeThatIsTooLargeIsNamedAndTheParcelStays() throws Exception {
    JetStreamSink sink = sink();
    sink.fence(FIRST, Optional.empty());
    Parcel parcel = sink.newParcel();
    parcel.add(Samples.insert(1));
    long bytes = parcel.bytes();
    Failure failure = failure(() -> parcel.add(Samples.insert(2, "x".repeat(1 << 20))));
    assertThat(failure).isInstanceOf(Failure.Fatal.class);
    assertThat(failure.code()).isEqualTo("MR-NATS-TOO-LARGE");
    assertThat(failure.message())
        .contains("samp.docs", "_id 2", "1048576", "millrace position skip", "max_payload");
    assertThat(parcel.bytes()).isEqualTo(bytes);
    assertThat(parcel.changes()).isEqualTo(1);
    parcel.send(Samples.start(FIRST).at(Samples.position(1))).await();
    assertThat(reader().last()).isEqualTo(1);
  }

  @Test
  void anIdThatNoSubjectHoldsIsNamed() {
    JetStreamSink sink = sink();
    sink.fence(FIRST, Optional.empty());
    Parcel parcel = sink.newParcel();
    Change.Streamed change =
        Samples.upsert(1, Operation.INSERT, new BsonString("é".repeat(1_000)), "docs", "");
    Failure failure = failure(() -> parcel.add(change));
    assertThat(failure.code()).isEqualTo("MR-NATS-TOO-LARGE");
    assertThat(failure.message()).contains("a subject of");
  }

  @Test
  void aMessageWithoutRoomForTheStateIsStillAPlaceToGoOnFrom() throws Exception {
    JetStreamSink sink = sink();
    sink.fence(FIRST, Optional.empty());
    Parcel parcel = sink.newParcel();
    parcel.add(Samples.insert(1));
    for (int size = (1 << 20) - 100; parcel.changes() == 1; size -= 10) {
      addIfItFits(parcel, Samples.insert(2, "x".repeat(size)));
    }
    String scope = "s".repeat(500);
    Checkpoint start = new Checkpoint(Samples.position(0), FIRST, "rs0-id", scope, "");
    parcel.send(start.at(Samples.position(2))).await();
    assertThat(StreamReader.header(reader().message(2), "Millrace-State")).isEmpty();
    Optional<Checkpoint> next = sink().fence(SECOND, Optional.of(start));
    assertThat(next.map(Checkpoint::position)).contains(Samples.position(2));
    assertThat(next.map(Checkpoint::scope)).contains(scope);
  }

  private static void addIfItFits(Parcel parcel, Change.Streamed change) {
    try {
      parcel.add(change);
    } catch (MillraceException e) {
      assertThat(e.failure().code()).isEqualTo("MR-NATS-TOO-LARGE");
    }
  }

  @Test
  void whatIsInTheStreamAlreadyIsDroppedByTheServer() throws Exception {
    JetStreamSink first = sink();
    first.fence(FIRST, Optional.empty());
    send(first, Samples.start(FIRST), inserts(1, 5)).await();
    Checkpoint set = new Checkpoint(Samples.position(2), SECOND, "rs0-id", "scope", "");
    JetStreamSink again = sink();
    Checkpoint back = again.fence(SECOND, Optional.of(set)).orElseThrow();
    Checkpoint eight = send(again, back, inserts(3, 8)).await();
    assertThat(reader().ids())
        .isEqualTo(IntStream.rangeClosed(1, 8).mapToObj(Samples::token).toList());
    assertThat(eight.mark()).contains("\"sequence\": 8");
    assertThat(StreamReader.header(reader().message(8), "Millrace-State")).isPresent();
    Checkpoint nine = deliver(again, eight, Samples.insert(9));
    assertThat(nine.mark()).contains("\"sequence\": 9");
  }

  @Test
  void aParcelOfDuplicatesOnlyLeavesTheStreamAsItIs() throws Exception {
    JetStreamSink first = sink();
    first.fence(FIRST, Optional.empty());
    Checkpoint five = send(first, Samples.start(FIRST), inserts(1, 5)).await();
    Checkpoint set = new Checkpoint(Samples.position(2), SECOND, "rs0-id", "scope", "");
    JetStreamSink again = sink();
    Checkpoint back = again.fence(SECOND, Optional.of(set)).orElseThrow();
    Checkpoint after = send(again, back, inserts(3, 5)).await();
    assertThat(after.mark()).isEqualTo(five.mark());
    Checkpoint six = deliver(again, after, Samples.insert(5), Samples.insert(6));
    assertThat(six.mark()).contains("\"sequence\": 6");
    assertThat(reader().last()).isEqualTo(6);
  }

  @Test
  void aLostAcknowledgementIsSettledByTheStreamsEnd() throws Exception {
    try (NatsServer own = ownServer()) {
      JetStreamSink sink = sink(own);
      sink.fence(FIRST, Optional.empty());
      Checkpoint one = deliver(sink, Samples.start(FIRST), Samples.insert(1));
      Delivery delivery = send(sink, one, inserts(2, 500));
      own.kill();
      Failure failure = failureOrNone(delivery);
      own.restart();
      StreamReader reader = keep(new StreamReader(own, stream));
      long stored = reader.last();
      JetStreamSink next = sink(own);
      Checkpoint found = next.fence(SECOND, Optional.of(one)).orElseThrow();
      if (kind() == NatsKind.ATOMIC) {
        assertThat(stored).isIn(1L, 500L);
      }
      // Wherever it was cut: no gap, and nothing twice.
      assertThat(found.position()).isEqualTo(Samples.position((int) stored));
      if (failure != null) {
        assertThat(failure).isInstanceOf(Failure.Transient.class);
        assertThat(failure.code()).isEqualTo("MR-NATS-UNREACHABLE");
      } else {
        assertThat(stored).isEqualTo(500);
      }
      List<Change.Streamed> rest = inserts((int) stored + 1, 510);
      send(next, found.in(SECOND), rest).await();
      assertThat(reader.ids())
          .isEqualTo(IntStream.rangeClosed(1, 510).mapToObj(Samples::token).toList());
    }
  }

  private static @Nullable Failure failureOrNone(Delivery delivery) {
    try {
      delivery.await();
      return null;
    } catch (MillraceException e) {
      return e.failure();
    }
  }

  @Test
  void aServerThatHangsIsNotWaitedForForEver() {
    try (NatsServer own = ownServer()) {
      JetStreamSink sink = sink(own);
      sink.fence(FIRST, Optional.empty());
      own.pause();
      Delivery delivery = send(sink, Samples.start(FIRST), inserts(1, 3));
      Failure failure = failure(delivery::await);
      assertThat(failure).isInstanceOf(Failure.Transient.class);
      assertThat(failure.code()).isEqualTo("MR-NATS-UNREACHABLE");
      own.resume();
    }
  }

  @Test
  void closingEndsAWait() {
    try (NatsServer own = ownServer()) {
      JetStreamSink sink = sink(own);
      sink.fence(FIRST, Optional.empty());
      own.pause();
      Delivery delivery = send(sink, Samples.start(FIRST), inserts(1, 3));
      CompletableFuture<Void> closing = CompletableFuture.runAsync(sink::close);
      assertThat(failure(delivery::await)).isInstanceOf(Failure.Transient.class);
      own.resume();
      closing.join();
    }
  }

  @Test
  void nobodyThereIsTransient() {
    String url;
    try (NatsServer own = ownServer()) {
      url = own.url();
    }
    SinkConfig.JetStream c = config(server());
    Failure failure =
        failure(() ->
            JetStreamSink.open(
                new SinkConfig.JetStream(
                    List.of(new Secret(url.replace("//", "//me:secret@"))),
                    stream,
                    c.login(),
                    c.tls(),
                    false,
                    c.json(),
                    1),
                "test"));
    assertThat(failure).isInstanceOf(Failure.Transient.class);
    assertThat(failure.code()).isEqualTo("MR-NATS-UNREACHABLE");
    assertThat(failure.message()).doesNotContain("secret");
  }

  @Test
  void aFullStreamIsTransient() throws Exception {
    StreamReader reader = reader();
    reader.make(
        StreamConfiguration.builder()
            .subjects(stream + ".>")
            .maxMessages(2)
            .discardPolicy(DiscardPolicy.New));
    JetStreamSink sink = sink();
    sink.fence(FIRST, Optional.empty());
    Checkpoint two = send(sink, Samples.start(FIRST), inserts(1, 2)).await();
    for (List<Change.Streamed> changes : List.of(inserts(3, 3), inserts(3, 5))) {
      Failure failure = failure(() -> send(sink, two, changes).await());
      assertThat(failure).isInstanceOf(Failure.Transient.class);
      assertThat(failure.code()).isEqualTo("MR-NATS-FULL");
    }
  }

  @Test
  void aServerWithoutRoomIsTransient() {
    try (NatsServer own = builder().maxFileStore(1 << 20).start()) {
      JetStreamSink sink = sink(own);
      sink.fence(FIRST, Optional.empty());
      Failure failure =
          failure(() -> {
            Checkpoint at = Samples.start(FIRST);
            for (int n = 1; n < 10; n += 2) {
              at =
                  deliver(
                      sink,
                      at,
                      Samples.insert(n, "x".repeat(300_000)),
                      Samples.insert(n + 1, "x".repeat(300_000)));
            }
          });
      assertThat(failure).isInstanceOf(Failure.Transient.class);
      assertThat(failure.code()).isEqualTo("MR-NATS-STORAGE");
    }
  }

  @Test
  void aServerThatWasStartedAgainTakesANewSinkOnly() throws Exception {
    try (NatsServer own = ownServer()) {
      JetStreamSink sink = sink(own);
      sink.fence(FIRST, Optional.empty());
      Checkpoint three = send(sink, Samples.start(FIRST), inserts(1, 3)).await();
      own.restart();
      Failure failure = failure(() -> send(sink, three, inserts(4, 6)).await());
      assertThat(failure).isInstanceOf(Failure.Transient.class);
      assertThat(failure.code()).isEqualTo("MR-NATS-UNREACHABLE");
      JetStreamSink next = sink(own);
      Checkpoint found = next.fence(FIRST, Optional.empty()).orElseThrow();
      assertThat(found).isEqualTo(three);
      assertThat(send(next, found, inserts(4, 6)).await().mark()).contains("\"sequence\": 6");
    }
  }

  @Test
  void aStreamDeletedMeanwhileIsTransient() throws Exception {
    JetStreamSink sink = sink();
    sink.fence(FIRST, Optional.empty());
    reader().manage().deleteStream(stream);
    Failure failure = failure(() -> send(sink, Samples.start(FIRST), inserts(1, 3)).await());
    assertThat(failure).isInstanceOf(Failure.Transient.class);
    assertThat(failure.code()).isEqualTo("MR-NATS-NO-STREAM");
  }

  @Test
  void streamsThatWouldNotDoAreRefused() throws Exception {
    StreamReader reader = reader();
    reader.make(StreamConfiguration.builder().subjects(stream + ".docs.>"));
    Failure subjects = failure(() -> sink().fence(FIRST, Optional.empty()));
    assertThat(subjects.code()).isEqualTo("MR-NATS-SUBJECTS");
    assertThat(subjects.message()).contains(stream + ".docs.>").contains(stream + ".>");
    for (RetentionPolicy retention : List.of(RetentionPolicy.WorkQueue, RetentionPolicy.Interest)) {
      reader.manage().deleteStream(stream);
      reader.make(StreamConfiguration.builder().subjects(stream + ".>").retentionPolicy(retention));
      assertThat(failure(() -> sink().fence(FIRST, Optional.empty())).code())
          .isEqualTo("MR-NATS-RETENTION");
    }
  }
}
