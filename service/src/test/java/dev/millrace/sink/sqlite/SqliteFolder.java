package dev.millrace.sink.sqlite;

import dev.millrace.config.SinkConfig;
import dev.millrace.letters.DeadLetterBox;
import dev.millrace.sink.Sink;
import dev.millrace.sql.Dialect;
import dev.millrace.sql.FreshDatabase;
import dev.millrace.sql.Reading;
import dev.millrace.table.TableView;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.bson.BsonDocument;

/** A SQLite file in a folder of its own. */
record SqliteFolder(Path folder) implements FreshDatabase {
  Path file() {
    return folder.resolve("sink.db");
  }

  @Override
  public Sink open(SinkConfig.Tables tables, String pipeline) {
    return SqliteSink.open(new SinkConfig.Sqlite(file(), tables), pipeline);
  }

  @Override
  public DeadLetterBox letters(String pipeline) {
    return SqliteSink.letters(new SinkConfig.Sqlite(file(), SinkConfig.Tables.USUAL), pipeline);
  }

  @Override
  public TableView view(SinkConfig.Tables tables, String pipeline) {
    return SqliteSink.view(new SinkConfig.Sqlite(file(), tables), pipeline);
  }

  @Override
  public Connection connect() throws SQLException {
    return DriverManager.getConnection("jdbc:sqlite:" + file());
  }

  @Override
  public Dialect dialect() {
    return SqliteDialect.INSTANCE;
  }

  @Override
  public boolean isThere() {
    return Files.exists(file());
  }

  @Override
  public void lose() throws IOException {
    for (String part : List.of("", "-wal", "-shm")) {
      Files.deleteIfExists(folder.resolve("sink.db" + part));
    }
  }

  /** Somebody else holds the write lock. */
  @Override
  public void whileStalled(ThrowingCallable body) throws Throwable {
    try (Connection other = connect();
        Statement statement = other.createStatement()) {
      statement.execute("BEGIN IMMEDIATE");
      body.call();
      statement.execute("ROLLBACK");
    }
  }

  @Override
  public String instant(String iso) {
    return iso;
  }

  @Override
  public String truth(boolean value) {
    return value ? "1" : "0";
  }

  @Override
  public BsonDocument asHeld(BsonDocument document) {
    return document;
  }

  @Override
  public BsonDocument parse(String json) {
    return BsonDocument.parse(json);
  }

  @Override
  public String documentType() {
    return "TEXT";
  }

  /** Made anew, as it has to be there. */
  @Override
  public void narrow(String table, int characters) {
    remake(table, "CHECK (length(document) <= %d)".formatted(characters));
  }

  @Override
  public void widen(String table) {
    remake(table, "");
  }

  private void remake(String table, String check) {
    Reading reading = new Reading(this);
    reading.execute("ALTER TABLE %s RENAME TO before".formatted(table));
    reading.execute(
        "CREATE TABLE %s (id TEXT PRIMARY KEY, document TEXT %s, version TEXT)"
            .formatted(table, check));
    reading.execute("INSERT INTO %s SELECT id, document, version FROM before".formatted(table));
    reading.execute("DROP TABLE before");
  }

  @Override
  public List<String> tables() {
    return new Reading(this)
        .lines(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'");
  }
}
