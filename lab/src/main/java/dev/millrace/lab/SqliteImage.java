package dev.millrace.lab;

import com.mongodb.MongoNamespace;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bson.BsonDocument;

/**
 * Reads what a SQLite file holds: {@code millrace_collections(database_name, collection_name,
 * table_name)} names the tables, each {@code (id, document, version)} with the document as relaxed
 * Extended JSON including {@code _id}. A row with a {@code deleted_at} that is not null is of a
 * document that is gone. Such an image has no events.
 */
public final class SqliteImage {
  private SqliteImage() {}

  /**
   * Reads all tables in one transaction, so a running sink may write meanwhile.
   *
   * @throws NoSuchFileException when there is no such file
   * @throws SQLException when it is not what this class reads
   */
  public static SinkImage read(Path file) throws NoSuchFileException, SQLException {
    if (!Files.exists(file)) {
      // SQLite would make an empty one.
      throw new NoSuchFileException(file.toString());
    }
    SinkImage image = new SinkImage();
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file)) {
      connection.setAutoCommit(false);
      for (Map.Entry<String, MongoNamespace> table : tables(connection).entrySet()) {
        readTable(connection, table.getKey(), table.getValue(), image);
      }
      connection.rollback();
    }
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
      Connection connection, String table, MongoNamespace namespace, SinkImage image)
      throws SQLException {
    String quoted = '"' + table.replace("\"", "\"\"") + '"';
    String alive = marks(connection, table) ? " WHERE deleted_at IS NULL" : "";
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT document FROM " + quoted + alive)) {
      while (row.next()) {
        image.put(namespace, BsonDocument.parse(row.getString(1)));
      }
    }
  }

  private static boolean marks(Connection connection, String table) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT 1 FROM pragma_table_info(?) WHERE lower(name) = 'deleted_at'")) {
      select.setString(1, table);
      try (ResultSet row = select.executeQuery()) {
        return row.next();
      }
    }
  }
}
