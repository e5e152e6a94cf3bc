package dev.millrace.sink.sqlite;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Map;

/** One collection's table, with the two statements that write to it. */
final class Table implements AutoCloseable {
  private final String name;
  private final PreparedStatement upsert;
  private final PreparedStatement delete;

  Table(Connection connection, String name) throws SQLException {
    this.name = name;
    // The guards matter when a position was set back: what is older than a row leaves it alone.
    // The cast makes text of UTF-8 bytes without a detour over a String.
    this.upsert =
        connection.prepareStatement(
            """
            INSERT INTO %s AS held (id, document, version) VALUES (?, CAST(? AS TEXT), ?)
            ON CONFLICT (id) DO UPDATE SET document = excluded.document, version = excluded.version
            WHERE excluded.version >= held.version
            """
                .formatted(quoted(name)));
    PreparedStatement second;
    try {
      second =
          connection.prepareStatement(
              "DELETE FROM %s WHERE id = ? AND version <= ?".formatted(quoted(name)));
    } catch (SQLException e) {
      upsert.close();
      throw e;
    }
    this.delete = second;
  }

  String name() {
    return name;
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
          upsert.setString(1, entry.getKey());
          upsert.setBytes(2, put.json());
          upsert.setString(3, put.version());
          upsert.addBatch();
          puts = true;
        }
        case Row.Gone gone -> {
          delete.setString(1, entry.getKey());
          delete.setString(2, gone.version());
          delete.addBatch();
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

  @Override
  public void close() throws SQLException {
    upsert.close();
    delete.close();
  }
}
