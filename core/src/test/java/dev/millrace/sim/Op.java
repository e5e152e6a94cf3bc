package dev.millrace.sim;

import dev.millrace.model.Namespace;
import dev.millrace.model.Operation;
import dev.millrace.model.Position;
import java.util.UUID;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;

/**
 * One entry of the oplog, which is one event of the stream.
 *
 * @param to a rename's new name
 * @param uuid the collection's; null for a whole database
 * @param displaced the collection that had the new name before
 * @param key the document's, by number; -1 where no document is meant
 * @param id the document's, as this event spells it
 * @param doc the document's state from here on; null where it is gone
 */
record Op(
    Moment at,
    Operation operation,
    Namespace namespace,
    @Nullable Namespace to,
    @Nullable UUID uuid,
    @Nullable UUID displaced,
    int key,
    @Nullable BsonValue id,
    @Nullable Doc doc) {
  Position token() {
    return Tokens.event(at.time(), at.index());
  }

  long time() {
    return at.time();
  }

  boolean isAbout(Namespace name) {
    return namespace.equals(name) || name.equals(to);
  }

  @Override
  public String toString() {
    return at
        + " "
        + operation.wireName()
        + " "
        + namespace.collection()
        + (to == null ? "" : " to " + to.collection())
        + (key < 0 ? "" : " key " + key)
        + (doc == null ? "" : " " + doc);
  }
}
