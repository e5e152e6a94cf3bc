package dev.millrace.sink.postgres;

import dev.millrace.sql.Columns;
import dev.millrace.sql.Dialect;
import dev.millrace.sql.RowWriter;
import dev.millrace.sql.TableShape;
import dev.millrace.table.RowKey;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * PostgreSQL's names are case-sensitive in quotes, and cut at 63 bytes without a word. Texts that
 * are compared have collation {@code C}, by bytes: versions must, and keys are faster.
 *
 * @param schema where all tables are
 */
record PostgresDialect(String schema) implements Dialect {
  private static final int NAME_BYTES = 63;
  private static final int HASH_DIGITS = 8;

  static String quote(String name) {
    return '"' + name.replace("\"", "\"\"") + '"';
  }

  @Override
  public String code(String problem) {
    return "MR-POSTGRES-" + problem;
  }

  @Override
  public String quoted(String table) {
    return quote(schema) + "." + quote(table);
  }

  @Override
  public String renaming(String table, String name) {
    return "ALTER TABLE %s RENAME TO %s".formatted(quoted(table), quote(name));
  }

  @Override
  public String fitting(String name) {
    if (bytes(name) <= NAME_BYTES) {
      return name;
    }
    String hash = RowKey.sha256(name).substring(0, HASH_DIGITS);
    int end = name.length();
    while (bytes(name.substring(0, end)) > NAME_BYTES - HASH_DIGITS - 1) {
      end = name.offsetByCodePoints(end, -1);
    }
    return name.substring(0, end) + "_" + hash;
  }

  private static int bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }

  @Override
  public boolean isSameName(String one, String other) {
    return one.equals(other);
  }

  @Override
  public boolean isReserved(String name) {
    return name.toLowerCase(Locale.ROOT).startsWith("millrace_");
  }

  @Override
  public String nameColumn() {
    return "TEXT NOT NULL UNIQUE";
  }

  @Override
  public String instantType() {
    return "TIMESTAMPTZ";
  }

  @Override
  public String instant() {
    return "CAST(? AS TIMESTAMPTZ)";
  }

  @Override
  public String columnsOfDocuments() {
    return """
    id TEXT COLLATE "C" NOT NULL PRIMARY KEY, document JSONB NOT NULL, \
    version TEXT COLLATE "C" NOT NULL\
    """;
  }

  @Override
  public boolean exists(Connection connection, String name) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            """
            SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = ? AND c.relname = ?
            """)) {
      select.setString(1, schema);
      select.setString(2, name);
      try (ResultSet row = select.executeQuery()) {
        return row.next();
      }
    }
  }

  /** A table or partitioned table with a unique index on {@code id} alone. */
  @Override
  public Optional<Columns> columns(Connection connection, String table) throws SQLException {
    Map<String, String> types = new HashMap<>();
    boolean keyed = false;
    try (PreparedStatement select =
        connection.prepareStatement(
            """
            SELECT a.attname, t.typname,
              EXISTS (SELECT 1 FROM pg_index i WHERE i.indrelid = c.oid AND i.indisunique
                AND i.indisvalid AND i.indpred IS NULL AND i.indnkeyatts = 1
                AND i.indkey[0] = a.attnum)
            FROM pg_class c
            JOIN pg_namespace n ON n.oid = c.relnamespace
            JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
            JOIN pg_type t ON t.oid = a.atttypid
            WHERE n.nspname = ? AND c.relname = ? AND c.relkind IN ('r', 'p')
            """)) {
      select.setString(1, schema);
      select.setString(2, table);
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          types.put(row.getString(1), row.getString(2));
          keyed |= row.getString(1).equals("id") && row.getBoolean(3);
        }
      }
    }
    String document = types.get("document");
    return keyed && document != null
        ? Optional.of(
            new Columns(types.containsKey("version"), types.containsKey("deleted_at"), document))
        : Optional.empty();
  }

  @Override
  public boolean hasColumn(Connection connection, String table, String column) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            """
            SELECT 1 FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
            JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = ? AND c.relname = ? AND a.attname = ? AND NOT a.attisdropped
            """)) {
      select.setString(1, schema);
      select.setString(2, table);
      select.setString(3, column);
      try (ResultSet row = select.executeQuery()) {
        return row.next();
      }
    }
  }

  @Override
  public void lock(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("SET LOCAL lock_timeout = '1s'");
      statement.execute("SELECT pg_advisory_xact_lock(hashtext('millrace'))");
    }
  }

  @Override
  public String lockingRows() {
    return "FOR UPDATE";
  }

  @Override
  public RowWriter rows(Connection connection, TableShape shape) throws SQLException {
    return new PostgresRows(connection, this, shape);
  }

  @Override
  public boolean isOfDocument(SQLException e) {
    return PostgresFailures.isOfDocument(e);
  }
}
