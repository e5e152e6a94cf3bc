package dev.millrace.sink.jetstream;

import dev.millrace.model.Checkpoint;
import dev.millrace.model.Operation;
import dev.millrace.model.Position;
import dev.millrace.model.Term;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.bson.BsonDocument;
import org.bson.BsonInvalidOperationException;
import org.bson.BsonString;
import org.bson.json.JsonParseException;

/** A message at the end of a stream, as far as it tells from where to go on. */
sealed interface Tail {
  BsonString NOTHING = new BsonString("");

  long sequence();

  /**
   * It ended a parcel and carries the state.
   *
   * @param copyAt the message that has its copy state: itself, or one before it
   */
  record State(long sequence, Checkpoint checkpoint, long copyAt) implements Tail {
    State(long sequence, Checkpoint checkpoint) {
      this(sequence, checkpoint, sequence);
    }

    boolean isWhole() {
      return copyAt == sequence;
    }

    State with(State whole) {
      return new State(sequence, checkpoint.with(whole.checkpoint.copy()), copyAt);
    }
  }

  /**
   * It is one of ours that came to be last: a parcel was cut, or its state had no room.
   *
   * @param place where in the stream of events; empty where it is none of them
   * @param term of who wrote it
   * @param base the newest state before it; empty where none was looked for, or found
   */
  record Cut(long sequence, Optional<Place> place, Term term, Optional<State> base)
      implements Tail {
    Cut(long sequence, Position position, Term term) {
      this(sequence, Optional.of(new Place(position, true)), term, Optional.empty());
    }
  }

  /** It has a resume token for its id and is not ours: mongodb-nats-connector wrote it. */
  record Connector(long sequence, Position position) implements Tail {}

  /** Somebody else's. */
  record Foreign(long sequence) implements Tail {}

  /**
   * An event's.
   *
   * @param isOfDocument whether it changed a document, rather than a collection
   */
  record Place(Position position, boolean isOfDocument) {}

  /** The writer's term, where it left one. */
  default Term term() {
    return switch (this) {
      case State it -> it.checkpoint().term();
      case Cut it -> it.term();
      case Connector it -> Term.NONE;
      case Foreign it -> Term.NONE;
    };
  }

  /** The newest state that was found. */
  default Optional<State> state() {
    return switch (this) {
      case State it -> Optional.of(it);
      case Cut it -> it.base();
      case Connector it -> Optional.empty();
      case Foreign it -> Optional.empty();
    };
  }

  /**
   * @param message of the reply to {@code STREAM.MSG.GET}
   */
  static Tail of(BsonDocument message) {
    long sequence = message.getNumber("seq").longValue();
    Map<String, String> headers = headers(message.getString("hdrs", NOTHING).getValue());
    String state = headers.get(key(MessageHeader.STATE));
    if (state == null && headers.containsKey(key(MessageHeader.STATE_IN_BODY))) {
      state = body(message);
    }
    if (state != null) {
      return new State(sequence, Checkpoint.ofJson(state), copyAt(headers).orElse(sequence));
    }
    String id = headers.getOrDefault(key(MessageHeader.ID), "");
    Optional<Place> place =
        Position.looksLikeToken(id) ? Optional.of(place(id, body(message))) : Optional.empty();
    Optional<Term> term = term(headers);
    if (term.isPresent() || headers.containsKey(key(MessageHeader.BATCH_ID))) {
      return new Cut(sequence, place, term.orElse(Term.NONE), Optional.empty());
    }
    return place
        .<Tail>map(it -> new Connector(sequence, it.position()))
        .orElseGet(() -> new Foreign(sequence));
  }

  /** From the event in the message's body, which has the type bits that the id leaves out. */
  private static Place place(String id, String body) {
    boolean isOfDocument = false;
    try {
      BsonDocument event = BsonDocument.parse(body);
      isOfDocument = Operation.named(operation(event)).map(Operation::isOnDocument).orElse(false);
      Position whole = Position.of(event.getDocument("_id"));
      if (whole.data().equals(id)) {
        return new Place(whole, isOfDocument);
      }
    } catch (JsonParseException | BsonInvalidOperationException | IllegalArgumentException e) {
      // No event in it, or a field of that name that is something else: the id is all there is.
    }
    return new Place(Position.of(id), isOfDocument);
  }

  /** A dead letter stands for an event, and says of which kind that was. */
  private static String operation(BsonDocument event) {
    String type = event.getString("operationType", NOTHING).getValue();
    return type.equals(LetterMaker.OPERATION)
        ? event.getString("change", NOTHING).getValue()
        : type;
  }

  private static OptionalLong copyAt(Map<String, String> headers) {
    String text = headers.getOrDefault(key(MessageHeader.COPY_AT), "");
    try {
      return OptionalLong.of(Long.parseLong(text));
    } catch (NumberFormatException e) {
      return OptionalLong.empty();
    }
  }

  private static Optional<Term> term(Map<String, String> headers) {
    String text = headers.getOrDefault(key(MessageHeader.TERM), "");
    try {
      return Optional.of(new Term(Long.parseLong(text)));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  private static String key(String header) {
    return header.toLowerCase(Locale.ROOT);
  }

  private static String body(BsonDocument message) {
    return decoded(message.getString("data", NOTHING).getValue());
  }

  private static Map<String, String> headers(String base64) {
    Map<String, String> headers = new HashMap<>();
    decoded(base64)
        .lines()
        .forEach(line -> {
          int colon = line.indexOf(':');
          if (colon > 0) {
            headers.put(key(line.substring(0, colon)), line.substring(colon + 1).strip());
          }
        });
    return headers;
  }

  private static String decoded(String base64) {
    return new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
  }
}
