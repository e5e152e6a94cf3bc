package dev.millrace.sink.postgres;

import dev.millrace.checkpoint.CheckpointStore;
import dev.millrace.config.SinkConfig;
import dev.millrace.letters.DeadLetterBox;
import dev.millrace.model.MillraceException;
import dev.millrace.sink.Sink;
import dev.millrace.sql.Database;
import dev.millrace.sql.Dialect;
import dev.millrace.sql.SqlCheckpointStore;
import dev.millrace.sql.SqlDeadLetterBox;
import dev.millrace.sql.SqlSink;
import dev.millrace.sql.SqlTableView;
import dev.millrace.table.RowKey;
import dev.millrace.table.TableView;
import java.sql.Connection;

/** A PostgreSQL database, as a sink and as the place of its checkpoint. */
public final class PostgresSink {
  /** An index row takes 2,704 bytes (a third of a page, by the server's documentation). */
  private static final int KEY_BYTES = 2_000;

  private PostgresSink() {}

  /**
   * Connects.
   *
   * @param pipeline the name of its row in {@code millrace_state}
   * @throws MillraceException when that fails
   */
  public static Sink open(SinkConfig.Postgres config, String pipeline) {
    return new SqlSink(
        PostgresDatabase.open(config, pipeline),
        config.tables(),
        RowKey.within(KEY_BYTES),
        pipeline);
  }

  /**
   * A connection beside the sink's, for the caller to close.
   *
   * @throws MillraceException when that fails
   */
  public static Connection connect(SinkConfig.Postgres config) {
    return PostgresDatabase.connect(PostgresUrl.of(config, "look"));
  }

  /**
   * The pipeline's dead letters in the schema.
   *
   * @throws MillraceException when the server cannot be reached
   */
  public static DeadLetterBox letters(SinkConfig.Postgres config, String pipeline) {
    return new SqlDeadLetterBox(PostgresDatabase.open(config, pipeline), pipeline);
  }

  /**
   * Connects to look at what is there.
   *
   * @throws MillraceException when that fails
   */
  public static TableView view(SinkConfig.Postgres config, String pipeline) {
    return new SqlTableView(
        PostgresDatabase.open(config, pipeline),
        config.tables(),
        RowKey.within(KEY_BYTES),
        pipeline);
  }

  /** The store over the same row of {@code millrace_state}. */
  public static CheckpointStore store(SinkConfig.Postgres config, String pipeline) {
    return new SqlCheckpointStore(new Place(config, pipeline), pipeline);
  }

  private record Place(SinkConfig.Postgres config, String pipeline)
      implements SqlCheckpointStore.Place {
    @Override
    public Dialect dialect() {
      return new PostgresDialect(config.schema());
    }

    @Override
    public boolean isThere() {
      return true;
    }

    @Override
    public Database open() {
      return PostgresDatabase.open(config, pipeline);
    }

    @Override
    public MillraceException closed() {
      return PostgresDatabase.closed(PostgresUrl.of(config, pipeline).shown(), null);
    }
  }
}
