package dev.millrace.sim;

import dev.millrace.json.BsonBytes;
import dev.millrace.model.RawValue;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.bson.BsonDocument;
import org.bson.BsonInt64;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;

/**
 * One state of one document, from the operation that made it to the one that ended it. Its number
 * is in the document itself, so that what a sink holds can be traced back.
 */
final class Doc {
  private static final byte[] NUMBER = "v".getBytes(StandardCharsets.US_ASCII);

  final long number;
  final UUID collection;
  final int key;
  final BsonValue id;

  /** When it began, and when it ended: the latter {@link Moment#NEVER} while it has not. */
  final Moment from;

  Moment to = Moment.NEVER;
  private @Nullable RawValue raw;

  Doc(long number, UUID collection, int key, BsonValue id, Moment from) {
    this.number = number;
    this.collection = collection;
    this.key = key;
    this.id = id;
    this.from = from;
  }

  BsonDocument document() {
    return new BsonDocument("_id", id).append("v", new BsonInt64(number));
  }

  RawValue raw() {
    RawValue made = raw;
    if (made == null) {
      made = RawValue.of(document());
      raw = made;
    }
    return made;
  }

  RawValue rawId() {
    return field(raw(), "_id".getBytes(StandardCharsets.US_ASCII));
  }

  /** The number in a document's bytes. */
  static long number(RawValue document) {
    RawValue value = field(document, NUMBER);
    return BsonBytes.readInt64(value.bytes(), value.offset());
  }

  static RawValue field(RawValue document, byte[] name) {
    byte[] bytes = document.bytes();
    int at = BsonBytes.findField(bytes, document.offset(), name);
    int value = at + name.length + 2;
    return new RawValue(
        bytes[at], bytes, value, BsonBytes.skipValue(bytes[at], bytes, value) - value);
  }

  @Override
  public String toString() {
    return "#" + number;
  }
}
