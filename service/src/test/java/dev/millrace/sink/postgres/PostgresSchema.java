package dev.millrace.sink.postgres;

import dev.millrace.config.Secret;
import dev.millrace.config.SinkConfig;
import dev.millrace.lab.ByValue;
import dev.millrace.lab.Lab;
import dev.millrace.letters.DeadLetterBox;
import dev.millrace.sink.Sink;
import dev.millrace.sql.Dialect;
import dev.millrace.sql.FreshDatabase;
import dev.millrace.sql.Reading;
import dev.millrace.table.TableView;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.bson.BsonDocument;

/** A schema of its own in the server that all tests share. */
final class PostgresSchema implements FreshDatabase {
  private static final DateTimeFormatter INSTANT =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss'+00'").withZone(ZoneOffset.UTC);

  private final String name = Lab.freshName("schema");

  String name() {
    return name;
  }

  SinkConfig.Postgres config(SinkConfig.Tables tables) {
    return new SinkConfig.Postgres(
        new Secret(Lab.postgres().uri()), Optional.empty(), name, tables);
  }

  @Override
  public Sink open(SinkConfig.Tables tables, String pipeline) {
    return PostgresSink.open(config(tables), pipeline);
  }

  @Override
  public DeadLetterBox letters(String pipeline) {
    return PostgresSink.letters(config(SinkConfig.Tables.USUAL), pipeline);
  }

  @Override
  public TableView view(SinkConfig.Tables tables, String pipeline) {
    return PostgresSink.view(config(tables), pipeline);
  }

  /** Makes the schema, so that a person may be there before the sink. */
  @Override
  public Connection connect() throws SQLException {
    Connection connection = DriverManager.getConnection(Lab.postgres().url());
    try (Statement statement = connection.createStatement()) {
      statement.execute("SET client_min_messages = error");
      statement.execute("SET TimeZone = 'UTC'");
      statement.execute("CREATE SCHEMA IF NOT EXISTS " + name);
      statement.execute("SET search_path = " + name);
    }
    return connection;
  }

  @Override
  public Dialect dialect() {
    return new PostgresDialect(name);
  }

  @Override
  public boolean isThere() {
    return tables().contains("millrace_collections");
  }

  @Override
  public void lose() {
    new Reading(this).execute("DROP SCHEMA " + name + " CASCADE");
  }

  /** Somebody else holds the lock of every table there is. */
  @Override
  public void whileStalled(ThrowingCallable body) throws Throwable {
    try (Connection other = connect();
        Statement statement = other.createStatement()) {
      other.setAutoCommit(false);
      statement.execute("LOCK TABLE millrace_state IN ACCESS EXCLUSIVE MODE");
      body.call();
      other.rollback();
    }
  }

  @Override
  public String instant(String iso) {
    return INSTANT.format(Instant.parse(iso));
  }

  @Override
  public String truth(boolean value) {
    return value ? "t" : "f";
  }

  @Override
  public BsonDocument asHeld(BsonDocument document) {
    return ByValue.of(document);
  }

  @Override
  public BsonDocument parse(String json) {
    return ByValue.parse(json);
  }

  @Override
  public String documentType() {
    return "JSONB";
  }

  @Override
  public void narrow(String table, int characters) {
    retype(table, "VARCHAR(%d)".formatted(characters));
  }

  @Override
  public void widen(String table) {
    retype(table, "JSONB");
  }

  private void retype(String table, String type) {
    new Reading(this)
        .execute(
            "ALTER TABLE %1$s ALTER COLUMN document TYPE %2$s USING document::text::%2$s"
                .formatted(table, type));
  }

  @Override
  public List<String> tables() {
    return new Reading(this)
        .lines("SELECT tablename FROM pg_tables WHERE schemaname = '%s'".formatted(name));
  }
}
