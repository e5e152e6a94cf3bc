package dev.millrace.sink.sqlite;

import dev.millrace.model.CommitPoint;
import dev.millrace.model.Namespace;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bson.BsonArray;
import org.bson.BsonDocument;

/** Reads and changes a SQLite file as a person would, over a connection of its own. */
final class Tables {
  private Tables() {}

  static Map<String, BsonDocument> documents(Path file, Namespace namespace) {
    Map<String, BsonDocument> documents = new HashMap<>();
    tableOf(file, namespace)
        .ifPresent(table ->
            query(file, "SELECT id, document FROM " + Table.quoted(table) + alive(file, table))
                .forEach(row -> documents.put(row.get(0), BsonDocument.parse(row.get(1)))));
    return documents;
  }

  private static String alive(Path file, String table) {
    return query(file, "SELECT 1 FROM pragma_table_info(?) WHERE name = 'deleted_at'", table)
            .isEmpty()
        ? ""
        : " WHERE deleted_at IS NULL";
  }

  /** What a consumer may take the tables for. */
  static Optional<CommitPoint> committed(Path file, String pipeline) {
    return query(
            file,
            "SELECT cluster_time, consistent, reason, excluded FROM millrace_commits"
                + " WHERE pipeline = ?",
            pipeline)
        .stream()
        .map(row ->
            new CommitPoint(
                row.get(0) == null ? 0 : Long.parseUnsignedLong(row.get(0), 16),
                row.get(1).equals("1"),
                row.get(2),
                BsonArray.parse(row.get(3)).stream().map(v -> v.asString().getValue()).toList()))
        .findFirst();
  }

  static Optional<String> tableOf(Path file, Namespace namespace) {
    return query(
            file,
            "SELECT table_name FROM millrace_collections"
                + " WHERE database_name = ? AND collection_name = ?",
            namespace.database(),
            namespace.collection())
        .stream()
        .map(row -> row.get(0))
        .findFirst();
  }

  static List<List<String>> query(Path file, String sql, String... parameters) {
    try (Connection connection = connect(file);
        PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < parameters.length; i++) {
        statement.setString(i + 1, parameters[i]);
      }
      List<List<String>> rows = new ArrayList<>();
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          List<String> values = new ArrayList<>();
          for (int i = 1; i <= row.getMetaData().getColumnCount(); i++) {
            values.add(row.getString(i));
          }
          rows.add(values);
        }
      }
      return rows;
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  static void execute(Path file, String sql) {
    try (Connection connection = connect(file);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  static Connection connect(Path file) throws SQLException {
    return DriverManager.getConnection("jdbc:sqlite:" + file);
  }
}
