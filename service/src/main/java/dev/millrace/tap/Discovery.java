package dev.millrace.tap;

import dev.millrace.source.Tables;
import dev.millrace.source.Tables.Found;
import java.util.Optional;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The catalog of what the user may read, as tap-mongodb makes it. */
public final class Discovery {
  private static final JsonMapper MAPPER =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  private Discovery() {}

  /**
   * Asks for it.
   *
   * @param login the database of the login
   * @return JSON, in lines
   */
  public static String catalog(Tables tables, Optional<String> login) {
    ObjectNode catalog = MAPPER.createObjectNode();
    ArrayNode streams = catalog.putArray("streams");
    for (String database : tables.databases(login)) {
      tables.collections(database).forEach(found -> stream(streams.addObject(), found));
    }
    return MAPPER.writeValueAsString(catalog);
  }

  private static void stream(ObjectNode stream, Found found) {
    String collection = found.namespace().collection();
    stream.put("table_name", collection);
    stream.put("stream", collection);
    ObjectNode entry = stream.putArray("metadata").addObject();
    entry.putArray("breadcrumb");
    ObjectNode metadata = entry.putObject("metadata");
    metadata.putArray("table-key-properties").add("_id");
    metadata.put("database-name", found.namespace().database());
    metadata.put("row-count", found.documents());
    metadata.put("is-view", false);
    ArrayNode keys = metadata.putArray("valid-replication-keys");
    found.indexed().forEach(keys::add);
    stream.put("tap_stream_id", found.namespace().database() + "-" + collection);
    stream.putObject("schema").put("type", "object");
  }
}
