package dev.millrace.sink.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.config.SinkConfig;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.Term;
import dev.millrace.sink.Sink;
import dev.millrace.sql.EndlessDelivery;
import dev.millrace.sql.Reading;
import java.io.BufferedReader;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Rows, position and the copy's progress are one, whatever happens to the process or to the disk.
 */
@Timeout(300)
class SqliteSinkCrashTest {
  @TempDir Path folder;

  private Reading reading() {
    return new Reading(new SqliteFolder(folder));
  }

  private Path file() {
    return folder.resolve("sink.db");
  }

  @Test
  void isWholeAfterBeingKilled() throws Exception {
    long known = 0;
    for (int term = 1; term <= 4; term++) {
      Process child =
          EndlessDelivery.start(
              Child.class, "exec \"$@\"", file().toString(), Integer.toString(term));
      try (BufferedReader lines = child.inputReader()) {
        for (int i = 0; i < 3; i++) {
          known = EndlessDelivery.number(lines);
        }
        // Somewhere in the next parcels, another place each time.
        TimeUnit.MILLISECONDS.sleep(7L * term);
        child.destroyForcibly().waitFor();
      }
      // The one that follows finds the log as the kill left it.
      assertThat(assertWhole(term)).isGreaterThanOrEqualTo(known);
    }
  }

  @Test
  void goesOnWhenThereIsRoomAgain() throws Exception {
    Process child =
        EndlessDelivery.start(Child.class, "ulimit -f 20000; exec \"$@\"", file().toString(), "1");
    String last = "";
    long known = 0;
    try (BufferedReader lines = child.inputReader()) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        known = line.matches("\\d+") ? Long.parseLong(line) : known;
        last = line;
      }
    }
    assertThat(child.waitFor()).isZero();
    // A limit on files is an I/O error to SQLite; a full disk would be MR-SQLITE-FULL.
    assertThat(last).isIn("MR-SQLITE-IO", "MR-SQLITE-FULL");
    assertThat(known).isPositive();
    assertThat(assertWhole(1)).isGreaterThanOrEqualTo(known);

    Process again = EndlessDelivery.start(Child.class, "exec \"$@\"", file().toString(), "1");
    try (BufferedReader lines = again.inputReader()) {
      assertThat(EndlessDelivery.number(lines)).isGreaterThan(known);
      again.destroyForcibly().waitFor();
    }
    assertWhole(1);
  }

  /** As {@link EndlessDelivery#assertWhole}, and so is the file. */
  private long assertWhole(long term) {
    SinkConfig.Sqlite config = new SinkConfig.Sqlite(file(), SinkConfig.Tables.USUAL);
    Checkpoint checkpoint;
    try (Sink sink = SqliteSink.open(config, EndlessDelivery.PIPELINE)) {
      checkpoint = sink.fence(new Term(term), Optional.empty()).orElseThrow();
    }
    long documents = EndlessDelivery.assertWhole(reading(), checkpoint);
    assertThat(reading().query("PRAGMA integrity_check")).containsExactly(List.of("ok"));
    return documents;
  }
}
