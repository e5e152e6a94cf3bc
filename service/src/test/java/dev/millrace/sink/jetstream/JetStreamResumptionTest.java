package dev.millrace.sink.jetstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.model.Checkpoint;
import dev.millrace.model.CopyState;
import dev.millrace.model.Failure;
import dev.millrace.model.Position;
import dev.millrace.model.Term;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import org.bson.BsonBinary;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonString;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What the servers' cases do not reach, without a server. */
class JetStreamResumptionTest {
  private static final StreamMark PRESENT = new StreamMark("s", "now", 10);
  private static final Term OURS = new Term(5);

  private static Checkpoint checkpoint(int position, int term, StreamMark mark) {
    return new Checkpoint(
        Samples.position(position), new Term(term), "rs0", "scope", mark.toText());
  }

  private static Optional<Checkpoint> decide(Checkpoint stored, Tail tail) {
    return new Resumption(PRESENT, Optional.of(stored)).decide(OURS, Optional.of(tail));
  }

  @Test
  void aCopyOfAnotherStreamIsRefusedUnlessTheStreamKnowsBetter() {
    StreamMark before = new StreamMark("s", "then", 4);
    Tail.State tail = new Tail.State(10, checkpoint(3, 2, before));
    assertThat(JetStreamFixture.failure(() -> decide(checkpoint(4, 3, before), tail)).code())
        .isEqualTo("MR-SINK-RESET");
    assertThat(decide(checkpoint(2, 2, before), tail).map(Checkpoint::position))
        .contains(Samples.position(3));
  }

  @Test
  void anotherStreamsNameIsAnotherStream() {
    StreamMark other = new StreamMark("t", "now", 10);
    Failure failure =
        JetStreamFixture.failure(() ->
            new Resumption(PRESENT, Optional.of(checkpoint(4, 3, other)))
                .decide(OURS, Optional.empty()));
    assertThat(failure.code()).isEqualTo("MR-SINK-RESET");
    assertThat(failure.message()).contains("stream t", "stream s");
  }

  @Test
  void aStreamCutShortByTheServerGoesOnFromItsEndWhateverTheTerm() {
    Tail.Cut tail = new Tail.Cut(10, Samples.position(3), new Term(2));
    Checkpoint found = decide(checkpoint(9, 4, PRESENT.at(16)), tail).orElseThrow();
    assertThat(found.position()).isEqualTo(Samples.position(3));
    assertThat(found.mark()).isEqualTo(PRESENT.toText());
  }

  @Test
  void whatAnOlderTermWroteBehindTheStoredMarkIsGoneOnFrom() {
    // A new leader saved its start at message 9; the old one, not yet shut out, wrote message 10.
    Checkpoint start = checkpoint(3, 3, PRESENT.at(9));
    Tail.State late = new Tail.State(10, checkpoint(5, 2, PRESENT.at(9)));
    assertThat(decide(start, late).map(Checkpoint::position)).contains(Samples.position(5));
    // With nothing written since, the stored one holds: it is where somebody set it, or an idle
    // move.
    Tail.State known = new Tail.State(9, checkpoint(5, 2, PRESENT.at(8)));
    assertThat(decide(start, known).map(Checkpoint::position)).contains(Samples.position(3));
  }

  @Test
  void aMarkOfAnotherSinkMakesNoClaim() {
    Checkpoint stored = checkpoint(4, 3, PRESENT).marked("{\"rows\": 1}");
    assertThat(decide(stored, new Tail.Foreign(10)).map(Checkpoint::position))
        .contains(Samples.position(4));
    assertThat(StreamMark.of("not json")).isEmpty();
  }

  private static Checkpoint copying(int position, int term, int revision, StreamMark mark) {
    CopyState copy =
        new CopyState(true, revision, true, Map.of(), 0, 0, false, CopyState.Edits.NONE);
    return checkpoint(position, term, mark).with(copy);
  }

  private static Tail.Cut cut(int term, Tail.@Nullable State base) {
    Tail.Place place = new Tail.Place(Samples.position(6), true);
    return new Tail.Cut(10, Optional.of(place), new Term(term), Optional.ofNullable(base));
  }

  @Test
  void aCutGoesOnFromTheLaterOfTheStateBeforeItAndTheStoredOne() {
    Tail.State base = new Tail.State(4, copying(4, 2, 7, PRESENT.at(3)));
    Checkpoint before = copying(4, 2, 6, PRESENT.at(3));
    Checkpoint behind = copying(4, 3, 8, PRESENT.at(4));
    for (int term : new int[] {2, 4}) {
      Checkpoint byBase = decide(before, cut(term, base)).orElseThrow();
      assertThat(byBase).isEqualTo(copying(6, term, 7, PRESENT).in(new Term(term)));
      Checkpoint byStored = decide(behind, cut(term, base)).orElseThrow();
      assertThat(byStored).isEqualTo(copying(6, Math.max(term, 3), 8, PRESENT));
    }
  }

  @Test
  void aCutOfAStreamThatGotShorterGoesOnFromTheStateInIt() {
    Tail.State base = new Tail.State(4, copying(4, 2, 7, PRESENT.at(3)));
    Checkpoint stored = copying(9, 3, 9, PRESENT.at(20));
    assertThat(decide(stored, cut(2, base))).contains(copying(6, 2, 7, PRESENT));
    Failure failure = JetStreamFixture.failure(() -> decide(stored, cut(2, null)));
    assertThat(failure).isInstanceOf(Failure.PositionLost.class);
    assertThat(failure.code()).isEqualTo("MR-SINK-RESET");
  }

  @Test
  void withoutAStateBeforeItACutMovesNothingThatIsCopied() {
    Checkpoint stored = copying(4, 2, 7, PRESENT.at(3));
    assertThat(decide(stored, cut(2, null))).contains(stored.marked(PRESENT.toText()));
    assertThat(decide(stored, new Tail.Connector(10, Samples.position(6))))
        .contains(stored.marked(PRESENT.toText()));
  }

  @Test
  void aCutWithoutAnyEventMovesNothing() {
    Tail.Cut rows = new Tail.Cut(10, Optional.empty(), new Term(2), Optional.empty());
    Checkpoint stored = checkpoint(4, 2, PRESENT.at(3));
    assertThat(decide(stored, rows)).contains(stored.marked(PRESENT.toText()));
    assertThat(new Resumption(PRESENT, Optional.empty()).decide(OURS, Optional.of(rows))).isEmpty();
  }

  @Test
  void theTokenIsTakenFromTheBodyForItsTypeBits() {
    BsonDocument token =
        new BsonDocument("_data", new BsonString(Samples.token(1)))
            .append("_typeBits", new BsonBinary(new byte[] {2}));
    assertThat(position(new BsonDocument("_id", token).toJson()).token()).isEqualTo(token);
    for (String body : new String[] {"", "[1]", "{\"_id\": 7}", "{\"_id\": {\"_data\": \"82\"}}"}) {
      assertThat(position(body).token()).isEqualTo(Samples.position(1).token());
    }
  }

  private static Position position(String body) {
    Tail tail = tail(body);
    assertThat(tail.term()).isEqualTo(new Term(4));
    assertThat(tail).isInstanceOf(Tail.Cut.class);
    return ((Tail.Cut) tail).place().orElseThrow().position();
  }

  private static Tail tail(String body) {
    String headers =
        "NATS/1.0\r\nNats-Msg-Id: %s\r\nMillrace-Term: 4\r\n\r\n".formatted(Samples.token(1));
    return Tail.of(
        new BsonDocument("seq", new BsonInt32(10))
            .append("hdrs", new BsonString(base64(headers)))
            .append("data", new BsonString(base64(body))));
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }
}
