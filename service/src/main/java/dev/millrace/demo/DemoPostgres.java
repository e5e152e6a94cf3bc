package dev.millrace.demo;

import dev.millrace.config.Secret;
import dev.millrace.lab.Binaries;
import dev.millrace.lab.PostgresImage;
import dev.millrace.lab.PostgresServer;
import dev.millrace.lab.SinkImage;
import dev.millrace.model.MillraceException;
import dev.millrace.wiring.OwnSchema;
import java.sql.Connection;
import java.sql.SQLException;

/** A schema of a PostgreSQL database. */
record DemoPostgres(String address, OwnSchema schema, AutoCloseable end) implements DemoSink {
  static DemoPostgres started(Binaries binaries, String schema) {
    PostgresServer server = PostgresServer.builder().binary(binaries.postgres()).start();
    return new DemoPostgres(server.uri(), own(server.uri(), schema), server);
  }

  /**
   * @throws MillraceException when there is no connecting to it
   */
  static DemoPostgres given(String url, String schema) {
    OwnSchema own = own(url, schema);
    own.demandServer();
    return new DemoPostgres(url, own, own::drop);
  }

  private static OwnSchema own(String url, String name) {
    return OwnSchema.of(new Secret(url), name);
  }

  @Override
  public String name() {
    return "PostgreSQL schema " + schema.name();
  }

  @Override
  public String variable() {
    return "POSTGRES_URL";
  }

  @Override
  public String configured(String reference) {
    return "{type: postgres, url: \"%s\", schema: %s}".formatted(reference, schema.name());
  }

  @Override
  public SinkImage read() throws SQLException {
    try (Connection connection = schema.connect()) {
      return PostgresImage.read(connection, schema.name());
    }
  }
}
