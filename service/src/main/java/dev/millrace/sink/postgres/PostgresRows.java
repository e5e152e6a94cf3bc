package dev.millrace.sink.postgres;

import dev.millrace.sql.Columns;
import dev.millrace.sql.RowWriter;
import dev.millrace.sql.TableShape;
import dev.millrace.table.Row;
import dev.millrace.table.RowVersion;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All rows in two statements, as arrays: documents as the bytes they are, so that neither text nor
 * escaping stands between our JSON and the server's parser, which is where the time goes. Copying
 * into a temporary table and from there was up to a fifth faster, and needs a privilege and a
 * session of one's own, which is not to be had behind every pooler (docs/ARCHITECTURE.md).
 */
final class PostgresRows implements RowWriter {
  private final Connection connection;
  private final Columns columns;
  private final boolean softDeletes;
  private final PreparedStatement upsert;
  private final PreparedStatement delete;

  /** Columns of rows to be written, a list each. */
  private static final class Arrays {
    private final boolean binary;
    private final List<String> ids = new ArrayList<>();
    private final List<byte[]> documents = new ArrayList<>();
    private final List<String> versions = new ArrayList<>();
    private final List<@Nullable String> marks = new ArrayList<>();

    /**
     * @param binary whether documents are {@code jsonb}
     */
    Arrays(boolean binary) {
      this.binary = binary;
    }

    void add(String id, byte[] document, String version, @Nullable String mark) {
      ids.add(id);
      documents.add(binary ? PostgresJson.fitting(document) : document);
      versions.add(version);
      marks.add(mark);
    }

    void add(String id, String version) {
      ids.add(id);
      versions.add(version);
      marks.add(RowVersion.instant(version));
    }
  }

  PostgresRows(Connection connection, PostgresDialect dialect, TableShape shape)
      throws SQLException {
    this.connection = connection;
    this.columns = shape.columns();
    this.softDeletes = shape.softDeletes();
    String table = dialect.quoted(shape.name());
    this.upsert = connection.prepareStatement(upsertSql(table));
    PreparedStatement second;
    try {
      second = connection.prepareStatement(deleteSql(table));
    } catch (SQLException e) {
      upsert.close();
      throw e;
    }
    this.delete = second;
  }

  private String upsertSql(String table) {
    String names = "id, document";
    String values = "u.id, convert_from(u.document, 'UTF8')" + cast();
    String arrays = "?::text[], ?::bytea[]";
    String sets = "document = excluded.document";
    String guard = "";
    if (columns.versioned()) {
      names += ", version";
      values += ", u.version";
      arrays += ", ?::text[]";
      sets += ", version = excluded.version";
      guard = " WHERE excluded.version >= coalesce(held.version, '')";
    }
    String given = names;
    if (columns.marking()) {
      names += ", deleted_at";
      given += ", deleted_at";
      values += ", u.deleted_at::timestamptz";
      arrays += ", ?::text[]";
      sets += ", deleted_at = excluded.deleted_at";
    }
    return "INSERT INTO %s AS held (%s) SELECT %s FROM unnest(%s) AS u(%s) ON CONFLICT (id) DO UPDATE SET %s%s"
        .formatted(table, names, values, arrays, given, sets, guard);
  }

  /** A text column may be narrow, and a cast to its type would cut the text without a word. */
  private String cast() {
    return switch (columns.documentType()) {
      case "json", "jsonb" -> "::" + columns.documentType();
      default -> "";
    };
  }

  private String deleteSql(String table) {
    String guard = columns.versioned() ? " AND coalesce(held.version, '') <= u.version" : "";
    String rows = "unnest(?::text[], ?::text[], ?::text[]) AS u(id, version, deleted_at)";
    if (!softDeletes) {
      return "DELETE FROM %s AS held USING %s WHERE held.id = u.id%s".formatted(table, rows, guard);
    }
    return "UPDATE %s AS held SET deleted_at = u.deleted_at::timestamptz%s FROM %s WHERE held.id = u.id%s"
        .formatted(table, columns.versioned() ? ", version = u.version" : "", rows, guard);
  }

  @Override
  public void write(Map<String, Row> rows) throws SQLException {
    Arrays puts = new Arrays(columns.documentType().equals("jsonb"));
    Arrays gone = new Arrays(false);
    rows.forEach((id, row) -> {
      switch (row) {
        case Row.Put put -> puts.add(id, put.json(), put.version(), null);
        case Row.Marked marked ->
            puts.add(id, marked.json(), marked.version(), RowVersion.instant(marked.version()));
        case Row.Gone it -> gone.add(id, it.version());
        case Row.Misfit misfit -> throw new IllegalArgumentException("a misfit to be written");
      }
    });
    if (!puts.ids.isEmpty()) {
      texts(upsert, 1, puts.ids);
      upsert.setArray(2, connection.createArrayOf("bytea", puts.documents.toArray(byte[][]::new)));
      int next = 3;
      if (columns.versioned()) {
        texts(upsert, next++, puts.versions);
      }
      if (columns.marking()) {
        texts(upsert, next, puts.marks);
      }
      upsert.executeUpdate();
    }
    if (!gone.ids.isEmpty()) {
      texts(delete, 1, gone.ids);
      texts(delete, 2, gone.versions);
      texts(delete, 3, gone.marks);
      delete.executeUpdate();
    }
  }

  private void texts(PreparedStatement statement, int at, List<? extends @Nullable String> texts)
      throws SQLException {
    statement.setArray(at, connection.createArrayOf("text", texts.toArray(String[]::new)));
  }

  @Override
  public void close() throws SQLException {
    upsert.close();
    delete.close();
  }
}
