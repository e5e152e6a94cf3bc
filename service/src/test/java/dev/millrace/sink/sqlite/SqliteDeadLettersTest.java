package dev.millrace.sink.sqlite;

import dev.millrace.sql.DeadLetterCases;
import dev.millrace.sql.FreshDatabase;
import java.nio.file.Path;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class SqliteDeadLettersTest extends DeadLetterCases {
  @TempDir Path folder;

  @Override
  protected FreshDatabase place() {
    return new SqliteFolder(folder);
  }
}
