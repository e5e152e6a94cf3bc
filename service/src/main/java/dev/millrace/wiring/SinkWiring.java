package dev.millrace.wiring;

import dev.millrace.checkpoint.CheckpointStore;
import dev.millrace.config.SinkConfig;
import dev.millrace.http.Probe;
import dev.millrace.letters.DeadLetterBox;
import dev.millrace.model.Failure;
import dev.millrace.model.Finding;
import dev.millrace.sink.Sink;
import dev.millrace.table.TableView;
import java.util.List;
import java.util.Optional;

/** What the program needs of one kind of sink. To add a sink is to add one of these. */
interface SinkWiring {
  static SinkWiring of(SinkConfig sink) {
    return switch (sink) {
      case SinkConfig.JetStream jetStream -> new JetStreamWiring(jetStream);
      case SinkConfig.Crate crate -> new CrateWiring(crate);
      case SinkConfig.Postgres postgres -> new PostgresWiring(postgres);
      case SinkConfig.Sqlite sqlite -> new SqliteWiring(sqlite);
      case SinkConfig.Stdout stdout -> new StdoutWiring(stdout);
    };
  }

  /** Opens it. */
  Sink open(String pipeline);

  /** Opens the store that keeps the position in the sink's own transactions. */
  default CheckpointStore store(String pipeline) {
    throw Failure.fatal(
        "MR-CONFIG", "checkpoint: sink is for sinks that keep rows and position as one");
  }

  /** Opens what it keeps of documents that it did not take; empty where it keeps nothing aside. */
  default Optional<DeadLetterBox> letters(String pipeline) {
    return Optional.empty();
  }

  /** Opens what its tables are looked at with. */
  default TableView tables(String pipeline) {
    throw Failure.fatal(
        "MR-VERIFY-LOG",
        "a log cannot be verified so: pipeline %s delivers every change, and keeps no state to hold against the source"
            .formatted(pipeline));
  }

  /** Tries it without moving data. */
  List<Finding> check();

  /** Whether it answers. */
  Probe probe();
}
