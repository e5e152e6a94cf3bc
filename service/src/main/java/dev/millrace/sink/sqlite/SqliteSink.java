package dev.millrace.sink.sqlite;

import dev.millrace.checkpoint.CheckpointStore;
import dev.millrace.config.SinkConfig;
import dev.millrace.json.CanonicalKey;
import dev.millrace.letters.DeadLetterBox;
import dev.millrace.letters.NoLetters;
import dev.millrace.model.MillraceException;
import dev.millrace.sink.Sink;
import dev.millrace.sql.Database;
import dev.millrace.sql.Dialect;
import dev.millrace.sql.SqlCheckpointStore;
import dev.millrace.sql.SqlDeadLetterBox;
import dev.millrace.sql.SqlSink;
import dev.millrace.sql.SqlTableView;
import dev.millrace.table.TableView;
import java.nio.file.Files;
import java.nio.file.Path;

/** A SQLite file: as a sink, and as a place for checkpoints alone. */
public final class SqliteSink {
  private SqliteSink() {}

  /**
   * Opens the file.
   *
   * @param pipeline the name of its row in {@code millrace_state}
   * @throws MillraceException {@code Fatal} when it cannot be opened
   */
  public static Sink open(SinkConfig.Sqlite config, String pipeline) {
    return new SqlSink(SqliteFile.open(config.file()), config.tables(), CanonicalKey::of, pipeline);
  }

  /**
   * The pipeline's dead letters in the file, which is not made.
   *
   * @throws MillraceException {@code Fatal} when it cannot be opened
   */
  public static DeadLetterBox letters(SinkConfig.Sqlite config, String pipeline) {
    return Files.exists(config.file())
        ? new SqlDeadLetterBox(SqliteFile.open(config.file()), pipeline)
        : new NoLetters();
  }

  /**
   * Opens the file to look at what is there.
   *
   * @throws MillraceException {@code Fatal} when there is none, or it cannot be opened
   */
  public static TableView view(SinkConfig.Sqlite config, String pipeline) {
    return new SqlTableView(
        SqliteFile.openToRead(config.file()), config.tables(), CanonicalKey::of, pipeline);
  }

  /** Only instances that share the file see each other's terms: on one machine, not across. */
  public static CheckpointStore store(Path file, String pipeline) {
    return new SqlCheckpointStore(new Place(file), pipeline);
  }

  private record Place(Path file) implements SqlCheckpointStore.Place {
    @Override
    public Dialect dialect() {
      return SqliteDialect.INSTANCE;
    }

    @Override
    public boolean isThere() {
      return Files.exists(file);
    }

    @Override
    public Database open() {
      return SqliteFile.open(file);
    }

    @Override
    public MillraceException closed() {
      return SqliteFile.closed(file, null);
    }
  }
}
