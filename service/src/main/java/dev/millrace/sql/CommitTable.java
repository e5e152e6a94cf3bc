package dev.millrace.sql;

import dev.millrace.json.JsonBuffer;
import dev.millrace.model.ClusterTime;
import dev.millrace.model.CommitPoint;
import dev.millrace.table.RowVersion;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * A pipeline's row in {@code millrace_commits}: what the tables may be taken for as a whole. Who
 * reads it and the tables in one transaction sees the state that it speaks of. No row: never yet.
 *
 * <p>Every method works inside the transaction that is open.
 */
final class CommitTable {
  private final Dialect dialect;
  private final String pipeline;

  CommitTable(Dialect dialect, String pipeline) {
    this.dialect = dialect;
    this.pipeline = pipeline;
  }

  private String table() {
    return dialect.quoted("millrace_commits");
  }

  void create(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      // Two spellings of one time: for people, and as the rows' versions begin.
      statement.execute(
          """
          CREATE TABLE IF NOT EXISTS %s (
            pipeline TEXT NOT NULL PRIMARY KEY,
            committed_at %s,
            cluster_time TEXT,
            consistent BOOLEAN NOT NULL,
            reason TEXT NOT NULL,
            excluded TEXT NOT NULL)
          """
              .formatted(table(), dialect.instantType()));
    }
  }

  void write(Connection connection, CommitPoint point) throws SQLException {
    try (PreparedStatement upsert =
        connection.prepareStatement(
            """
            INSERT INTO %s
              (pipeline, committed_at, cluster_time, consistent, reason, excluded)
            VALUES (?, %s, ?, ?, ?, ?)
            ON CONFLICT (pipeline) DO UPDATE SET
              committed_at = excluded.committed_at, cluster_time = excluded.cluster_time,
              consistent = excluded.consistent, reason = excluded.reason,
              excluded = excluded.excluded
            """
                .formatted(table(), dialect.instant()))) {
      boolean any = point.time() != ClusterTime.NONE;
      upsert.setString(1, pipeline);
      upsert.setString(2, any ? ClusterTime.iso(point.time()) : null);
      upsert.setString(3, any ? RowVersion.digits(point.time()) : null);
      upsert.setBoolean(4, point.consistent());
      upsert.setString(5, point.reason());
      upsert.setString(6, excluded(point));
      upsert.executeUpdate();
    }
  }

  private static String excluded(CommitPoint point) {
    JsonBuffer json = new JsonBuffer(64).ascii('[');
    String separator = "";
    for (String name : point.excluded()) {
      json.ascii(separator).quoted(name);
      separator = ", ";
    }
    return json.ascii(']').toString();
  }
}
