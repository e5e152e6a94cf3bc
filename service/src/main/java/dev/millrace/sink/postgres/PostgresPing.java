package dev.millrace.sink.postgres;

import dev.millrace.config.SinkConfig;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** Asks a PostgreSQL server whether it answers, over a connection of its own. Thread-safe. */
public final class PostgresPing implements AutoCloseable {
  private final PostgresUrl url;
  private final int timeoutSeconds;
  private @Nullable Connection connection;

  /**
   * @param timeoutSeconds how long connecting and each answer may take
   */
  public PostgresPing(SinkConfig.Postgres config, int timeoutSeconds) {
    this.url = PostgresUrl.of(config, "health");
    this.timeoutSeconds = timeoutSeconds;
    for (String limit : new String[] {"loginTimeout", "connectTimeout", "socketTimeout"}) {
      url.properties().setProperty(limit, Integer.toString(timeoutSeconds));
    }
  }

  /** Asks now; never throws. */
  public synchronized boolean answers() {
    try {
      Connection open = connection;
      if (open == null) {
        open = DriverManager.getConnection(url.jdbc(), url.properties());
        connection = open;
      }
      if (open.isValid(timeoutSeconds)) {
        return true;
      }
    } catch (SQLException e) {
      // Not answering is the answer; why it does not, the pipeline's own state says.
    }
    close();
    return false;
  }

  @Override
  public synchronized void close() {
    if (connection != null) {
      try {
        connection.abort(Runnable::run);
      } catch (SQLException e) {
        // It was gone before.
      }
      connection = null;
    }
  }
}
