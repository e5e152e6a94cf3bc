package dev.millrace.sink.sqlite;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Map;

/**
 * One collection's table, with the two statements that write its rows.
 *
 * <p>Where the table has versions, what is older than a row leaves it alone: that matters when a
 * position was set back. A row without one, as a column that was added has them, is the oldest.
 */
final class Table implements AutoCloseable {
  private final Connection connection;
  private final String name;
  private final Columns columns;
  private final boolean softDeletes;
  private final PreparedStatement upsert;
  private final PreparedStatement delete;

  /**
   * @param softDeletes whether rows are marked instead of removed; the table has the column then
   */
  Table(Connection connection, String name, Columns columns, boolean softDeletes)
      throws SQLException {
    this.connection = connection;
    this.name = name;
    this.columns = columns;
    this.softDeletes = softDeletes;
    this.upsert = connection.prepareStatement(upsertSql());
    PreparedStatement second;
    try {
      second = connection.prepareStatement(deleteSql());
    } catch (SQLException e) {
      upsert.close();
      throw e;
    }
    this.delete = second;
  }

  /** Parameters: id, document, then version and mark where the table has them. */
  private String upsertSql() {
    StringBuilder names = new StringBuilder("id, document");
    // The cast makes text of UTF-8 bytes without a detour over a String.
    StringBuilder values = new StringBuilder("?, CAST(? AS TEXT)");
    StringBuilder sets = new StringBuilder("document = excluded.document");
    if (columns.versioned()) {
      names.append(", version");
      values.append(", ?");
      sets.append(", version = excluded.version");
    }
    if (columns.marking()) {
      names.append(", deleted_at");
      values.append(", ?");
      sets.append(", deleted_at = excluded.deleted_at");
    }
    return "INSERT INTO %s AS held (%s) VALUES (%s) ON CONFLICT (id) DO UPDATE SET %s%s"
        .formatted(
            quoted(name),
            names,
            values,
            sets,
            columns.versioned() ? " WHERE excluded.version >= coalesce(held.version, '')" : "");
  }

  /** Parameters: id; then the mark with soft deletes; then version where the table has them. */
  private String deleteSql() {
    if (!softDeletes) {
      return "DELETE FROM %s WHERE id = ?1%s"
          .formatted(quoted(name), columns.versioned() ? " AND coalesce(version, '') <= ?2" : "");
    }
    return columns.versioned()
        ? "UPDATE %s SET deleted_at = ?2, version = ?3 WHERE id = ?1 AND coalesce(version, '') <= ?3"
            .formatted(quoted(name))
        : "UPDATE %s SET deleted_at = ?2 WHERE id = ?1".formatted(quoted(name));
  }

  Columns columns() {
    return columns;
  }

  static String quoted(String name) {
    return '"' + name.replace("\"", "\"\"") + '"';
  }

  /** In whatever order: no two rows are of one document. */
  void write(Map<String, Row> rows) throws SQLException {
    boolean puts = false;
    boolean deletes = false;
    for (Map.Entry<String, Row> entry : rows.entrySet()) {
      switch (entry.getValue()) {
        case Row.Put put -> {
          addUpsert(entry.getKey(), put.json(), put.version(), false);
          puts = true;
        }
        case Row.Marked marked -> {
          addUpsert(entry.getKey(), marked.json(), marked.version(), true);
          puts = true;
        }
        case Row.Gone gone -> {
          addDelete(entry.getKey(), gone.version());
          deletes = true;
        }
      }
    }
    if (puts) {
      upsert.executeBatch();
    }
    if (deletes) {
      delete.executeBatch();
    }
  }

  private void addUpsert(String id, byte[] json, String version, boolean deleted)
      throws SQLException {
    upsert.setString(1, id);
    upsert.setBytes(2, json);
    int next = 3;
    if (columns.versioned()) {
      upsert.setString(next++, version);
    }
    if (columns.marking()) {
      upsert.setString(next, deleted ? RowVersion.instant(version) : null);
    }
    upsert.addBatch();
  }

  private void addDelete(String id, String version) throws SQLException {
    delete.setString(1, id);
    int next = 2;
    if (softDeletes) {
      delete.setString(next++, RowVersion.instant(version));
    }
    if (columns.versioned()) {
      delete.setString(next, version);
    }
    delete.addBatch();
  }

  /**
   * Removes or marks what a complete copy and the stream beside it left alone: rows of an earlier
   * version. That of the version itself stays: the copy read it at the very time it began. Without
   * versions nothing can be told apart, and nothing is done: {@link #removeAll} came before the
   * copy.
   */
  void sweep(String version) throws SQLException {
    if (columns.versioned()) {
      remove("coalesce(version, '') < ?1", version);
    }
  }

  /** Removes or marks all rows but those of a later version. */
  void removeAll(String version) throws SQLException {
    remove(columns.versioned() ? "coalesce(version, '') <= ?1" : "?1 IS NOT NULL", version);
  }

  /** A row that is marked keeps the time it was first known to be gone. */
  private void remove(String condition, String version) throws SQLException {
    String sql =
        softDeletes
            ? "UPDATE %s SET deleted_at = ?2%s WHERE %s AND deleted_at IS NULL"
                .formatted(quoted(name), columns.versioned() ? ", version = ?1" : "", condition)
            : "DELETE FROM %s WHERE %s".formatted(quoted(name), condition);
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, version);
      if (softDeletes) {
        statement.setString(2, RowVersion.instant(version));
      }
      statement.executeUpdate();
    }
  }

  @Override
  public void close() throws SQLException {
    upsert.close();
    delete.close();
  }
}
