package dev.millrace.sink.jetstream;

import org.bson.BsonBoolean;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonString;

/**
 * What the server answered to a publish or to a request of the JetStream API.
 *
 * @param number of the publish or request it answers
 * @param isUnheard said by the connection itself, when no stream or no JetStream takes the subject
 * @param body empty then
 */
record Reply(long number, boolean isUnheard, BsonDocument body) {
  private static final BsonDocument NONE = new BsonDocument();
  private static final BsonInt32 ZERO = new BsonInt32(0);

  boolean isError() {
    return isUnheard || body.containsKey("error");
  }

  /** The API's stable number of the error; 0 when there is none. */
  int errorCode() {
    return body.getDocument("error", NONE).getNumber("err_code", ZERO).intValue();
  }

  String error() {
    return "%s (error %d)"
        .formatted(
            body.getDocument("error", NONE)
                .getString("description", new BsonString("no reason given"))
                .getValue(),
            errorCode());
  }

  long sequence() {
    return body.getNumber("seq", ZERO).longValue();
  }

  boolean isDuplicate() {
    return body.getBoolean("duplicate", BsonBoolean.FALSE).getValue();
  }

  /** How many messages an atomic batch stored. */
  int batchCount() {
    return body.getNumber("count", ZERO).intValue();
  }
}
