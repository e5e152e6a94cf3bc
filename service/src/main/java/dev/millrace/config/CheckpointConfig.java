package dev.millrace.config;

import dev.millrace.model.Namespace;
import java.nio.file.Path;

/** Where a pipeline keeps its position. */
public sealed interface CheckpointConfig {
  /** In a collection of the deployment that is followed. */
  record Source(Namespace namespace) implements CheckpointConfig {}

  /** In the sink, in one transaction with the rows. */
  record InSink() implements CheckpointConfig {}

  /** In a SQLite file. */
  record File(Path path) implements CheckpointConfig {}
}
