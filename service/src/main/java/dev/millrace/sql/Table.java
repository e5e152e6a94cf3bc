package dev.millrace.sql;

import dev.millrace.table.Row;
import dev.millrace.table.RowVersion;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Map;
import java.util.Set;

/** One collection's table: its rows, and what is done to all of them. */
final class Table implements AutoCloseable {
  private final Connection connection;
  private final Dialect dialect;
  private final TableShape shape;
  private final RowWriter rows;

  Table(Connection connection, Dialect dialect, TableShape shape) throws SQLException {
    this.connection = connection;
    this.dialect = dialect;
    this.shape = shape;
    this.rows = dialect.rows(connection, shape);
  }

  /** As it was when it was looked at. */
  TableShape shape() {
    return shape;
  }

  boolean isVersioned() {
    return shape.columns().versioned();
  }

  void write(Map<String, Row> written) throws SQLException {
    rows.write(written);
  }

  /** Removes these rows, of any version. */
  void clear(Set<String> ids) throws SQLException {
    try (PreparedStatement delete =
        connection.prepareStatement(
            "DELETE FROM %s WHERE id = ?".formatted(dialect.quoted(shape.name())))) {
      for (String id : ids) {
        delete.setString(1, id);
        delete.addBatch();
      }
      delete.executeBatch();
    }
  }

  /**
   * Removes or marks what a complete copy and the stream beside it left alone: rows of an earlier
   * version. That of the version itself stays: the copy read it at the very time it began. Without
   * versions nothing can be told apart, and nothing is done: {@link #removeAll} came before the
   * copy.
   */
  void sweep(String version) throws SQLException {
    if (isVersioned()) {
      remove("coalesce(version, '') < ?", version);
    }
  }

  /** Removes or marks all rows but those of a later version. */
  void removeAll(String version) throws SQLException {
    remove(isVersioned() ? "coalesce(version, '') <= ?" : "? IS NOT NULL", version);
  }

  /** A row that is marked keeps the time it was first known to be gone. */
  private void remove(String condition, String version) throws SQLException {
    String table = dialect.quoted(shape.name());
    String sql =
        shape.softDeletes()
            ? "UPDATE %s SET deleted_at = %s%s WHERE deleted_at IS NULL AND %s"
                .formatted(
                    table, dialect.instant(), isVersioned() ? ", version = ?" : "", condition)
            : "DELETE FROM %s WHERE %s".formatted(table, condition);
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      int next = 1;
      if (shape.softDeletes()) {
        statement.setString(next++, RowVersion.instant(version));
        if (isVersioned()) {
          statement.setString(next++, version);
        }
      }
      statement.setString(next, version);
      statement.executeUpdate();
    }
  }

  @Override
  public void close() throws SQLException {
    rows.close();
  }
}
