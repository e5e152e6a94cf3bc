package dev.millrace.source.mongo;

import dev.millrace.model.Failure;
import dev.millrace.model.RawValue;
import org.bson.BsonDocument;
import org.jspecify.annotations.Nullable;

/**
 * Joins the fragments into which a server's {@code $changeStreamSplitLargeEvent} cuts an event that
 * exceeds 16 MB. Each fragment is a document of its own with some of the event's top-level fields,
 * a token of its own, and {@code splitEvent: {fragment: n, of: m}}; fragments of one event come in
 * order and with nothing between them. The joined event carries the last fragment's token: to
 * resume at any other would begin in the middle.
 */
final class FragmentJoiner {
  private @Nullable BsonDocument joined;
  private int seen;

  boolean isOpen() {
    return joined != null;
  }

  /**
   * Takes a fragment.
   *
   * @return the whole event with its last fragment, null before
   */
  byte @Nullable [] add(RawValue fragment, RawValue splitEvent) {
    BsonDocument split = splitEvent.toDocument();
    int number = split.getNumber("fragment").intValue();
    int of = split.getNumber("of").intValue();
    if (number == 1) {
      joined = new BsonDocument();
      seen = 0;
    }
    BsonDocument event = joined;
    if (event == null || number != seen + 1) {
      throw Failure.transientFailure(
          "MR-SOURCE-FRAGMENT",
          "fragment %d of %d of a large event came after fragment %d".formatted(number, of, seen),
          null);
    }
    seen = number;
    event.putAll(fragment.toDocument());
    if (number < of) {
      return null;
    }
    joined = null;
    event.remove("splitEvent");
    return RawValue.of(event).bytes();
  }
}
