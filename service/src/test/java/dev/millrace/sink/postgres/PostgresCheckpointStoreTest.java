package dev.millrace.sink.postgres;

import dev.millrace.checkpoint.CheckpointStore;
import dev.millrace.config.SinkConfig;
import dev.millrace.model.Checkpoint;
import dev.millrace.sql.Reading;
import dev.millrace.testing.CheckpointStoreContractTest;
import dev.millrace.testing.NeedsServers;
import org.junit.jupiter.api.Timeout;

@NeedsServers
@Timeout(120)
class PostgresCheckpointStoreTest extends CheckpointStoreContractTest {
  private final PostgresSchema schema = new PostgresSchema();

  @Override
  protected CheckpointStore openStore(String pipeline) {
    return PostgresSink.store(schema.config(SinkConfig.Tables.USUAL), pipeline);
  }

  @Override
  protected void writeNewerFormat(String pipeline) {
    new Reading(schema).execute("UPDATE millrace_state SET format = " + (Checkpoint.FORMAT + 1));
  }

  @Override
  protected boolean isAnythingThere() {
    return schema.tables().contains("millrace_state");
  }
}
