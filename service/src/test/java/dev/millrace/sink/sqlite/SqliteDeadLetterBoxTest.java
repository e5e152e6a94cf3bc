package dev.millrace.sink.sqlite;

import dev.millrace.sql.DeadLetterBoxCases;
import dev.millrace.sql.FreshDatabase;
import java.nio.file.Path;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class SqliteDeadLetterBoxTest extends DeadLetterBoxCases {
  @TempDir Path folder;

  @Override
  protected FreshDatabase place() {
    return new SqliteFolder(folder);
  }
}
