package dev.millrace.wiring;

import dev.millrace.config.Secret;
import dev.millrace.config.SinkConfig;
import dev.millrace.model.MillraceException;
import dev.millrace.sink.postgres.PostgresSink;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;

/** A schema that a sink has for a try-out, for whoever looks at it and removes it behind that. */
public final class OwnSchema {
  private final SinkConfig.Postgres config;

  private OwnSchema(SinkConfig.Postgres config) {
    this.config = config;
  }

  /**
   * Talks to nobody yet.
   *
   * @param url as a sink's configuration has it
   * @param name of letters, digits and underscores
   */
  public static OwnSchema of(Secret url, String name) {
    return new OwnSchema(
        new SinkConfig.Postgres(url, Optional.empty(), name, SinkConfig.Tables.USUAL));
  }

  public String name() {
    return config.schema();
  }

  /**
   * A new connection, for the caller to close.
   *
   * @throws MillraceException when that fails
   */
  public Connection connect() {
    return PostgresSink.connect(config);
  }

  /**
   * Connects once.
   *
   * @throws MillraceException when that fails
   */
  public void demandServer() {
    PostgresSink.open(config, "look").close();
  }

  /** Removes it with all that is in it; nothing where there is none. */
  public void drop() throws SQLException {
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      statement.execute("SET client_min_messages = error");
      statement.execute("DROP SCHEMA IF EXISTS \"%s\" CASCADE".formatted(name()));
    }
  }
}
