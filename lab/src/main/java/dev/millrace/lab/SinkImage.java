package dev.millrace.lab;

import com.mongodb.MongoNamespace;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Pattern;
import org.bson.BsonDocument;
import org.bson.BsonNull;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;

/**
 * What a sink holds: per namespace one digest per document, found by {@code _id}, and what was seen
 * of the way there. Some 200 bytes a document. Not thread-safe.
 */
public final class SinkImage {
  // As a change stream's tokens begin in every version that Millrace reads.
  private static final Pattern TOKEN = Pattern.compile("82[0-9A-F]+");

  private final Map<MongoNamespace, Map<String, Digest>> collections = new HashMap<>();
  private final Set<Digest> messageIds = new HashSet<>();
  private String lastToken = "";
  private long events;
  private long duplicates;
  private long outOfOrder;

  /** Sets the document with that {@code _id}, which it must carry. */
  public void put(MongoNamespace namespace, BsonDocument document) {
    put(namespace, Objects.requireNonNull(document.get("_id"), "no _id"), document);
  }

  /** Sets the document that the sink keeps under this id, whatever id is inside. */
  public void put(MongoNamespace namespace, BsonValue id, BsonDocument document) {
    put(namespace, id, Normal.digest(document));
  }

  private void put(MongoNamespace namespace, BsonValue id, Digest digest) {
    collections.computeIfAbsent(namespace, any -> new HashMap<>()).put(Normal.id(id), digest);
  }

  /** Removes a document if it is there. */
  public void remove(MongoNamespace namespace, BsonValue id) {
    Map<String, Digest> documents = collections.get(namespace);
    if (documents != null) {
      documents.remove(Normal.id(id));
    }
  }

  /** Removes all documents of a namespace. */
  public void drop(MongoNamespace namespace) {
    collections.remove(namespace);
  }

  /** Removes all documents of a database. */
  public void dropDatabase(String database) {
    collections.keySet().removeIf(namespace -> namespace.getDatabaseName().equals(database));
  }

  /** Moves all documents of a namespace; what was at the target is gone. */
  public void rename(MongoNamespace from, MongoNamespace to) {
    Map<String, Digest> moved = collections.remove(from);
    if (moved == null) {
      collections.remove(to);
    } else {
      collections.put(to, moved);
    }
  }

  /**
   * Counts a message. An id that was seen before makes it a duplicate; a resume token that is not
   * greater than that of the message before makes it out of order (hex text order is stream order).
   * An immediate repetition is both. Copied rows, whose ids are no tokens, have no order.
   *
   * @param messageId what the producer named it, or null if it did not
   */
  public void countMessage(@Nullable String messageId) {
    events++;
    if (messageId == null) {
      return;
    }
    if (!messageIds.add(Digest.of(messageId))) {
      duplicates++;
    }
    if (TOKEN.matcher(messageId).matches()) {
      if (messageId.compareTo(lastToken) <= 0) {
        outOfOrder++;
      }
      lastToken = messageId;
    }
  }

  /**
   * Replays a change event as read from relaxed Extended JSON: {@code operationType}, {@code ns},
   * and as the type has it {@code to}, {@code documentKey} and {@code fullDocument}. An update
   * whose document is null was overtaken by a delete, and deletes. Types that change no document
   * are passed over.
   */
  public void apply(BsonDocument event) {
    String type = event.getString("operationType").getValue();
    switch (type) {
      case "insert", "update", "replace" -> {
        BsonValue id = event.getDocument("documentKey").get("_id", BsonNull.VALUE);
        BsonValue document = event.get("fullDocument", BsonNull.VALUE);
        if (document.isNull()) {
          remove(namespace(event, "ns"), id);
        } else {
          put(namespace(event, "ns"), id, Normal.digestOfParsed(document.asDocument()));
        }
      }
      case "delete" ->
          remove(
              namespace(event, "ns"), event.getDocument("documentKey").get("_id", BsonNull.VALUE));
      case "drop" -> drop(namespace(event, "ns"));
      case "rename" -> rename(namespace(event, "ns"), namespace(event, "to"));
      case "dropDatabase" -> dropDatabase(event.getDocument("ns").getString("db").getValue());
      default -> {}
    }
  }

  private static MongoNamespace namespace(BsonDocument event, String field) {
    BsonDocument name = event.getDocument(field);
    return new MongoNamespace(name.getString("db").getValue(), name.getString("coll").getValue());
  }

  /** How many documents there are in a namespace. */
  public int size(MongoNamespace namespace) {
    return documents(namespace).size();
  }

  /** The namespaces with at least one document. */
  public Set<MongoNamespace> namespaces() {
    Set<MongoNamespace> filled = new HashSet<>(collections.keySet());
    filled.removeIf(namespace -> documents(namespace).isEmpty());
    return filled;
  }

  Map<String, Digest> documents(MongoNamespace namespace) {
    return collections.getOrDefault(namespace, Map.of());
  }

  /** Messages counted. */
  public long events() {
    return events;
  }

  /** Messages whose id was seen before. */
  public long duplicates() {
    return duplicates;
  }

  /** Messages whose token is not greater than the one before. */
  public long outOfOrder() {
    return outOfOrder;
  }
}
