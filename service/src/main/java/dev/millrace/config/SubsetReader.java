package dev.millrace.config;

import dev.millrace.source.Subset;
import java.util.List;
import java.util.Optional;
import org.bson.BsonDocument;
import org.bson.BsonInvalidOperationException;
import org.bson.BsonValue;
import org.bson.json.JsonParseException;

/** Reads which documents a pipeline follows, and what of them. */
final class SubsetReader {
  private static final String FILTER =
      "a filter that is an expression: {$expr: {$eq: [\"$status\", \"active\"]}} (a change stream computes expressions, and tells of no other filter whether a document passes it)";

  private static final String PROJECTION =
      "paths, all with 1 or all with 0: {status: 1, total.net: 1}; the _id is always there, as a whole";

  /** As they begin a JSON string. */
  private static final List<String> RESTLESS =
      List.of("\"$$NOW", "\"$$CLUSTER_TIME", "\"$rand", "\"$sampleRate");

  private final Section section;

  SubsetReader(Section section) {
    this.section = section;
  }

  Subset read() {
    BsonDocument filter = document("filter", FILTER);
    if (!filter.isEmpty() && !(filter.size() == 1 && filter.containsKey("$expr"))) {
      section.fault("filter", "a filter by " + String.join(", ", filter.keySet()), FILTER);
      filter = new BsonDocument();
    }
    String json = filter.toJson();
    // Of an event that is the event.
    if (json.contains("\"$$ROOT")) {
      section.fault("filter", "$$ROOT", "$$CURRENT, which is the document in copy and stream");
    }
    for (String restless : RESTLESS) {
      if (json.contains(restless)) {
        section.fault(
            "filter",
            restless.substring(1),
            "what changes with the document alone: of anything else no event tells");
      }
    }
    return new Subset(filter, projection());
  }

  private BsonDocument projection() {
    BsonDocument projection = document("projection", PROJECTION);
    BsonValue id = projection.remove("_id");
    if (id != null && !Subset.isTrue(id)) {
      section.fault("projection", "_id: 0", PROJECTION);
    }
    long taken = projection.values().stream().filter(Subset::isTrue).count();
    boolean sound =
        projection.entrySet().stream()
            .allMatch(entry -> isPath(entry.getKey()) && isFlag(entry.getValue()));
    if (!sound || (taken != 0 && taken != projection.size())) {
      section.fault("projection", projection.toJson(), PROJECTION);
      return new BsonDocument();
    }
    // The _id alone.
    return projection.isEmpty() && id != null ? new BsonDocument("_id", id) : projection;
  }

  /** A part of the _id would be another _id: of the rows, and of where a copy goes on. */
  private static boolean isPath(String path) {
    return !path.isEmpty()
        && !path.startsWith("_id.")
        && !path.startsWith("$")
        && !path.contains(".$")
        && !path.startsWith(".")
        && !path.endsWith(".")
        && !path.contains("..");
  }

  private static boolean isFlag(BsonValue value) {
    return value.isBoolean()
        || (value.isNumber()
            && (value.asNumber().doubleValue() == 0 || value.asNumber().doubleValue() == 1));
  }

  /** A mapping, or its Extended JSON as a text; empty where there is none. */
  private BsonDocument document(String key, String expected) {
    Optional<BsonDocument> read =
        section.isMapping(key)
            ? section.json(key).flatMap(SubsetReader::parse)
            : section.value(key, SubsetReader::parse, expected);
    if (section.isMapping(key) && read.isEmpty()) {
      section.fault(key, "a mapping that is no Extended JSON", expected);
    }
    return read.orElseGet(BsonDocument::new);
  }

  private static Optional<BsonDocument> parse(String json) {
    try {
      return Optional.of(BsonDocument.parse(json));
    } catch (JsonParseException | BsonInvalidOperationException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
