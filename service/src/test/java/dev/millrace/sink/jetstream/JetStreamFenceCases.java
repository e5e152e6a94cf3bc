package dev.millrace.sink.jetstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.model.Change;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.Failure;
import dev.millrace.model.Term;
import io.nats.client.PurgeOptions;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.impl.Headers;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** From where to go on, and who may, on every server. */
abstract class JetStreamFenceCases extends JetStreamFixture {
  JetStreamFenceCases(NatsKind kind) {
    super(kind);
  }

  @Test
  void theStreamsOwnStateHoldsAgainstAnOlderCopy() {
    JetStreamSink sink = sink();
    sink.fence(FIRST, Optional.empty());
    Checkpoint one = deliver(sink, Samples.start(FIRST), Samples.insert(1));
    Checkpoint two = deliver(sink, one, Samples.insert(2), Samples.insert(3));
    assertThat(sink().fence(SECOND, Optional.of(one))).contains(two);
    assertThat(sink().fence(SECOND, Optional.empty())).contains(two);
  }

  @Test
  void anIdlePositionSavedLaterHolds() {
    JetStreamSink sink = sink();
    sink.fence(FIRST, Optional.empty());
    Checkpoint one = deliver(sink, Samples.start(FIRST), Samples.insert(1));
    Checkpoint idle = one.at(Samples.position(9));
    assertThat(sink().fence(SECOND, Optional.of(idle))).contains(idle);
  }

  @Test
  void aPositionSetByAnOperatorHolds() {
    JetStreamSink sink = sink();
    sink.fence(FIRST, Optional.empty());
    Checkpoint five = send(sink, Samples.start(FIRST), inserts(1, 5)).await();
    Checkpoint set = new Checkpoint(Samples.position(2), SECOND, "", "", "");
    assertThat(sink().fence(new Term(3), Optional.of(set))).contains(set.marked(five.mark()));
  }

  @Test
  void aHigherTermInTheStreamFences() {
    JetStreamSink sink = sink();
    sink.fence(SECOND, Optional.empty());
    deliver(sink, Samples.start(SECOND), Samples.insert(1));
    assertThat(failure(() -> sink().fence(FIRST, Optional.empty())))
        .isInstanceOf(Failure.Fenced.class);
  }

  @Test
  void goesOnAfterWhatTheConnectorWrote() throws Exception {
    StreamReader reader = reader();
    reader.make(StreamConfiguration.builder().subjects(stream + ".>"));
    reader.publish(
        stream + ".docs.insert.7", new Headers().put("Nats-Msg-Id", Samples.token(7)), "{}");
    Checkpoint left = new Checkpoint(Samples.position(9), Term.NONE, "", "", "");
    for (Optional<Checkpoint> stored : List.of(Optional.<Checkpoint>empty(), Optional.of(left))) {
      Checkpoint next = sink().fence(FIRST, stored).orElseThrow();
      assertThat(next.position()).isEqualTo(Samples.position(7));
      assertThat(next.scope()).isEmpty();
      assertThat(next.mark()).contains("\"sequence\": 1");
    }
    Checkpoint set = new Checkpoint(Samples.position(3), FIRST, "rs", "", "");
    assertThat(sink().fence(SECOND, Optional.of(set)).map(Checkpoint::position))
        .contains(Samples.position(3));
  }

  @Test
  void goesOnAfterTheConnectorCameBackForAWhile() throws Exception {
    JetStreamSink sink = sink();
    sink.fence(FIRST, Optional.empty());
    Checkpoint one = deliver(sink, Samples.start(FIRST), Samples.insert(1));
    reader()
        .publish(
            stream + ".docs.insert.2", new Headers().put("Nats-Msg-Id", Samples.token(2)), "{}");
    Checkpoint next = sink().fence(SECOND, Optional.of(one)).orElseThrow();
    assertThat(next.position()).isEqualTo(Samples.position(2));
    assertThat(next.deployment()).isEqualTo("rs0-id");
  }

  @Test
  void aParcelCutInTheMiddleGoesOnAfterItsLastStoredMessage() throws Exception {
    JetStreamSink sink = sink();
    sink.fence(FIRST, Optional.empty());
    Checkpoint one = deliver(sink, Samples.start(FIRST), Samples.insert(1));
    Headers headers = new Headers().put("Nats-Msg-Id", Samples.token(2)).put("Millrace-Term", "1");
    reader().publish(stream + ".docs.insert.2", headers, "{}");
    Checkpoint next = sink().fence(SECOND, Optional.of(one)).orElseThrow();
    assertThat(next.position()).isEqualTo(Samples.position(2));
    assertThat(next.scope()).isEqualTo("scope");
    Checkpoint set = new Checkpoint(Samples.position(0), SECOND, "", "", "");
    assertThat(sink().fence(new Term(3), Optional.of(set)).map(Checkpoint::position))
        .contains(Samples.position(0));
    Headers higher = new Headers().put("Nats-Msg-Id", Samples.token(3)).put("Millrace-Term", "9");
    reader().publish(stream + ".docs.insert.3", higher, "{}");
    assertThat(failure(() -> sink().fence(new Term(3), Optional.of(set))))
        .isInstanceOf(Failure.Fenced.class);
  }

  @Test
  void somebodyElsesLastMessageLeavesTheStoredPosition() throws Exception {
    JetStreamSink sink = sink();
    sink.fence(FIRST, Optional.empty());
    Checkpoint one = deliver(sink, Samples.start(FIRST), Samples.insert(1));
    reader().publish(stream + ".hello", new Headers(), "hello");
    Checkpoint next = sink().fence(SECOND, Optional.of(one)).orElseThrow();
    assertThat(next.position()).isEqualTo(Samples.position(1));
    assertThat(next.mark()).contains("\"sequence\": 2");
  }

  @Test
  void aPurgedStreamGoesOnFromTheStoredPosition() throws Exception {
    JetStreamSink sink = sink();
    sink.fence(FIRST, Optional.empty());
    Checkpoint one = deliver(sink, Samples.start(FIRST), Samples.insert(1));
    Checkpoint two = deliver(sink, one, Samples.insert(2));
    reader().manage().purgeStream(stream, PurgeOptions.builder().build());
    assertThat(sink().fence(SECOND, Optional.of(two))).contains(two);
    // What was written behind the stored copy is gone: it is delivered again, with a warning.
    Checkpoint older = sink().fence(SECOND, Optional.of(one)).orElseThrow();
    assertThat(older.position()).isEqualTo(Samples.position(1));
    assertThat(older.mark()).isEqualTo(two.mark());
    JetStreamSink third = sink();
    Checkpoint stored = third.fence(SECOND, Optional.of(two)).orElseThrow().in(SECOND);
    assertThat(deliver(third, stored, Samples.insert(3)).mark()).contains("\"sequence\": 3");
  }

  @Test
  void aDeletedLastMessageGoesOnFromTheLaterOfCopyAndRest() throws Exception {
    JetStreamSink sink = sink();
    sink.fence(FIRST, Optional.empty());
    Checkpoint one = deliver(sink, Samples.start(FIRST), Samples.insert(1));
    Checkpoint two = deliver(sink, one, Samples.insert(2));
    Checkpoint three = deliver(sink, two, Samples.insert(3));
    reader().manage().deleteMessage(stream, 3);
    assertThat(sink().fence(SECOND, Optional.of(three))).contains(three);
    assertThat(sink().fence(SECOND, Optional.of(one)).map(Checkpoint::position))
        .contains(Samples.position(2));
  }

  @Test
  void aStreamMadeAnewIsNeverGoneOnWith() throws Exception {
    JetStreamSink sink = sink();
    sink.fence(FIRST, Optional.empty());
    Checkpoint one = deliver(sink, Samples.start(FIRST), Samples.insert(1));
    StreamReader reader = reader();
    reader.manage().deleteStream(stream);
    Failure failure = failure(() -> sink().fence(SECOND, Optional.of(one)));
    assertThat(failure).isInstanceOf(Failure.PositionLost.class);
    assertThat(failure.code()).isEqualTo("MR-SINK-RESET");
    assertThat(failure.message()).contains("millrace position set --now");
    assertThat(sink().fence(SECOND, Optional.empty())).as("copied anew").isEmpty();
    // An operator's position makes no claim on the stream.
    Checkpoint set = new Checkpoint(Samples.position(5), SECOND, "", "", "");
    assertThat(sink().fence(new Term(3), Optional.of(set)).map(Checkpoint::position))
        .contains(Samples.position(5));
  }

  @Test
  void aStreamThatBecameShorterGoesOnFromWhereItEnds() {
    JetStreamSink sink = sink();
    sink.fence(FIRST, Optional.empty());
    Checkpoint one = deliver(sink, Samples.start(FIRST), Samples.insert(1));
    Checkpoint later =
        one.at(Samples.position(9))
            .marked(one.mark().replace("\"sequence\": 1", "\"sequence\": 9"));
    assertThat(sink().fence(SECOND, Optional.of(later)).map(Checkpoint::position))
        .contains(Samples.position(1));
  }

  @Test
  void aStreamThatBecameShorterAndEmptyIsNeverGoneOnWith() throws Exception {
    JetStreamSink sink = sink();
    sink.fence(FIRST, Optional.empty());
    Checkpoint one = deliver(sink, Samples.start(FIRST), Samples.insert(1));
    reader().manage().purgeStream(stream, PurgeOptions.builder().build());
    Checkpoint later = one.marked(one.mark().replace("\"sequence\": 1", "\"sequence\": 9"));
    assertThat(failure(() -> sink().fence(SECOND, Optional.of(later))).code())
        .isEqualTo("MR-SINK-RESET");
  }

  @Test
  void aWriterOfALowerTermIsFenced() throws Exception {
    JetStreamSink old = sink();
    old.fence(FIRST, Optional.empty());
    Checkpoint one = deliver(old, Samples.start(FIRST), Samples.insert(1));
    JetStreamSink young = sink();
    Checkpoint taken = young.fence(SECOND, Optional.of(one)).orElseThrow().in(SECOND);
    send(young, taken, inserts(2, 4)).await();
    assertThat(failure(() -> send(old, one, inserts(5, 7)).await()))
        .isInstanceOf(Failure.Fenced.class);
    assertThat(reader().ids())
        .isEqualTo(IntStream.rangeClosed(1, 4).mapToObj(Samples::token).toList());
  }

  @Test
  void anotherPublisherMakesThePipelineStartAgain() throws Exception {
    JetStreamSink sink = sink();
    sink.fence(FIRST, Optional.empty());
    reader().publish(stream + ".hello", new Headers(), "hello");
    for (List<Change.Streamed> changes : List.of(inserts(1, 3), inserts(1, 1))) {
      Failure failure = failure(() -> send(sink, Samples.start(FIRST), changes).await());
      assertThat(failure).isInstanceOf(Failure.Transient.class);
      assertThat(failure.code()).isEqualTo("MR-NATS-SEQUENCE");
    }
    assertThat(reader().last()).isEqualTo(1);
  }
}
