package dev.millrace.bench;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.List;

/** A table in a schema of its own, which stays. */
final class BarePostgres implements BareTable {
  private static final String ON_CONFLICT =
      " ON CONFLICT (id) DO UPDATE SET document = excluded.document, version = excluded.version"
          + " WHERE excluded.version >= held.version";

  private final Way way;
  private final Connection connection;
  private final PreparedStatement upsert;

  /** How a batch gets there. */
  enum Way {
    /** A row is a statement of the driver's batch. */
    BATCH,
    /** As in {@link #BATCH}, and the driver makes statements of many rows of it. */
    REWRITTEN_BATCH,
    /** The statement that Millrace has: a column of all rows is an array. */
    ARRAYS
  }

  private BarePostgres(Way way, Connection connection, String schema) throws SQLException {
    this.way = way;
    this.connection = connection;
    try (Statement statement = connection.createStatement()) {
      statement.execute("CREATE SCHEMA " + schema);
      statement.execute(
          """
          CREATE TABLE %s.orders (id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
            document JSONB NOT NULL, version TEXT COLLATE "C" NOT NULL)
          """
              .formatted(schema));
    }
    connection.setAutoCommit(false);
    String rows =
        way == Way.ARRAYS
            ? "SELECT u.id, convert_from(u.document, 'UTF8')::jsonb, u.version"
                + " FROM unnest(?::text[], ?::bytea[], ?::text[]) AS u(id, document, version)"
            : "VALUES (?, ?::jsonb, ?)";
    this.upsert =
        connection.prepareStatement(
            "INSERT INTO %s.orders AS held (id, document, version) %s%s"
                .formatted(schema, rows, ON_CONFLICT));
  }

  static Opener by(Way way) {
    return course ->
        new BarePostgres(
            way,
            DriverManager.getConnection(
                course.sinkUrl() + "&reWriteBatchedInserts=" + (way == Way.REWRITTEN_BATCH)),
            course.stream());
  }

  @Override
  public void commit() throws SQLException {
    connection.commit();
  }

  @Override
  public void upsert(List<String> ids, List<Json> documents) throws SQLException {
    if (way == Way.ARRAYS) {
      String[] versions = new String[ids.size()];
      Arrays.fill(versions, VERSION);
      byte[][] json = documents.stream().map(Json::utf8).toArray(byte[][]::new);
      upsert.setArray(1, connection.createArrayOf("text", ids.toArray(String[]::new)));
      upsert.setArray(2, connection.createArrayOf("bytea", json));
      upsert.setArray(3, connection.createArrayOf("text", versions));
      upsert.executeUpdate();
      return;
    }
    for (int i = 0; i < ids.size(); i++) {
      upsert.setString(1, ids.get(i));
      upsert.setString(2, documents.get(i).text());
      upsert.setString(3, VERSION);
      upsert.addBatch();
    }
    upsert.executeBatch();
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }
}
