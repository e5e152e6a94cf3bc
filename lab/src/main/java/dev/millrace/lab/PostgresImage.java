package dev.millrace.lab;

import com.mongodb.MongoNamespace;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bson.BsonDocument;
import org.bson.BsonNull;
import org.bson.BsonValue;

/**
 * Reads what a PostgreSQL schema holds: {@code millrace_collections(database_name, collection_name,
 * table_name)} names the tables, each {@code (id, document, version)} with the document as relaxed
 * Extended JSON including {@code _id}, in {@code jsonb}. A row with a {@code deleted_at} that is
 * not null is of a document that is gone. Such an image has no events.
 */
public final class PostgresImage {
  private static final int ROWS_AT_ONCE = 1_000;

  private PostgresImage() {}

  /**
   * Reads all tables in one transaction, so a running sink may write meanwhile.
   *
   * @param url for JDBC
   * @throws SQLException when it is not what this class reads
   */
  public static SinkImage read(String url, String schema) throws SQLException {
    try (Connection connection = DriverManager.getConnection(url)) {
      return read(connection, schema);
    }
  }

  /**
   * As {@link #read(String, String)}.
   *
   * @param connection a new one, with nothing under way
   */
  public static SinkImage read(Connection connection, String schema) throws SQLException {
    SinkImage image = new SinkImage(true);
    connection.setAutoCommit(false);
    connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
    connection.setSchema(schema);
    for (Map.Entry<String, MongoNamespace> table : tables(connection).entrySet()) {
      readTable(connection, schema, table.getKey(), table.getValue(), image);
    }
    connection.rollback();
    return image;
  }

  private static Map<String, MongoNamespace> tables(Connection connection) throws SQLException {
    Map<String, MongoNamespace> tables = new LinkedHashMap<>();
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT table_name, database_name, collection_name FROM millrace_collections")) {
      while (row.next()) {
        tables.put(row.getString(1), new MongoNamespace(row.getString(2), row.getString(3)));
      }
    }
    return tables;
  }

  private static void readTable(
      Connection connection, String schema, String table, MongoNamespace namespace, SinkImage image)
      throws SQLException {
    String quoted = '"' + table.replace("\"", "\"\"") + '"';
    String alive = marks(connection, schema, table) ? " WHERE deleted_at IS NULL" : "";
    try (Statement statement = connection.createStatement()) {
      // Or the driver holds them all.
      statement.setFetchSize(ROWS_AT_ONCE);
      try (ResultSet row = statement.executeQuery("SELECT id, document FROM " + quoted + alive)) {
        while (row.next()) {
          BsonDocument document = ByValue.parse(row.getString(2));
          BsonValue id = document.get("_id", BsonNull.VALUE);
          image.put(namespace, ByValue.id(row.getString(1), id), document);
        }
      }
    }
  }

  private static boolean marks(Connection connection, String schema, String table)
      throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            """
            SELECT 1 FROM information_schema.columns
            WHERE table_schema = ? AND table_name = ? AND column_name = 'deleted_at'
            """)) {
      select.setString(1, schema);
      select.setString(2, table);
      try (ResultSet row = select.executeQuery()) {
        return row.next();
      }
    }
  }
}
