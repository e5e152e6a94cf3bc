package dev.millrace.wiring;

import dev.millrace.checkpoint.CheckpointStore;
import dev.millrace.config.SinkConfig;
import dev.millrace.http.Probe;
import dev.millrace.letters.DeadLetterBox;
import dev.millrace.model.Finding;
import dev.millrace.sink.Sink;
import dev.millrace.sink.sqlite.SqliteSink;
import dev.millrace.table.TableView;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** A SQLite file, which keeps the position as well. */
record SqliteWiring(SinkConfig.Sqlite config) implements SinkWiring {
  @Override
  public Sink open(String pipeline) {
    return SqliteSink.open(config, pipeline);
  }

  @Override
  public CheckpointStore store(String pipeline) {
    return SqliteSink.store(config.file(), pipeline);
  }

  @Override
  public Optional<DeadLetterBox> letters(String pipeline) {
    return Optional.of(SqliteSink.letters(config, pipeline));
  }

  @Override
  public TableView tables(String pipeline) {
    return SqliteSink.view(config, pipeline);
  }

  @Override
  public List<Finding> check() {
    Path folder = folder();
    if (!Files.isDirectory(folder)) {
      return List.of(
          Finding.fault(
              "MR-SQLITE-FOLDER", "folder %s does not exist: create it".formatted(folder)));
    }
    if (!Files.isWritable(written())) {
      return List.of(
          Finding.fault(
              "MR-SQLITE-FOLDER",
              "%s may not be written: change its owner or its mode".formatted(written())));
    }
    return List.of(
        Finding.ok(
            "%s can be written, %,d MB are free"
                .formatted(config.file(), folder.toFile().getUsableSpace() / 1_000_000)));
  }

  @Override
  public Probe probe() {
    return () -> Files.isWritable(written());
  }

  /** The file, or where it will be. */
  private Path written() {
    return Files.exists(config.file()) ? config.file() : folder();
  }

  private Path folder() {
    return Optional.ofNullable(config.file().toAbsolutePath().getParent()).orElse(Path.of("/"));
  }
}
