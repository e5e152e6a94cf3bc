package dev.millrace.sink.crate;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * A table as it is: its own columns, and the keys of its documents that are columns.
 *
 * @param own by name
 * @param keyed whether {@code oid} alone is the primary key
 */
record Shape(Map<String, Column> own, boolean keyed) {
  static final String OID = "oid";
  static final String DATA = "data";
  static final String VERSION = "version";
  static final String MISFIT = "data_misfit";
  static final String DELETED_AT = "deleted_at";

  /** Empty where there is no such table. */
  static Optional<Shape> of(CrateClient client, String schema, String table) {
    Reply columns =
        client.run(
            "looking at the columns of",
            table,
            "SELECT column_details['name'], column_details['path'], data_type, column_details['policy']"
                + " FROM information_schema.columns WHERE table_schema = ? AND table_name = ?",
            schema,
            table);
    if (columns.rows().isEmpty()) {
      return Optional.empty();
    }
    Map<String, Column> own = new HashMap<>();
    for (JsonNode row : columns.rows().values()) {
      if (row.get(1).isEmpty()) {
        own.put(row.get(0).asString(), Column.of(row.get(2).asString(), text(row.get(3))));
      }
    }
    for (JsonNode row : columns.rows().values()) {
      Column column = own.get(row.get(0).asString());
      if (!row.get(1).isEmpty() && column != null) {
        column.put(row.get(1), Column.of(row.get(2).asString(), text(row.get(3))));
      }
    }
    return Optional.of(new Shape(own, isKeyed(client, schema, table)));
  }

  private static String text(@Nullable JsonNode node) {
    return node == null || node.isNull() ? "" : node.asString();
  }

  private static boolean isKeyed(CrateClient client, String schema, String table) {
    Reply key =
        client.run(
            "looking at the key of",
            table,
            "SELECT column_name FROM information_schema.key_column_usage"
                + " WHERE table_schema = ? AND table_name = ?",
            schema,
            table);
    return key.rows().size() == 1 && key.rows().get(0).get(0).asString().equals(OID);
  }

  boolean has(String column) {
    return own.containsKey(column);
  }

  int count() {
    return own.values().stream().mapToInt(Column::count).sum();
  }

  /** Whether documents can be written to it. */
  boolean takesDocuments() {
    Column data = own.get(DATA);
    return keyed && data != null && data.isObject() && data.dimensions() == 0;
  }

  /** The column of documents. */
  Column data() {
    Column data = own.get(DATA);
    if (data == null) {
      throw new IllegalStateException("a table without documents was opened");
    }
    return data;
  }
}
