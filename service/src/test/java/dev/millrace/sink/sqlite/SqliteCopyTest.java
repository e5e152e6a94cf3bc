package dev.millrace.sink.sqlite;

import dev.millrace.sql.FreshDatabase;
import dev.millrace.sql.SqlCopyCases;
import java.nio.file.Path;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class SqliteCopyTest extends SqlCopyCases {
  @TempDir Path folder;

  @Override
  protected FreshDatabase place() {
    return new SqliteFolder(folder);
  }
}
