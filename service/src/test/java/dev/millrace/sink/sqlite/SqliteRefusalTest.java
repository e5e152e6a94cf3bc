package dev.millrace.sink.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.config.SinkConfig;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.MillraceException;
import dev.millrace.model.Term;
import dev.millrace.sink.Sink;
import dev.millrace.sql.Reading;
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

  private Reading reading() {
    return new Reading(new SqliteFolder(folder));
  }

  private Path file() {
    return folder.resolve("sink.db");
  }

  private static void begin(Path file, long term) {
    SinkConfig.Sqlite config = new SinkConfig.Sqlite(file, SinkConfig.Tables.USUAL);
    try (Sink sink = SqliteSink.open(config, "orders")) {
      sink.fence(new Term(term), Optional.empty());
    }
  }

  private static void assertRefuses(String code, Path file) {
    assertThatThrownBy(() -> begin(file, 2))
        .isInstanceOfSatisfying(
            MillraceException.class, e -> assertThat(e.failure().code()).isEqualTo(code));
  }

  @Test
  void refusesANewerFormat() {
    begin(file(), 1);
    reading().execute("UPDATE millrace_state SET format = " + (Checkpoint.FORMAT + 1));
    assertRefuses("MR-STATE-NEWER", file());
    assertThat(reading().query("SELECT term FROM millrace_state")).containsExactly(List.of("1"));
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
    reading().execute("PRAGMA wal_checkpoint(TRUNCATE)");
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
