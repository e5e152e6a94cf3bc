package dev.millrace.sink.jetstream;

import dev.millrace.model.Checkpoint;
import dev.millrace.model.Position;
import dev.millrace.model.Term;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.bson.BsonDocument;
import org.bson.BsonInvalidOperationException;
import org.bson.BsonString;
import org.bson.json.JsonParseException;

/** The newest message of a stream, as far as it tells from where to go on. */
sealed interface Tail {
  BsonString NOTHING = new BsonString("");

  long sequence();

  /** It ended a parcel and carries the whole state. */
  record State(long sequence, Checkpoint checkpoint) implements Tail {}

  /** It is one of ours that came to be last: a parcel was cut, or its state had no room. */
  record Cut(long sequence, Position position, Term term) implements Tail {}

  /** It has a resume token for its id and is not ours: mongodb-nats-connector wrote it. */
  record Connector(long sequence, Position position) implements Tail {}

  /** Somebody else's. */
  record Foreign(long sequence) implements Tail {}

  /** The writer's term, where it left one. */
  default Term term() {
    return switch (this) {
      case State it -> it.checkpoint().term();
      case Cut it -> it.term();
      case Connector it -> Term.NONE;
      case Foreign it -> Term.NONE;
    };
  }

  /**
   * @param message of the reply to {@code STREAM.MSG.GET}
   */
  static Tail of(BsonDocument message) {
    long sequence = message.getNumber("seq").longValue();
    Map<String, String> headers = headers(message.getString("hdrs", NOTHING).getValue());
    String state = headers.get(MessageHeader.STATE.toLowerCase(Locale.ROOT));
    if (state != null) {
      return new State(sequence, Checkpoint.ofJson(state));
    }
    String id = headers.getOrDefault(MessageHeader.ID.toLowerCase(Locale.ROOT), "");
    if (!Position.looksLikeToken(id)) {
      return new Foreign(sequence);
    }
    Position position = position(id, message.getString("data", NOTHING).getValue());
    return term(headers)
        .<Tail>map(term -> new Cut(sequence, position, term))
        .orElseGet(() -> new Connector(sequence, position));
  }

  /** From the event in the message's body, which has the type bits that the id leaves out. */
  private static Position position(String id, String body) {
    try {
      Position whole = Position.of(BsonDocument.parse(decoded(body)).getDocument("_id"));
      if (whole.data().equals(id)) {
        return whole;
      }
    } catch (JsonParseException | BsonInvalidOperationException | IllegalArgumentException e) {
      // No event in it, or a field of that name that is something else: the id is all there is.
    }
    return Position.of(id);
  }

  private static Optional<Term> term(Map<String, String> headers) {
    String text = headers.getOrDefault(MessageHeader.TERM.toLowerCase(Locale.ROOT), "");
    try {
      return Optional.of(new Term(Long.parseLong(text)));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  private static Map<String, String> headers(String base64) {
    Map<String, String> headers = new HashMap<>();
    decoded(base64)
        .lines()
        .forEach(line -> {
          int colon = line.indexOf(':');
          if (colon > 0) {
            headers.put(
                line.substring(0, colon).toLowerCase(Locale.ROOT),
                line.substring(colon + 1).strip());
          }
        });
    return headers;
  }

  private static String decoded(String base64) {
    return new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
  }
}
