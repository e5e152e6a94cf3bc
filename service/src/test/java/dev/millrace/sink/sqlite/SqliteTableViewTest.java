package dev.millrace.sink.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.config.SinkConfig;
import dev.millrace.sql.FreshDatabase;
import dev.millrace.sql.TableViewCases;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class SqliteTableViewTest extends TableViewCases {
  @TempDir Path folder;

  @Override
  protected FreshDatabase place() {
    return new SqliteFolder(folder);
  }

  @Test
  void makesNoFile() {
    assertThatThrownBy(() -> place().view(SinkConfig.Tables.USUAL, "p"))
        .hasMessageStartingWith("MR-VERIFY-NOTHING: ");
    assertThat(place().isThere()).isFalse();
  }
}
