package dev.millrace.sink.jetstream;

import java.util.Optional;
import org.bson.BsonDocument;
import org.bson.BsonInt64;
import org.bson.BsonInvalidOperationException;
import org.bson.BsonString;
import org.bson.json.JsonParseException;

/**
 * Where a stream stood when a checkpoint was written: the sink's mark on it. A stream made anew
 * under the same name has another creation time.
 *
 * @param created as the server writes it
 * @param sequence the last one then
 */
record StreamMark(String stream, String created, long sequence) {
  StreamMark at(long last) {
    return new StreamMark(stream, created, last);
  }

  boolean isOfSameStream(StreamMark other) {
    return stream.equals(other.stream) && created.equals(other.created);
  }

  String toText() {
    return new BsonDocument("stream", new BsonString(stream))
        .append("created", new BsonString(created))
        .append("sequence", new BsonInt64(sequence))
        .toJson();
  }

  /** Empty for a text that is no mark of this sink: nothing is known then. */
  static Optional<StreamMark> of(String text) {
    if (text.isEmpty()) {
      return Optional.empty();
    }
    try {
      BsonDocument mark = BsonDocument.parse(text);
      return Optional.of(
          new StreamMark(
              mark.getString("stream").getValue(),
              mark.getString("created").getValue(),
              mark.getNumber("sequence").longValue()));
    } catch (JsonParseException | BsonInvalidOperationException e) {
      return Optional.empty();
    }
  }
}
