package dev.millrace.sink.jetstream;

import dev.millrace.model.Change;
import dev.millrace.model.RawValue;
import dev.millrace.table.RowKey;
import java.nio.charset.StandardCharsets;
import java.util.function.Function;
import org.bson.BsonDocument;
import org.bson.BsonString;
import org.bson.BsonTimestamp;

/**
 * Makes the small message that stands for a change of a document which the stream can never take: a
 * dead letter. It has the change's own place, id and resume token, and never the document.
 */
final class LetterMaker {
  /** What a letter calls itself; no change event does. */
  static final String OPERATION = "dead";

  /** Longer keys are hashed in names, as in tables. */
  static final Function<RawValue, String> ID = RowKey.within(2_000);

  private LetterMaker() {}

  /**
   * The letter as JSON.
   *
   * @param withKey whether the {@code _id} is in it, which may be too large itself
   */
  static byte[] body(Change.OnDocument change, NoMessageException why, boolean withKey) {
    BsonDocument letter = new BsonDocument();
    long time;
    String what;
    switch (change) {
      case Change.Streamed it -> {
        letter.append("_id", it.event().token().toDocument());
        time = it.event().clusterTime();
        what = it.event().operation().wireName();
      }
      case Change.Read it -> {
        letter.append("_id", copied(it.generation().id()));
        time = it.copiedAt();
        what = "read";
      }
      case Change.Renewed it -> {
        letter.append("_id", copied("renewed"));
        time = it.copiedAt();
        what = it.document() == null ? "delete" : "read";
      }
      default -> throw new IllegalArgumentException("no change of a document");
    }
    letter
        .append("operationType", new BsonString(OPERATION))
        .append("clusterTime", new BsonTimestamp(time))
        .append(
            "ns",
            new BsonDocument("db", new BsonString(change.namespace().database()))
                .append("coll", new BsonString(change.namespace().collection())));
    if (withKey) {
      letter.append("documentKey", new BsonDocument("_id", change.id().toValue()));
    }
    letter
        .append("id", new BsonString(ID.apply(change.id())))
        .append("change", new BsonString(what))
        .append("code", new BsonString(why.code()))
        .append("reason", new BsonString(why.reason()));
    return letter.toJson().getBytes(StandardCharsets.UTF_8);
  }

  private static BsonDocument copied(String generation) {
    return new BsonDocument("_copy", new BsonString(generation));
  }
}
