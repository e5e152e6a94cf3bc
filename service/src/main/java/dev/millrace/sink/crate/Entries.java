package dev.millrace.sink.crate;

import dev.millrace.model.Namespace;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** The rows of {@code millrace_collections}, all of them in memory: nobody else writes them. */
final class Entries {
  static final String NAME = "millrace_collections";

  /** More collections than a MongoDB has; without a limit there is one of ten thousand. */
  static final long MOST = 1_000_000;

  private final CrateClient client;
  private final String schema;
  private final String table;
  private final Map<Namespace, Entry> entries = new LinkedHashMap<>();

  Entries(CrateClient client, String schema) {
    this.client = client;
    this.schema = schema;
    this.table = CrateTable.quoted(schema, NAME);
  }

  void load() {
    client.run(
        "making",
        NAME,
        """
        CREATE TABLE IF NOT EXISTS %s (
          database_name TEXT, collection_name TEXT, table_name TEXT, arrived TEXT, pending TEXT,
          PRIMARY KEY (database_name, collection_name))
        CLUSTERED INTO 1 SHARDS
        """
            .formatted(table));
    read();
  }

  /** As {@link #load}, for who only looks: there may be no such table. */
  void look() {
    if (Shape.of(client, schema, NAME).isPresent()) {
      read();
    }
  }

  private void read() {
    client.run("refreshing", NAME, "REFRESH TABLE " + table);
    Reply reply =
        client.run(
            "reading from",
            NAME,
            "SELECT database_name, collection_name, table_name, arrived, pending FROM %s ORDER BY 1, 2 LIMIT %d"
                .formatted(table, MOST));
    entries.clear();
    for (JsonNode row : reply.rows().values()) {
      entries.put(
          new Namespace(row.get(0).asString(), row.get(1).asString()),
          new Entry(row.get(2).asString(), row.get(3).asString(), row.get(4).asString()));
    }
  }

  /** As they are now. */
  Map<Namespace, Entry> all() {
    return Map.copyOf(entries);
  }

  Optional<Entry> of(Namespace namespace) {
    return Optional.ofNullable(entries.get(namespace));
  }

  boolean hasTable(String name) {
    return entries.values().stream().anyMatch(entry -> entry.table().equals(name));
  }

  void put(Namespace namespace, Entry entry) {
    client.run(
        "writing to",
        NAME,
        """
        INSERT INTO %s (database_name, collection_name, table_name, arrived, pending)
        VALUES (?, ?, ?, ?, ?)
        ON CONFLICT (database_name, collection_name) DO UPDATE SET
          table_name = excluded.table_name, arrived = excluded.arrived, pending = excluded.pending
        """
            .formatted(table),
        namespace.database(),
        namespace.collection(),
        entry.table(),
        entry.arrived(),
        entry.pending());
    entries.put(namespace, entry);
  }

  void remove(Namespace namespace) {
    client.run(
        "removing from",
        NAME,
        "DELETE FROM %s WHERE database_name = ? AND collection_name = ?".formatted(table),
        namespace.database(),
        namespace.collection());
    entries.remove(namespace);
  }
}
