package dev.millrace.sink.postgres;

import dev.millrace.config.SinkConfig;
import dev.millrace.model.Finding;
import dev.millrace.model.MillraceException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;

/** Says in words whether a PostgreSQL sink would work, without making or changing anything. */
public final class PostgresCheck {
  private PostgresCheck() {}

  /** What was looked at, and what is wrong. */
  public static List<Finding> run(SinkConfig.Postgres config) {
    try (PostgresDatabase database = PostgresDatabase.open(config, "check")) {
      Finding found = database.read("looking at", it -> look(it, database.name(), config.schema()));
      return List.of(found);
    } catch (MillraceException e) {
      return List.of(Finding.fault(e.failure()));
    }
  }

  private static Finding look(Connection connection, String name, String schema)
      throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            """
            SELECT current_setting('server_version'), current_user, n.oid IS NOT NULL,
              CASE WHEN n.oid IS NULL
                THEN has_database_privilege(current_database(), 'CREATE')
                ELSE has_schema_privilege(n.oid, 'CREATE') AND has_schema_privilege(n.oid, 'USAGE')
              END
            FROM (SELECT 1) AS one LEFT JOIN pg_namespace n ON n.nspname = ?
            """)) {
      select.setString(1, schema);
      try (ResultSet row = select.executeQuery()) {
        row.next();
        boolean there = row.getBoolean(3);
        if (!row.getBoolean(4)) {
          return Finding.fault(
              "MR-POSTGRES-PRIVILEGE",
              there
                  ? "user %s may make no tables in schema %s of %s: GRANT USAGE, CREATE ON SCHEMA %s TO %s"
                      .formatted(
                          row.getString(2), schema, name, quoted(schema), quoted(row.getString(2)))
                  : "there is no schema %s in %s, and user %s may not make it: CREATE SCHEMA %s AUTHORIZATION %s"
                      .formatted(
                          schema,
                          name,
                          row.getString(2),
                          quoted(schema),
                          quoted(row.getString(2))));
        }
        return Finding.ok(
            "PostgreSQL %s at %s, schema %s %s"
                .formatted(row.getString(1), name, schema, there ? "is there" : "will be created"));
      }
    }
  }

  private static String quoted(String name) {
    return PostgresDialect.quote(name);
  }
}
