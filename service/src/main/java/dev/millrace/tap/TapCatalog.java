package dev.millrace.tap;

import dev.millrace.config.ConfigProblem;
import dev.millrace.model.Namespace;
import dev.millrace.source.Subset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.bson.BsonDocument;
import org.bson.BsonInvalidOperationException;
import org.bson.BsonValue;
import org.bson.json.JsonParseException;
import tools.jackson.databind.JsonNode;

/** Reads which streams a catalog selects; every fault in it at once. */
public final class TapCatalog {
  private static final String METHODS = "FULL_TABLE, LOG_BASED or INCREMENTAL";
  private static final String PROJECTION =
      "a text of JSON with paths, all 1 or all 0, that keeps the _id: {\"status\": 1, \"total.net\": 1}";

  private final boolean databaseInNames;
  private final List<TapStream> selected = new ArrayList<>();
  private final List<ConfigProblem> problems = new ArrayList<>();

  /**
   * @param databaseInNames whether streams are called {@code database_collection} at the target
   */
  public TapCatalog(JsonNode catalog, boolean databaseInNames) {
    this.databaseInNames = databaseInNames;
    JsonNode streams = catalog.path("streams");
    if (!streams.isArray()) {
      problems.add(
          new ConfigProblem("streams", "none", "a catalog, as millrace tap --discover prints it"));
      return;
    }
    Set<String> names = new HashSet<>();
    for (int i = 0; i < streams.size(); i++) {
      JsonNode metadata = ofTheStream(streams.get(i).path("metadata"));
      if (metadata.path("selected").asBoolean(false)) {
        read(streams.get(i), metadata, "streams[" + i + "]", names);
      }
    }
  }

  public List<ConfigProblem> faults() {
    return List.copyOf(problems);
  }

  /** Those that are selected, in the catalog's order. */
  public List<TapStream> selected() {
    return List.copyOf(selected);
  }

  /** What stands at the empty breadcrumb is of the stream as a whole. */
  private static JsonNode ofTheStream(JsonNode metadata) {
    JsonNode found = metadata.path("none");
    for (JsonNode entry : metadata.values()) {
      if (entry.path("breadcrumb").isEmpty()) {
        found = entry.path("metadata");
      }
    }
    return found;
  }

  private void read(JsonNode stream, JsonNode metadata, String at, Set<String> names) {
    int before = problems.size();
    String id = stream.path("tap_stream_id").asString("");
    String collection = stream.path("table_name").asString(stream.path("stream").asString(""));
    String database = metadata.path("database-name").asString("");
    demand(at + ".tap_stream_id", id, "the stream's id: database-collection");
    demand(at + ".table_name", collection, "the collection's name");
    demand(at + ".metadata database-name", database, "the database's name");
    Optional<TapStream.Method> method = method(at, metadata);
    Optional<String> key =
        Optional.of(metadata.path("replication-key").asString("")).filter(name -> !name.isBlank());
    if (method.filter(TapStream.Method.INCREMENTAL::equals).isPresent() && key.isEmpty()) {
      fault(at + ".metadata replication-key", "nothing", "the field that INCREMENTAL goes by");
    }
    Subset subset = subset(at + ".metadata tap-mongodb.projection", metadata);
    String called = stream.path("stream").asString(collection);
    String name = databaseInNames ? database + "_" + called : called;
    if (!names.add(name)) {
      fault(
          at + ".stream",
          "\"" + name + "\", as another has",
          "names of their own; include_schemas_in_destination_stream_name puts the database in front");
    }
    if (problems.size() == before) {
      selected.add(
          new TapStream(
              id, new Namespace(database, collection), name, method.orElseThrow(), key, subset));
    }
  }

  private void demand(String key, String value, String expected) {
    if (value.isEmpty()) {
      fault(key, "nothing", expected);
    }
  }

  private Optional<TapStream.Method> method(String at, JsonNode metadata) {
    String text =
        metadata
            .path("replication-method")
            .asString(metadata.path("forced-replication-method").asString(""));
    for (TapStream.Method method : TapStream.Method.values()) {
      if (method.name().equals(text)) {
        return Optional.of(method);
      }
    }
    fault(
        at + ".metadata replication-method",
        text.isEmpty() ? "nothing" : "\"" + text + "\"",
        METHODS);
    return Optional.empty();
  }

  private Subset subset(String key, JsonNode metadata) {
    String text = metadata.path("tap-mongodb.projection").asString("");
    if (text.isBlank() || text.equals("\"\"")) {
      return Subset.ALL;
    }
    BsonDocument projection;
    try {
      projection = BsonDocument.parse(text);
    } catch (JsonParseException | BsonInvalidOperationException | IllegalArgumentException e) {
      fault(key, "a text that is no JSON", PROJECTION);
      return Subset.ALL;
    }
    BsonValue id = projection.remove("_id");
    long taken = projection.values().stream().filter(Subset::isTrue).count();
    boolean plain =
        projection.entrySet().stream()
            .allMatch(entry ->
                isPath(entry.getKey())
                    && (entry.getValue().isBoolean() || entry.getValue().isNumber()));
    if (!plain
        || (id != null && !Subset.isTrue(id))
        || (taken != 0 && taken != projection.size())) {
      fault(key, text, PROJECTION);
      return Subset.ALL;
    }
    if (projection.isEmpty() && id != null) {
      projection.append("_id", id);
    }
    return new Subset(new BsonDocument(), projection);
  }

  private static boolean isPath(String path) {
    return !path.isEmpty() && !path.startsWith("_id.") && !path.contains("$");
  }

  private void fault(String key, String found, String expected) {
    problems.add(new ConfigProblem(key, found, expected));
  }
}
