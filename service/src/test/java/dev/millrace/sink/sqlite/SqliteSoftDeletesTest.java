package dev.millrace.sink.sqlite;

import dev.millrace.sql.FreshDatabase;
import dev.millrace.sql.SoftDeletesCases;
import java.nio.file.Path;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class SqliteSoftDeletesTest extends SoftDeletesCases {
  @TempDir Path folder;

  @Override
  protected FreshDatabase place() {
    return new SqliteFolder(folder);
  }
}
