package dev.millrace.sink.crate;

import dev.millrace.json.JsonBuffer;
import dev.millrace.model.ClusterTime;
import dev.millrace.model.CommitPoint;
import dev.millrace.table.RowVersion;

/**
 * A pipeline's row in {@code millrace_commits}: what the tables may be taken for as a whole, once
 * everything of it is searchable. No row: never yet.
 */
final class CommitTable {
  private static final String NAME = "millrace_commits";

  private final CrateClient client;
  private final String table;
  private final String pipeline;

  CommitTable(CrateClient client, String schema, String pipeline) {
    this.client = client;
    this.table = CrateTable.quoted(schema, NAME);
    this.pipeline = pipeline;
  }

  void create() {
    client.run(
        "making",
        NAME,
        """
        CREATE TABLE IF NOT EXISTS %s (
          pipeline TEXT PRIMARY KEY, committed_at TIMESTAMP WITH TIME ZONE, cluster_time TEXT,
          consistent BOOLEAN, reason TEXT, excluded ARRAY(TEXT))
        CLUSTERED INTO 1 SHARDS
        """
            .formatted(table));
  }

  void write(CommitPoint point) {
    boolean any = point.time() != ClusterTime.NONE;
    client.run(
        "writing to",
        NAME,
        """
        INSERT INTO %s (pipeline, committed_at, cluster_time, consistent, reason, excluded)
        VALUES (?, ?, ?, ?, ?, ?)
        ON CONFLICT (pipeline) DO UPDATE SET
          committed_at = excluded.committed_at, cluster_time = excluded.cluster_time,
          consistent = excluded.consistent, reason = excluded.reason, excluded = excluded.excluded
        """
            .formatted(table),
        pipeline,
        any ? ClusterTime.iso(point.time()) : null,
        any ? RowVersion.digits(point.time()) : null,
        point.consistent(),
        point.reason(),
        excluded(point));
    client.run("refreshing", NAME, "REFRESH TABLE " + table);
  }

  private static Request.Json excluded(CommitPoint point) {
    JsonBuffer json = new JsonBuffer(64).ascii('[');
    String separator = "";
    for (String name : point.excluded()) {
      json.ascii(separator).quoted(name);
      separator = ", ";
    }
    return new Request.Json(json.ascii(']').toByteArray());
  }
}
