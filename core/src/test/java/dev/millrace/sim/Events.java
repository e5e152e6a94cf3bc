package dev.millrace.sim;

import dev.millrace.model.Change;
import dev.millrace.model.Event;
import dev.millrace.model.Namespace;
import dev.millrace.model.Operation;
import dev.millrace.model.RawValue;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.bson.BsonBinary;
import org.bson.BsonDocument;
import org.bson.BsonString;
import org.bson.BsonTimestamp;
import org.jspecify.annotations.Nullable;

/** Makes of an entry of the oplog the change that the source's decoder would make of its event. */
final class Events {
  private Events() {}

  /**
   * @param image the document that an insert, replace or update carries; null where the lookup
   *     found none, which makes it a delete
   * @param inTransaction whether other events have its time
   */
  static Change.Streamed change(Op op, @Nullable Doc image, boolean inTransaction) {
    Operation operation =
        op.operation().isOnDocument() && image == null ? Operation.DELETE : op.operation();
    Event event = event(op, operation, image, inTransaction);
    return switch (operation) {
      case INSERT, UPDATE, REPLACE ->
          new Change.Upsert(event, id(event), field(event.raw(), "fullDocument"));
      case DELETE -> new Change.Delete(event, id(event));
      case CREATE -> new Change.Created(event);
      case DROP -> new Change.Dropped(event);
      case RENAME -> new Change.Renamed(event, Objects.requireNonNull(op.to()));
      case DROP_DATABASE -> new Change.DatabaseDropped(event);
    };
  }

  private static Event event(
      Op op, Operation operation, @Nullable Doc image, boolean inTransaction) {
    BsonDocument document =
        new BsonDocument("_id", op.token().token())
            .append("operationType", new BsonString(operation.wireName()))
            .append("clusterTime", new BsonTimestamp(op.time()));
    if (op.uuid() != null) {
      document.append("collectionUUID", new BsonBinary(op.uuid()));
    }
    document.append("ns", names(op.namespace()));
    if (op.to() != null) {
      BsonDocument description = new BsonDocument("to", names(op.to()));
      if (op.displaced() != null) {
        description.append("dropTarget", new BsonBinary(op.displaced()));
      }
      document.append("to", names(op.to())).append("operationDescription", description);
    }
    if (op.id() != null) {
      document.append("documentKey", new BsonDocument("_id", op.id()));
    }
    if (image != null) {
      document.append("fullDocument", image.document());
    }
    RawValue raw = RawValue.of(document);
    return new Event(raw, operation, op.namespace(), field(raw, "_id"), op.time(), inTransaction);
  }

  private static BsonDocument names(Namespace namespace) {
    BsonDocument names = new BsonDocument("db", new BsonString(namespace.database()));
    return namespace.collection().isEmpty()
        ? names
        : names.append("coll", new BsonString(namespace.collection()));
  }

  private static RawValue id(Event event) {
    return field(field(event.raw(), "documentKey"), "_id");
  }

  private static RawValue field(RawValue document, String name) {
    return Doc.field(document, name.getBytes(StandardCharsets.US_ASCII));
  }
}
