package dev.millrace.lab;

import com.mongodb.MongoNamespace;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoCursor;
import com.mongodb.client.MongoDatabase;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.bson.BsonDocument;
import org.bson.BsonNull;

/**
 * How far a sink is from its source. Types that relaxed Extended JSON does not tell apart count as
 * the same; the order of fields counts.
 *
 * @param documents in the source
 * @param missing in the source, not in the sink
 * @param stale in both, but not the same
 * @param extra in the sink, not in the source
 * @param events messages the sink got, 0 if it has no log
 * @param duplicates see {@link SinkImage#countMessage}
 * @param outOfOrder see {@link SinkImage#countMessage}
 * @param examples up to five of the differing documents, such as {@code missing db.coll 5}
 */
public record Comparison(
    long documents,
    long missing,
    long stale,
    long extra,
    long events,
    long duplicates,
    long outOfOrder,
    List<String> examples) {
  private static final int MOST_EXAMPLES = 5;

  /** Copies the list of examples. */
  public Comparison {
    examples = List.copyOf(examples);
  }

  /** Compares all collections of a database, but no views, time series or system collections. */
  public static Comparison compare(MongoClient client, String database, SinkImage image) {
    return compare(client, database, List.of(), List.of(), image);
  }

  /**
   * Compares a database that nobody writes to meanwhile. Reads each collection once; holds ids, not
   * documents.
   *
   * @param collections the names to compare; empty means all that either side has, without views,
   *     time series and system collections
   * @param exclude names to leave out on both sides
   */
  public static Comparison compare(
      MongoClient client,
      String database,
      Collection<String> collections,
      Collection<String> exclude,
      SinkImage image) {
    Set<String> names = new TreeSet<>(collections);
    MongoDatabase source = client.getDatabase(database);
    if (names.isEmpty()) {
      names.addAll(collectionsOf(source));
      image.namespaces().stream()
          .filter(namespace -> namespace.getDatabaseName().equals(database))
          .forEach(namespace -> names.add(namespace.getCollectionName()));
    }
    names.removeAll(exclude);
    Tally tally = new Tally();
    for (String name : names) {
      MongoNamespace namespace = new MongoNamespace(database, name);
      tally.add(source, namespace, image);
    }
    return new Comparison(
        tally.documents,
        tally.missing,
        tally.stale,
        tally.extra,
        image.events(),
        image.duplicates(),
        image.outOfOrder(),
        tally.examples);
  }

  private static List<String> collectionsOf(MongoDatabase database) {
    List<String> names = new ArrayList<>();
    for (BsonDocument info : database.listCollections(BsonDocument.class)) {
      String name = info.getString("name").getValue();
      if (info.getString("type").getValue().equals("collection") && !name.startsWith("system.")) {
        names.add(name);
      }
    }
    return names;
  }

  /** Whether the sink holds exactly what the source holds, however it came to that. */
  public boolean equal() {
    return missing == 0 && stale == 0 && extra == 0;
  }

  /** Whether it is {@link #equal}, and no message came twice or out of order. */
  public boolean exactlyOnceInOrder() {
    return equal() && duplicates == 0 && outOfOrder == 0;
  }

  /** One line of JSON: the numbers by their names, and the seconds given. */
  public String toJson(double seconds) {
    return String.format(
        Locale.ROOT,
        "{\"documents\": %d, \"events\": %d, \"missing\": %d, \"stale\": %d, \"extra\": %d,"
            + " \"duplicates\": %d, \"out_of_order\": %d, \"seconds\": %.3f}",
        documents,
        events,
        missing,
        stale,
        extra,
        duplicates,
        outOfOrder,
        seconds);
  }

  private static final class Tally {
    private long documents;
    private long missing;
    private long stale;
    private long extra;
    private final List<String> examples = new ArrayList<>();

    void add(MongoDatabase source, MongoNamespace namespace, SinkImage image) {
      Map<String, Digest> held = image.documents(namespace);
      Set<String> found = new HashSet<>();
      try (MongoCursor<BsonDocument> cursor =
          source.getCollection(namespace.getCollectionName(), BsonDocument.class).find().cursor()) {
        while (cursor.hasNext()) {
          BsonDocument document = cursor.next();
          String id = Normal.id(document.get("_id", BsonNull.VALUE));
          documents++;
          Digest digest = held.get(id);
          if (digest == null) {
            missing++;
            example("missing", namespace, id);
            continue;
          }
          found.add(id);
          if (!digest.equals(image.digest(document))) {
            stale++;
            example("stale", namespace, id);
          }
        }
      }
      if (found.size() < held.size()) {
        extra += held.size() - found.size();
        held.keySet().stream()
            .filter(id -> !found.contains(id))
            .limit(MOST_EXAMPLES)
            .forEach(id -> example("extra", namespace, id));
      }
    }

    private void example(String what, MongoNamespace namespace, String id) {
      if (examples.size() < MOST_EXAMPLES) {
        examples.add(what + " " + namespace.getFullName() + " " + id);
      }
    }
  }
}
