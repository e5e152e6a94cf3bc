package dev.millrace.sink.sqlite;

import dev.millrace.sql.Columns;
import dev.millrace.sql.Dialect;
import dev.millrace.sql.RowWriter;
import dev.millrace.sql.TableShape;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * SQLite compares names without regard to ASCII case and keeps {@code sqlite_…} for itself. A
 * transaction that writes has the only lock there is.
 */
enum SqliteDialect implements Dialect {
  INSTANCE;

  static String quote(String name) {
    return '"' + name.replace("\"", "\"\"") + '"';
  }

  @Override
  public String code(String problem) {
    return "MR-SQLITE-" + problem;
  }

  @Override
  public String quoted(String table) {
    return quote(table);
  }

  @Override
  public String renaming(String table, String name) {
    return "ALTER TABLE %s RENAME TO %s".formatted(quote(table), quote(name));
  }

  @Override
  public String fitting(String name) {
    return name;
  }

  @Override
  public boolean isSameName(String one, String other) {
    return one.equalsIgnoreCase(other);
  }

  @Override
  public boolean isReserved(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return lower.startsWith("sqlite_") || lower.startsWith("millrace_");
  }

  @Override
  public String nameColumn() {
    return "TEXT NOT NULL COLLATE NOCASE UNIQUE";
  }

  @Override
  public String instantType() {
    return "TEXT";
  }

  @Override
  public String instant() {
    return "?";
  }

  /** The rows are kept beside the key's index: with it, rows of 1 KB would spill out of pages. */
  @Override
  public String columnsOfDocuments() {
    return "id TEXT NOT NULL PRIMARY KEY, document TEXT NOT NULL, version TEXT NOT NULL";
  }

  @Override
  public boolean exists(Connection connection, String name) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement("SELECT 1 FROM sqlite_schema WHERE name = ? COLLATE NOCASE")) {
      select.setString(1, name);
      try (ResultSet row = select.executeQuery()) {
        return row.next();
      }
    }
  }

  @Override
  public Optional<Columns> columns(Connection connection, String table) throws SQLException {
    Set<String> names = new HashSet<>();
    boolean keyed = false;
    try (PreparedStatement select =
        connection.prepareStatement("SELECT lower(name), pk FROM pragma_table_info(?)")) {
      select.setString(1, table);
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          names.add(row.getString(1));
          keyed |= row.getString(1).equals("id") && row.getInt(2) == 1;
        }
      }
    }
    return keyed && names.contains("document")
        ? Optional.of(new Columns(names.contains("version"), names.contains("deleted_at"), "TEXT"))
        : Optional.empty();
  }

  @Override
  public boolean hasColumn(Connection connection, String table, String column) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement("SELECT 1 FROM pragma_table_info(?) WHERE name = ?")) {
      select.setString(1, table);
      select.setString(2, column);
      try (ResultSet row = select.executeQuery()) {
        return row.next();
      }
    }
  }

  @Override
  public void lock(Connection connection) {
    // Held since the transaction began.
  }

  @Override
  public String lockingRows() {
    return "";
  }

  @Override
  public RowWriter rows(Connection connection, TableShape shape) throws SQLException {
    return new SqliteRows(connection, shape);
  }

  @Override
  public boolean isOfDocument(SQLException e) {
    return SqliteFailures.isOfDocument(e);
  }
}
