package dev.millrace.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;

/** A table in a file of its own. */
final class BareSqlite implements BareTable {
  /** As Millrace sets them. */
  private static final List<String> SETTINGS =
      List.of(
          "PRAGMA page_size=8192",
          "PRAGMA journal_mode=WAL",
          "PRAGMA synchronous=FULL",
          "PRAGMA cache_size=-16384",
          "PRAGMA wal_autocheckpoint=4096");

  private final Path file;
  private final Connection connection;
  private final PreparedStatement upsert;

  private BareSqlite(Path file, Connection connection) throws SQLException {
    this.file = file;
    this.connection = connection;
    try (Statement statement = connection.createStatement()) {
      for (String setting : SETTINGS) {
        statement.execute(setting);
      }
      statement.execute(
          "CREATE TABLE orders (id TEXT NOT NULL PRIMARY KEY, document TEXT NOT NULL,"
              + " version TEXT NOT NULL)");
    }
    connection.setAutoCommit(false);
    this.upsert =
        connection.prepareStatement(
            "INSERT INTO orders AS held (id, document, version) VALUES (?, CAST(? AS TEXT), ?)"
                + " ON CONFLICT (id) DO UPDATE SET document = excluded.document, version ="
                + " excluded.version WHERE excluded.version >= coalesce(held.version, '')");
  }

  static BareTable open() throws SQLException {
    try {
      Path file = Files.createTempFile("millrace-bench-", ".db");
      return new BareSqlite(file, DriverManager.getConnection("jdbc:sqlite:" + file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void commit() throws SQLException {
    connection.commit();
  }

  @Override
  public void upsert(List<String> ids, List<Json> documents) throws SQLException {
    for (int i = 0; i < ids.size(); i++) {
      upsert.setString(1, ids.get(i));
      upsert.setBytes(2, documents.get(i).utf8());
      upsert.setString(3, VERSION);
      upsert.addBatch();
    }
    upsert.executeBatch();
  }

  @Override
  public void close() throws SQLException {
    connection.close();
    try {
      Files.delete(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
