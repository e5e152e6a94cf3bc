package dev.millrace.wiring;

import dev.millrace.checkpoint.CheckpointStore;
import dev.millrace.config.SinkConfig;
import dev.millrace.http.Probe;
import dev.millrace.letters.DeadLetterBox;
import dev.millrace.model.Finding;
import dev.millrace.sink.Sink;
import dev.millrace.sink.postgres.PostgresCheck;
import dev.millrace.sink.postgres.PostgresPing;
import dev.millrace.sink.postgres.PostgresSink;
import dev.millrace.table.TableView;
import java.util.List;
import java.util.Optional;

/** A PostgreSQL database, which keeps the position as well. */
record PostgresWiring(SinkConfig.Postgres config) implements SinkWiring {
  @Override
  public Sink open(String pipeline) {
    return PostgresSink.open(config, pipeline);
  }

  @Override
  public CheckpointStore store(String pipeline) {
    return PostgresSink.store(config, pipeline);
  }

  @Override
  public Optional<DeadLetterBox> letters(String pipeline) {
    return Optional.of(PostgresSink.letters(config, pipeline));
  }

  @Override
  public TableView tables(String pipeline) {
    return PostgresSink.view(config, pipeline);
  }

  @Override
  public List<Finding> check() {
    return PostgresCheck.run(config);
  }

  @Override
  public Probe probe() {
    PostgresPing ping = new PostgresPing(config, Probe.TIMEOUT_MILLIS / 1_000);
    return new Probe() {
      @Override
      public boolean answers() {
        return ping.answers();
      }

      @Override
      public void close() {
        ping.close();
      }
    };
  }
}
