package dev.millrace.sql;

import dev.millrace.model.Namespace;
import dev.millrace.table.Row;
import dev.millrace.table.RowVersion;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Collection;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * A pipeline's rows in {@code millrace_dead_letters}: the documents whose newest state their tables
 * did not take. One for each document: a later state that fits, or the document's end, ends its
 * letter as well, in the same transaction. So what is here is what the tables lack.
 *
 * <p>Every method works inside the transaction that is open. When that fails, so does the number
 * remembered here: {@link #forget} it.
 */
final class DeadLetters {
  private static final long UNKNOWN = -1;
  static final String NAME = "millrace_dead_letters";

  private final Dialect dialect;
  private final String pipeline;

  /** So that nothing is asked while there are none; for any thread. */
  private volatile long count;

  DeadLetters(Dialect dialect, String pipeline) {
    this.dialect = dialect;
    this.pipeline = pipeline;
  }

  void create(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(
          """
          CREATE TABLE IF NOT EXISTS %s (
            pipeline TEXT NOT NULL,
            database_name TEXT NOT NULL,
            collection_name TEXT NOT NULL,
            id TEXT NOT NULL,
            version TEXT NOT NULL,
            happened_at %s,
            code TEXT NOT NULL,
            reason TEXT NOT NULL,
            document TEXT,
            PRIMARY KEY (pipeline, database_name, collection_name, id))
          """
              .formatted(table(), dialect.instantType()));
    }
  }

  private String table() {
    return dialect.quoted(NAME);
  }

  /** How many there are, as far as is known; any thread. */
  long count() {
    return Math.max(0, count);
  }

  /** The transaction was undone. */
  void forget() {
    count = UNKNOWN;
  }

  /** Counts them. */
  void load(Connection connection) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT count(*) FROM %s WHERE pipeline = ?".formatted(table()))) {
      select.setString(1, pipeline);
      try (ResultSet row = select.executeQuery()) {
        row.next();
        count = row.getLong(1);
      }
    }
  }

  /** Those of these documents that there are any of; none where no sink made the table yet. */
  Set<String> among(Connection connection, Namespace namespace, Collection<String> ids)
      throws SQLException {
    Set<String> found = new HashSet<>();
    if (!dialect.exists(connection, NAME)) {
      return found;
    }
    try (PreparedStatement select = prepare(connection, "SELECT 1 FROM %s WHERE %s AND id = ?")) {
      whose(select, namespace);
      for (String id : ids) {
        select.setString(4, id);
        try (ResultSet row = select.executeQuery()) {
          if (row.next()) {
            found.add(id);
          }
        }
      }
    }
    return found;
  }

  /** Keeps these, each in place of an older one of its document. */
  void keep(Connection connection, Namespace namespace, Map<String, Row.Misfit> misfits)
      throws SQLException {
    try (PreparedStatement upsert =
        connection.prepareStatement(
            """
            INSERT INTO %s AS held (pipeline, database_name, collection_name, id,
              version, happened_at, code, reason, document)
            VALUES (?, ?, ?, ?, ?, %s, ?, ?, ?)
            ON CONFLICT (pipeline, database_name, collection_name, id) DO UPDATE SET
              version = excluded.version, happened_at = excluded.happened_at,
              code = excluded.code, reason = excluded.reason, document = excluded.document
            WHERE excluded.version >= held.version
            """
                .formatted(table(), dialect.instant()))) {
      for (Map.Entry<String, Row.Misfit> entry : misfits.entrySet()) {
        Row.Misfit misfit = entry.getValue();
        whose(upsert, namespace);
        upsert.setString(4, entry.getKey());
        upsert.setString(5, misfit.version());
        upsert.setString(6, RowVersion.instant(misfit.version()));
        upsert.setString(7, misfit.code());
        upsert.setString(8, misfit.reason());
        byte[] json = misfit.json();
        upsert.setString(9, json == null ? null : new String(json, StandardCharsets.UTF_8));
        upsert.addBatch();
      }
      upsert.executeBatch();
    }
    load(connection);
  }

  /** The tables have these documents as they are now, or they are gone. */
  void end(Connection connection, Namespace namespace, Collection<String> ids) throws SQLException {
    if (count == 0) {
      return;
    }
    try (PreparedStatement delete = prepare(connection, "DELETE FROM %s WHERE %s AND id = ?")) {
      for (String id : ids) {
        whose(delete, namespace);
        delete.setString(4, id);
        delete.addBatch();
      }
      delete.executeBatch();
    }
    load(connection);
  }

  /** The collection is gone, and with it its documents of up to this version. */
  void endAll(Connection connection, Namespace namespace, String version) throws SQLException {
    end(connection, namespace, "<=", version);
  }

  /** What a complete copy left alone is gone. */
  void sweep(Connection connection, Namespace namespace, String version) throws SQLException {
    end(connection, namespace, "<", version);
  }

  private void end(Connection connection, Namespace namespace, String order, String version)
      throws SQLException {
    if (count == 0) {
      return;
    }
    try (PreparedStatement delete =
        prepare(connection, "DELETE FROM %s WHERE %s AND version " + order + " ?")) {
      whose(delete, namespace);
      delete.setString(4, version);
      delete.executeUpdate();
    }
    load(connection);
  }

  /** They go with their collection to its new name, where none are. */
  void rename(Connection connection, Namespace from, Namespace to) throws SQLException {
    if (count == 0) {
      return;
    }
    try (PreparedStatement update =
        connection.prepareStatement(
            """
            UPDATE %s SET database_name = ?, collection_name = ?
            WHERE pipeline = ? AND database_name = ? AND collection_name = ?
            """
                .formatted(table()))) {
      update.setString(1, to.database());
      update.setString(2, to.collection());
      update.setString(3, pipeline);
      update.setString(4, from.database());
      update.setString(5, from.collection());
      update.executeUpdate();
    }
  }

  private PreparedStatement prepare(Connection connection, String sql) throws SQLException {
    return connection.prepareStatement(
        sql.formatted(table(), "pipeline = ? AND database_name = ? AND collection_name = ?"));
  }

  private void whose(PreparedStatement statement, Namespace namespace) throws SQLException {
    statement.setString(1, pipeline);
    statement.setString(2, namespace.database());
    statement.setString(3, namespace.collection());
  }
}
