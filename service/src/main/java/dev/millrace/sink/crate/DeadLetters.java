package dev.millrace.sink.crate;

import dev.millrace.model.Namespace;
import dev.millrace.table.RowVersion;
import java.util.HashSet;
import java.util.Set;

/**
 * Documents that their table does not take: a row for each, with the newest state that was refused.
 * It is over when the document's row in its own table has a later version, or it was deleted since.
 */
final class DeadLetters {
  private static final String NAME = "millrace_dead_letters";

  private final CrateClient client;
  private final String schema;
  private final String table;
  private final String pipeline;
  private boolean isThere;

  DeadLetters(CrateClient client, String schema, String pipeline) {
    this.client = client;
    this.schema = schema;
    this.table = CrateTable.quoted(schema, NAME);
    this.pipeline = pipeline;
  }

  void write(Namespace namespace, Document document, String code, String reason) {
    create();
    client.run(
        "writing to",
        NAME,
        """
        INSERT INTO %s
          (pipeline, database_name, collection_name, id, version, code, reason, document, at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (pipeline, database_name, collection_name, id) DO UPDATE SET
          code = CASE WHEN excluded.version >= version THEN excluded.code ELSE code END,
          reason = CASE WHEN excluded.version >= version THEN excluded.reason ELSE reason END,
          document = CASE WHEN excluded.version >= version THEN excluded.document ELSE document END,
          at = CASE WHEN excluded.version >= version THEN excluded.at ELSE at END,
          version = greatest(version, excluded.version)
        """
            .formatted(table),
        pipeline,
        namespace.database(),
        namespace.collection(),
        document.oid(),
        document.version(),
        code,
        reason,
        document.text(),
        RowVersion.instant(document.version()));
  }

  /** The ids of a collection's documents in it; also of those that are over. */
  Set<String> of(Namespace namespace) {
    if (Shape.of(client, schema, NAME).isEmpty()) {
      return Set.of();
    }
    client.run("refreshing", NAME, "REFRESH TABLE " + table);
    Reply reply =
        client.run(
            "reading from",
            NAME,
            "SELECT id FROM %s WHERE pipeline = ? AND database_name = ? AND collection_name = ? LIMIT %d"
                .formatted(table, Entries.MOST),
            pipeline,
            namespace.database(),
            namespace.collection());
    Set<String> ids = new HashSet<>();
    reply.rows().values().forEach(row -> ids.add(row.get(0).asString()));
    return ids;
  }

  private void create() {
    if (isThere) {
      return;
    }
    client.run(
        "making",
        NAME,
        """
        CREATE TABLE IF NOT EXISTS %s (
          pipeline TEXT, database_name TEXT, collection_name TEXT, id TEXT,
          version TEXT, code TEXT, reason TEXT INDEX OFF STORAGE WITH (columnstore = false),
          document TEXT INDEX OFF STORAGE WITH (columnstore = false),
          at TIMESTAMP WITH TIME ZONE,
          PRIMARY KEY (pipeline, database_name, collection_name, id))
        CLUSTERED INTO 1 SHARDS
        """
            .formatted(table));
    isThere = true;
  }
}
