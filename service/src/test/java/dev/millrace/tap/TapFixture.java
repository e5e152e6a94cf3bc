package dev.millrace.tap;

import com.mongodb.WriteConcern;
import com.mongodb.client.MongoCollection;
import dev.millrace.config.Secret;
import dev.millrace.lab.Lab;
import dev.millrace.lab.MongoServers;
import dev.millrace.model.Namespace;
import dev.millrace.source.Subset;
import dev.millrace.source.Tables;
import dev.millrace.testing.NeedsServers;
import dev.millrace.wiring.TapWiring;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bson.BsonDocument;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A database of its own for each trial, and what a target makes of the messages of a run. */
@NeedsServers
@Timeout(120)
abstract class TapFixture {
  static final JsonMapper MAPPER = new JsonMapper();

  final String database = Lab.freshName("tap");

  MongoServers mongo() {
    return Lab.mongo();
  }

  final MongoCollection<BsonDocument> collection(String name) {
    return mongo()
        .client()
        .getDatabase(database)
        .getCollection(name, BsonDocument.class)
        .withWriteConcern(WriteConcern.MAJORITY);
  }

  final void insert(String name, String... documents) {
    List<BsonDocument> all = new ArrayList<>();
    for (String document : documents) {
      all.add(BsonDocument.parse(document));
    }
    collection(name).insertMany(all);
  }

  final TapStream stream(String collection, TapStream.Method method) {
    return stream(collection, method, null, Subset.ALL);
  }

  final TapStream stream(
      String collection, TapStream.Method method, @Nullable String key, Subset subset) {
    return new TapStream(
        database + "-" + collection,
        new Namespace(database, collection),
        collection,
        method,
        Optional.ofNullable(key),
        subset);
  }

  final Tap tap(Tables tables, TapState state, OutputStream out, Tap.Lives lives, TapStream... of) {
    return TapWiring.tap(config(), tables, state, List.of(of), out, lives);
  }

  final TapConfig config() {
    return new TapConfig(new Secret(mongo().uri()), Optional.empty(), false);
  }

  /** One run from a state, as a target reads it. */
  final Told run(@Nullable JsonNode state, TapStream... streams) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (Tables tables = TapWiring.tables(config())) {
      TapState from = new TapState(state == null ? MAPPER.createObjectNode() : state);
      tap(tables, from, out, Tap.Lives.KEPT, streams).run(false);
    }
    return Told.of(out.toString(StandardCharsets.UTF_8));
  }

  /** The messages of a run. */
  record Told(List<JsonNode> messages) {
    static Told of(String lines) {
      return new Told(lines.lines().map(MAPPER::readTree).toList());
    }

    List<JsonNode> of(String type, String stream) {
      return messages.stream()
          .filter(message -> message.path("type").asString().equals(type))
          .filter(message -> message.path("stream").asString("").equals(stream))
          .toList();
    }

    List<JsonNode> records(String stream) {
      return of("RECORD", stream).stream().map(message -> message.path("record")).toList();
    }

    List<String> ids(String stream) {
      return records(stream).stream().map(record -> record.path("_id").toString()).toList();
    }

    List<String> types() {
      return messages.stream().map(message -> message.path("type").asString()).toList();
    }

    JsonNode state() {
      return messages.stream()
          .filter(message -> message.path("type").asString().equals("STATE"))
          .reduce((first, last) -> last)
          .orElseThrow()
          .path("value");
    }

    JsonNode bookmark(TapStream stream) {
      return state().path("bookmarks").path(stream.id());
    }
  }

  /**
   * What a target has that replaces records by their keys, drops older versions when it is told to,
   * and takes records with {@code _sdc_deleted_at} out.
   */
  static final class TargetTable {
    private final Map<String, JsonNode> rows = new LinkedHashMap<>();
    private final Map<String, Long> versions = new LinkedHashMap<>();

    void take(Told told, String stream) {
      for (JsonNode message : told.messages()) {
        if (!message.path("stream").asString("").equals(stream)) {
          continue;
        }
        long version = message.path("version").asLong();
        if (message.path("type").asString().equals("ACTIVATE_VERSION")) {
          versions.entrySet().stream()
              .filter(row -> row.getValue() < version)
              .map(Map.Entry::getKey)
              .toList()
              .forEach(this::remove);
        } else if (message.path("type").asString().equals("RECORD")) {
          JsonNode record = message.path("record");
          String id = record.path("_id").toString();
          if (record.has("_sdc_deleted_at")) {
            remove(id);
          } else {
            rows.put(id, record);
            versions.put(id, version);
          }
        }
      }
    }

    private void remove(String id) {
      rows.remove(id);
      versions.remove(id);
    }

    Map<String, JsonNode> rows() {
      return rows;
    }
  }
}
