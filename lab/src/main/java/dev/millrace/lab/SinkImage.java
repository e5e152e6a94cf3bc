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
import org.bson.BsonTimestamp;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;

/**
 * What a sink holds: per namespace one digest per document, found by {@code _id}, and what was seen
 * of the way there. Some 300 bytes a document. Not thread-safe.
 */
public final class SinkImage {
  // As a change stream's tokens begin in every version that Millrace reads.
  private static final Pattern TOKEN = Pattern.compile("82[0-9A-F]+");

  private static final BsonTimestamp NO_TIME = new BsonTimestamp(0);

  private final boolean byValue;
  private final Map<MongoNamespace, ImageCollection> collections = new HashMap<>();
  private final Set<Digest> messageIds = new HashSet<>();
  private String lastToken = "";
  private long events;
  private long duplicates;
  private long outOfOrder;

  /** Of a sink that keeps documents as they are spelled. */
  public SinkImage() {
    this(false);
  }

  /**
   * @param byValue whether the sink keeps them by their value alone, as {@link ByValue} has it
   */
  public SinkImage(boolean byValue) {
    this.byValue = byValue;
  }

  /** Of a document of the source, to be held against the sink's. */
  Digest digest(BsonDocument document) {
    return byValue ? Normal.digestByValue(document) : Normal.digest(document);
  }

  /** Sets the document with that {@code _id}, which it must carry. */
  public void put(MongoNamespace namespace, BsonDocument document) {
    put(namespace, Objects.requireNonNull(document.get("_id"), "no _id"), document);
  }

  /** Sets the document that the sink keeps under this id, whatever id is inside. */
  public void put(MongoNamespace namespace, BsonValue id, BsonDocument document) {
    put(namespace, id, digest(document));
  }

  private void put(MongoNamespace namespace, BsonValue id, Digest digest) {
    collection(namespace).put(Normal.id(id), digest);
  }

  private ImageCollection collection(MongoNamespace namespace) {
    return collections.computeIfAbsent(namespace, any -> new ImageCollection(0));
  }

  /** Removes a document if it is there. */
  public void remove(MongoNamespace namespace, BsonValue id) {
    collection(namespace).remove(Normal.id(id));
  }

  /** Removes all documents of a namespace. */
  private void drop(MongoNamespace namespace, long at) {
    collections.put(namespace, new ImageCollection(at));
  }

  /** Removes all documents of a database. */
  public void dropDatabase(String database) {
    collections.keySet().removeIf(namespace -> namespace.getDatabaseName().equals(database));
  }

  /** Moves all documents of a namespace; what was at the target is gone. */
  private void rename(MongoNamespace from, MongoNamespace to, long at) {
    collections.put(to, collection(from));
    drop(from, at);
  }

  /**
   * Counts a message. An id that was seen before makes it a duplicate; a resume token that is not
   * greater than that of the message before makes it out of order (hex text order is stream order).
   * An immediate repetition is both. Copied rows have no tokens; see {@link #apply}.
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
   *
   * <p>Copied rows and the marks around them are replayed too. A row that came before in the same
   * generation is a duplicate; one that does not stand between the older and the newer events of
   * its document is out of order.
   */
  public void apply(BsonDocument event) {
    String type = event.getString("operationType").getValue();
    switch (type) {
      case "insert", "update", "replace", "delete" -> change(event, false);
      case "read" -> {
        String row = event.getDocument("_id").getString("_copy").getValue() + event.get("ns");
        if (!messageIds.add(Digest.of(row + Normal.id(id(event))))) {
          duplicates++;
        }
        change(event, true);
      }
      case "reset" -> collection(namespace(event, "ns")).beginCopy();
      case "swept" -> collection(namespace(event, "ns")).endCopy();
      case "drop" -> drop(namespace(event, "ns"), at(event, false));
      case "rename" -> rename(namespace(event, "ns"), namespace(event, "to"), at(event, false));
      case "dropDatabase" -> dropDatabase(event.getDocument("ns").getString("db").getValue());
      default -> {}
    }
  }

  private void change(BsonDocument event, boolean isRow) {
    ImageCollection collection = collection(namespace(event, "ns"));
    String id = Normal.id(id(event));
    if (!collection.note(id, at(event, isRow))) {
      outOfOrder++;
    }
    BsonValue document = event.get("fullDocument", BsonNull.VALUE);
    if (document.isNull() || event.getString("operationType").getValue().equals("delete")) {
      collection.remove(id);
    } else {
      collection.put(id, Normal.digestOfParsed(document.asDocument()));
    }
  }

  private static BsonValue id(BsonDocument event) {
    return event.getDocument("documentKey").get("_id", BsonNull.VALUE);
  }

  private static long at(BsonDocument event, boolean isRow) {
    long time = event.getTimestamp("clusterTime", NO_TIME).getValue();
    return isRow ? ImageCollection.rowAt(time) : ImageCollection.eventAt(time);
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
    ImageCollection collection = collections.get(namespace);
    return collection == null ? Map.of() : collection.documents();
  }

  /** Messages counted. */
  public long events() {
    return events;
  }

  /** Messages whose id was seen before, and rows that were read before. */
  public long duplicates() {
    return duplicates;
  }

  /** Messages whose token is not greater than the one before, and rows in a wrong place. */
  public long outOfOrder() {
    return outOfOrder;
  }
}
