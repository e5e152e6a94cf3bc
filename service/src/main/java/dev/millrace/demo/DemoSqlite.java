package dev.millrace.demo;

import dev.millrace.lab.SinkImage;
import dev.millrace.lab.SqliteImage;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;

/** A SQLite file, which goes with its folder. */
record DemoSqlite(Path file) implements DemoSink {
  @Override
  public String name() {
    return "SQLite file " + file;
  }

  @Override
  public String address() {
    return file.toString();
  }

  @Override
  public String variable() {
    return "SQLITE_FILE";
  }

  @Override
  public String configured(String address) {
    return "{type: sqlite, file: \"%s\"}".formatted(address);
  }

  @Override
  public SinkImage read() throws IOException, SQLException {
    return SqliteImage.read(file);
  }

  @Override
  public AutoCloseable end() {
    return () -> {};
  }
}
