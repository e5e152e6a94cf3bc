package dev.millrace.sink.jetstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.model.Checkpoint;
import dev.millrace.model.Failure;
import dev.millrace.model.Term;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import org.bson.BsonBinary;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonString;
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

  @Test
  void theTokenIsTakenFromTheBodyForItsTypeBits() {
    BsonDocument token =
        new BsonDocument("_data", new BsonString(Samples.token(1)))
            .append("_typeBits", new BsonBinary(new byte[] {2}));
    Tail whole = tail(new BsonDocument("_id", token).toJson());
    assertThat(whole)
        .isInstanceOfSatisfying(
            Tail.Cut.class, it -> assertThat(it.position().token()).isEqualTo(token));
    for (String body : new String[] {"", "[1]", "{\"_id\": 7}", "{\"_id\": {\"_data\": \"82\"}}"}) {
      assertThat(tail(body)).isEqualTo(new Tail.Cut(10, Samples.position(1), new Term(4)));
    }
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
