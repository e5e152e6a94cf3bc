package dev.millrace.sql;

import dev.millrace.model.CommitPoint;
import dev.millrace.model.Namespace;
import java.sql.Connection;
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

/** Reads and changes a database as a person would, over a connection of its own. */
public final class Reading {
  private final Place place;

  /** Where the database is. */
  public interface Place {
    /** A new connection, in which tables need no schema before their names. */
    Connection connect() throws SQLException;

    Dialect dialect();

    /** Reads the text of a document. */
    BsonDocument parse(String json);
  }

  public Reading(Place place) {
    this.place = place;
  }

  /** What is there of a collection; rows that are marked are not. */
  public Map<String, BsonDocument> documents(Namespace namespace) {
    Map<String, BsonDocument> documents = new HashMap<>();
    tableOf(namespace)
        .ifPresent(table ->
            query("SELECT id, document FROM " + place.dialect().quoted(table) + alive(table))
                .forEach(row -> documents.put(row.get(0), place.parse(row.get(1)))));
    return documents;
  }

  private String alive(String table) {
    boolean marking =
        with(connection -> place.dialect().columns(connection, table)).orElseThrow().marking();
    return marking ? " WHERE deleted_at IS NULL" : "";
  }

  /** What a consumer may take the tables for. */
  public Optional<CommitPoint> committed(String pipeline) {
    return query(
            "SELECT cluster_time, consistent, reason, excluded FROM millrace_commits"
                + " WHERE pipeline = ?",
            pipeline)
        .stream()
        .map(row ->
            new CommitPoint(
                row.get(0) == null ? 0 : Long.parseUnsignedLong(row.get(0), 16),
                row.get(1).equals("1") || row.get(1).equals("t"),
                row.get(2),
                BsonArray.parse(row.get(3)).stream().map(v -> v.asString().getValue()).toList()))
        .findFirst();
  }

  /** The name of a collection's table. */
  public Optional<String> tableOf(Namespace namespace) {
    return query(
            "SELECT table_name FROM millrace_collections"
                + " WHERE database_name = ? AND collection_name = ?",
            namespace.database(),
            namespace.collection())
        .stream()
        .map(row -> row.get(0))
        .findFirst();
  }

  /** Each row of the answer as one text, its values with a bar between. */
  public List<String> lines(String sql) {
    return query(sql).stream()
        .map(row -> String.join("|", row.stream().map(String::valueOf).toList()))
        .toList();
  }

  public List<List<String>> query(String sql, String... parameters) {
    return with(connection -> {
      try (PreparedStatement statement = connection.prepareStatement(sql)) {
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
      }
    });
  }

  public void execute(String sql) {
    with(connection -> {
      try (Statement statement = connection.createStatement()) {
        return statement.execute(sql);
      }
    });
  }

  private <T> T with(Database.Work<T> work) {
    try (Connection connection = place.connect()) {
      return work.on(connection);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }
}
