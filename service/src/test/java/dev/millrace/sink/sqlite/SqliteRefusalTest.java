package dev.millrace.sink.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.config.SinkConfig;
import dev.millrace.json.JsonMode;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.Term;
import dev.millrace.sink.Sink;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that the sink does not begin with. */
@Timeout(120)
class SqliteRefusalTest {
  @TempDir Path folder;

  private Path file() {
    return folder.resolve("sink.db");
  }

  private static void begin(Path file, long term) {
    SinkConfig.Sqlite config = new SinkConfig.Sqlite(file, JsonMode.RELAXED, false, false);
    try (Sink sink = new SqliteSink(config, "orders")) {
      sink.fence(new Term(term), Optional.empty());
    }
  }

  private static void assertRefuses(String code, Path file) {
    SqliteContractTest.assertFails(code, () -> begin(file, 2));
  }

  @Test
  void refusesANewerFormat() {
    begin(file(), 1);
    Tables.execute(file(), "UPDATE millrace_state SET format = " + (Checkpoint.FORMAT + 1));
    assertRefuses("MR-STATE-NEWER", file());
    assertThat(Tables.query(file(), "SELECT term FROM millrace_state"))
        .containsExactly(List.of("1"));
  }

  @Test
  void refusesAFileThatIsNoDatabase() throws IOException {
    Files.writeString(file(), "This is a letter and no database, as anybody can see.".repeat(50));
    assertRefuses("MR-SQLITE-NOT-A-DATABASE", file());
    assertThat(Files.readString(file())).startsWith("This is a letter");
  }

  @Test
  void refusesADamagedFile() throws IOException {
    begin(file(), 1);
    Tables.execute(file(), "PRAGMA wal_checkpoint(TRUNCATE)");
    byte[] bytes = Files.readAllBytes(file());
    Arrays.fill(bytes, 100, bytes.length, (byte) 0x5a);
    Files.write(file(), bytes);
    assertRefuses("MR-SQLITE-CORRUPT", file());
  }

  @ParameterizedTest
  @ValueSource(strings = {"missing/sink.db", "."})
  void refusesWhatCannotBeOpened(String name) {
    assertRefuses("MR-SQLITE-OPEN", folder.resolve(name));
  }
}
