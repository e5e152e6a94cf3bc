package dev.millrace.model;

import java.util.Optional;
import java.util.UUID;
import org.bson.BsonTimestamp;
import org.bson.BsonValue;
import org.bson.RawBsonDocument;

/**
 * What every change carries: the change event as the server sent it and the few fields of it that
 * anybody asks for.
 *
 * @param raw the whole event, a document
 * @param operation what happened. A lookup that found nothing makes an update a {@link
 *     Operation#DELETE}; {@code raw} then already says so too.
 * @param namespace where; the collection's name is empty for {@link Operation#DROP_DATABASE}
 * @param token the event's resume token, a document
 * @param clusterTime the event's cluster time as the server's 64 bits: seconds, then increment
 * @param inTransaction whether it is one of a transaction's, which all have the same cluster time
 */
public record Event(
    RawValue raw,
    Operation operation,
    Namespace namespace,
    RawValue token,
    long clusterTime,
    boolean inTransaction) {

  /** The event's own position: everything up to and with this event. Allocates; not free. */
  public Position position() {
    return Position.of(token.toDocument());
  }

  public BsonTimestamp time() {
    return new BsonTimestamp(clusterTime);
  }

  /**
   * Which collection it was, whatever its name; empty for views and {@link
   * Operation#DROP_DATABASE}, which have none. Looked up in the event's bytes each time: for the
   * rare changes of collections, not for each document's.
   */
  public Optional<UUID> collectionUuid() {
    BsonValue uuid =
        new RawBsonDocument(raw.bytes(), raw.offset(), raw.length()).get("collectionUUID");
    return uuid != null && uuid.isBinary()
        ? Optional.of(uuid.asBinary().asUuid())
        : Optional.empty();
  }
}
