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
  private static final String NAME = "millrace_commits";

  private final Dialect dialect;
  private final String pipeline;

  CommitTable(Dialect dialect, String pipeline) {
    this.dialect = dialect;
    this.pipeline = pipeline;
  }

  private String table() {
    return dialect.quoted(NAME);
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
            excluded TEXT NOT NULL,
            dead_letters BIGINT NOT NULL DEFAULT 0)
          """
              .formatted(table(), dialect.instantType()));
      if (!dialect.hasColumn(connection, NAME, "dead_letters")) {
        statement.execute(
            "ALTER TABLE %s ADD COLUMN dead_letters BIGINT NOT NULL DEFAULT 0".formatted(table()));
      }
    }
  }

  /**
   * @param deadLetters how many documents the tables lack, though their changes count as applied
   */
  void write(Connection connection, CommitPoint point, long deadLetters) throws SQLException {
    try (PreparedStatement upsert =
        connection.prepareStatement(
            """
            INSERT INTO %s
              (pipeline, committed_at, cluster_time, consistent, reason, excluded, dead_letters)
            VALUES (?, %s, ?, ?, ?, ?, ?)
            ON CONFLICT (pipeline) DO UPDATE SET
              committed_at = excluded.committed_at, cluster_time = excluded.cluster_time,
              consistent = excluded.consistent, reason = excluded.reason,
              excluded = excluded.excluded, dead_letters = excluded.dead_letters
            """
                .formatted(table(), dialect.instant()))) {
      boolean any = point.time() != ClusterTime.NONE;
      upsert.setString(1, pipeline);
      upsert.setString(2, any ? ClusterTime.iso(point.time()) : null);
      upsert.setString(3, any ? RowVersion.digits(point.time()) : null);
      upsert.setBoolean(4, point.consistent());
      upsert.setString(5, point.reason());
      upsert.setString(6, excluded(point));
      upsert.setLong(7, deadLetters);
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
