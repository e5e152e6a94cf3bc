package dev.millrace.sink.postgres;

import dev.millrace.config.SinkConfig;
import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;
import dev.millrace.sql.Database;
import dev.millrace.sql.Dialect;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection to one PostgreSQL database.
 *
 * <p>Whoever stalls in the midst of a transaction holds the lock of its pipeline's row, and the
 * server may see its connection alive for ever. So a session of ours that stands in a transaction
 * and says nothing is ended: by the server after {@link #IDLE}, and by whoever waits for its lock
 * after a second.
 */
final class PostgresDatabase implements Database {
  private static final Logger LOG = LoggerFactory.getLogger(PostgresDatabase.class);

  private static final String IDLE = "10s";
  private static final String LOCK_WAIT = "10s";

  private final String name;
  private final PostgresDialect dialect;
  private final Connection connection;
  private volatile boolean closed;

  private PostgresDatabase(String name, PostgresDialect dialect, Connection connection) {
    this.name = name;
    this.dialect = dialect;
    this.connection = connection;
  }

  /**
   * Connects.
   *
   * @throws MillraceException when that fails
   */
  static PostgresDatabase open(SinkConfig.Postgres config, String pipeline) {
    PostgresUrl url = PostgresUrl.of(config, pipeline);
    PostgresDatabase opened =
        new PostgresDatabase(url.shown(), new PostgresDialect(config.schema()), connect(url));
    try {
      opened.settle();
    } catch (SQLException e) {
      opened.close();
      throw failed(e, url);
    }
    return opened;
  }

  /** As {@link #open} does, without settings of ours. */
  static Connection connect(PostgresUrl url) {
    try {
      return DriverManager.getConnection(url.jdbc(), url.properties());
    } catch (SQLException e) {
      throw failed(e, url);
    }
  }

  private static MillraceException failed(SQLException e, PostgresUrl url) {
    return PostgresFailures.of(e, "connecting to", url.shown());
  }

  private void settle() throws SQLException {
    connection.setAutoCommit(true);
    execute("SET idle_in_transaction_session_timeout = '%s'".formatted(IDLE));
    execute("SET lock_timeout = '%s'".formatted(LOCK_WAIT));
    connection.setAutoCommit(false);
  }

  @Override
  public Dialect dialect() {
    return dialect;
  }

  @Override
  public String name() {
    return name;
  }

  /** Makes the schema where there is none. */
  @Override
  public void prepare() {
    write(
        "making the schema in",
        it -> {
          dialect.lock(it);
          if (!hasSchema(it)) {
            execute("CREATE SCHEMA " + PostgresDialect.quote(dialect.schema()));
          }
          return true;
        });
  }

  private boolean hasSchema(Connection it) throws SQLException {
    try (PreparedStatement select =
        it.prepareStatement("SELECT 1 FROM pg_namespace WHERE nspname = ?")) {
      select.setString(1, dialect.schema());
      try (ResultSet row = select.executeQuery()) {
        return row.next();
      }
    }
  }

  @Override
  public <T> T write(String doing, Work<T> work) {
    try {
      try {
        T outcome = work.on(connection);
        connection.commit();
        return outcome;
      } catch (SQLException | RuntimeException e) {
        rollback();
        throw e;
      }
    } catch (SQLException e) {
      if (PostgresFailures.state(e).equals(PostgresFailures.LOCK_NOT_AVAILABLE)) {
        endStalledSessions();
      }
      throw failure(e, doing);
    }
  }

  @Override
  public <T> T read(String doing, Work<T> work) {
    try {
      try {
        execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY");
        return work.on(connection);
      } finally {
        rollback();
      }
    } catch (SQLException e) {
      throw failure(e, doing);
    }
  }

  /** Those of the same user, which is all that an ordinary user may end. */
  private void endStalledSessions() {
    try (Statement statement = connection.createStatement();
        ResultSet ended =
            statement.executeQuery(
                """
                SELECT pid, pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE application_name LIKE 'millrace %' AND usename = current_user
                  AND pid <> pg_backend_pid() AND state = 'idle in transaction'
                  AND state_change < clock_timestamp() - interval '1 second'
                """)) {
      while (ended.next()) {
        LOG.warn(
            "{}: ended session {}, which stood in the midst of a transaction",
            name,
            ended.getInt(1));
      }
    } catch (SQLException e) {
      LOG.debug("looking for stalled sessions", e);
    } finally {
      rollback();
    }
  }

  private void execute(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private void rollback() {
    try {
      connection.rollback();
    } catch (SQLException e) {
      // The connection is gone, and with it the transaction; what matters is the error before.
      LOG.trace("rolling back", e);
    }
  }

  @Override
  public MillraceException closed(@Nullable RuntimeException cause) {
    return closed(name, cause);
  }

  static MillraceException closed(String name, @Nullable RuntimeException cause) {
    return Failure.transientFailure(
        "MR-POSTGRES-CLOSED", "%s was closed before this was done".formatted(name), cause);
  }

  private MillraceException failure(SQLException e, String doing) {
    return closed
        ? Failure.transientFailure(
            "MR-POSTGRES-CLOSED", "%s was closed while %s".formatted(name, doing), e)
        : PostgresFailures.of(e, doing, name);
  }

  /** Cuts the connection, whatever the server does; it undoes what was not committed. */
  @Override
  public void close() {
    closed = true;
    try {
      connection.abort(Runnable::run);
    } catch (SQLException e) {
      LOG.debug("closing {}", name, e);
    }
  }
}
