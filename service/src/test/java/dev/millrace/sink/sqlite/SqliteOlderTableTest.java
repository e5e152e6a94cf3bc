package dev.millrace.sink.sqlite;

import dev.millrace.sql.FreshDatabase;
import dev.millrace.sql.OlderTableCases;
import java.nio.file.Path;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class SqliteOlderTableTest extends OlderTableCases {
  @TempDir Path folder;

  @Override
  protected FreshDatabase place() {
    return new SqliteFolder(folder);
  }
}
