package dev.millrace.sink.crate;

import dev.millrace.model.Namespace;
import dev.millrace.table.RowVersion;

/**
 * Documents that their table does not take: a row for each, with the newest state that was refused.
 * It is over when the document's row in its own table has a later version, or it was deleted since.
 */
final class DeadLetters {
  private static final String NAME = "millrace_dead_letters";

  private final CrateClient client;
  private final String table;
  private final String pipeline;
  private boolean isThere;

  DeadLetters(CrateClient client, String schema, String pipeline) {
    this.client = client;
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
