package dev.millrace.sink.jetstream;

import dev.millrace.model.Change;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.Event;
import dev.millrace.model.Namespace;
import dev.millrace.model.Operation;
import dev.millrace.model.Position;
import dev.millrace.model.RawValue;
import dev.millrace.model.Term;
import java.nio.charset.StandardCharsets;
import org.bson.BsonBinary;
import org.bson.BsonDateTime;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonString;
import org.bson.BsonTimestamp;
import org.bson.BsonValue;

/** Change events as a server of version 6 sends them. */
final class Samples {
  static final long SECONDS = 1_795_252_834L;

  private Samples() {}

  /** The token of the n-th event: they sort by n. */
  static String token(int n) {
    return "82%08X%08X2B022C0100296E5A10045D3986B48BFD43E28FEA4C69808038B246645F69640064%024X0004"
        .formatted(SECONDS, n, n);
  }

  static Position position(int n) {
    return Position.of(token(n));
  }

  /** What a pipeline has before its first parcel. */
  static Checkpoint start(Term term) {
    return new Checkpoint(position(0), term, "rs0-id", "scope", "");
  }

  static BsonDocument event(int n, Operation operation, String collection) {
    return new BsonDocument("_id", new BsonDocument("_data", new BsonString(token(n))))
        .append("operationType", new BsonString(operation.wireName()))
        .append("clusterTime", new BsonTimestamp((int) SECONDS, n))
        .append("collectionUUID", new BsonBinary(new byte[16]))
        .append("wallTime", new BsonDateTime(1_795_252_834_871L))
        .append(
            "ns",
            new BsonDocument("db", new BsonString("samp"))
                .append("coll", new BsonString(collection)));
  }

  static Change.Streamed insert(int n) {
    return insert(n, "text " + n);
  }

  static Change.Streamed insert(int n, String text) {
    return upsert(n, Operation.INSERT, new BsonInt32(n), "docs", text);
  }

  static Change.Streamed upsert(
      int n, Operation operation, BsonValue id, String collection, String text) {
    BsonDocument document = new BsonDocument("_id", id).append("text", new BsonString(text));
    BsonDocument event =
        event(n, operation, collection)
            .append("fullDocument", document)
            .append("documentKey", new BsonDocument("_id", id));
    return new Change.Upsert(event(event, operation, collection), value(id), RawValue.of(document));
  }

  static Change.Streamed delete(int n, BsonValue id) {
    BsonDocument event =
        event(n, Operation.DELETE, "docs").append("documentKey", new BsonDocument("_id", id));
    return new Change.Delete(event(event, Operation.DELETE, "docs"), value(id));
  }

  static Event event(BsonDocument event, Operation operation, String collection) {
    BsonTimestamp time = event.getTimestamp("clusterTime");
    return new Event(
        RawValue.of(event),
        operation,
        new Namespace("samp", collection),
        RawValue.of(event.getDocument("_id")),
        time.getValue(),
        false);
  }

  /** A value where it lies inside a document. */
  static RawValue value(BsonValue value) {
    RawValue around = RawValue.of(new BsonDocument("v", value));
    return new RawValue(
        (byte) value.getBsonType().getValue(), around.bytes(), 7, around.length() - 8);
  }

  static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
