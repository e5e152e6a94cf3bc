package dev.millrace.bench;

import dev.millrace.checkpoint.CheckpointStore;
import dev.millrace.config.Secret;
import dev.millrace.config.SinkConfig;
import dev.millrace.engine.CopyPlan;
import dev.millrace.engine.PipelineState;
import dev.millrace.engine.Supervisor;
import dev.millrace.lab.Folders;
import dev.millrace.sink.Sink;
import dev.millrace.sink.crate.CrateSink;
import dev.millrace.sink.postgres.PostgresSink;
import dev.millrace.sink.sqlite.SqliteSink;
import dev.millrace.source.StartFrom;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.bson.BsonDocument;

/**
 * Millrace's own engine over a collection: copies it beside its stream, and is done when the sink
 * has all of it and the commit point that says so.
 */
final class CopyRun implements Contender {
  private static final long PREFETCH_BYTES = 32L << 20;

  /** Where to, and where progress is kept. */
  private record Target(Supplier<Sink> sink, Supplier<CheckpointStore> store) {}

  /** What a run writes to; {@code folder} is its own and goes with it. */
  @FunctionalInterface
  private interface Targets {
    Target of(Course course, Path folder);
  }

  private final int readers;
  private final Targets targets;
  private BsonDocument figures = new BsonDocument();

  private CopyRun(int readers, Targets targets) {
    this.readers = readers;
    this.targets = targets;
  }

  static CopyRun toNull(int readers) {
    return new CopyRun(
        readers,
        (course, folder) -> {
          MemoryStore store = new MemoryStore();
          return new Target(NullSink::new, () -> store);
        });
  }

  static CopyRun toSqlite(int readers) {
    return new CopyRun(
        readers,
        (course, folder) -> {
          Path file = folder.resolve("copy.db");
          SinkConfig.Sqlite config = new SinkConfig.Sqlite(file, SinkConfig.Tables.USUAL);
          return new Target(
              () -> SqliteSink.open(config, course.stream()),
              () -> SqliteSink.store(file, course.stream()));
        });
  }

  static CopyRun toPostgres(int readers) {
    return new CopyRun(
        readers,
        (course, folder) -> {
          SinkConfig.Postgres config =
              new SinkConfig.Postgres(
                  new Secret(course.sinkUrl()),
                  Optional.empty(),
                  course.stream(),
                  SinkConfig.Tables.USUAL);
          return new Target(
              () -> PostgresSink.open(config, course.stream()),
              () -> PostgresSink.store(config, course.stream()));
        });
  }

  static CopyRun toCrate(int readers) {
    return new CopyRun(
        readers,
        (course, folder) -> {
          SinkConfig.Crate config =
              new SinkConfig.Crate(
                  List.of(BareCrate.sql().resolve("/")),
                  Optional.empty(),
                  course.stream(),
                  SinkConfig.Tables.USUAL,
                  SinkConfig.CrateObjects.DYNAMIC,
                  SinkConfig.OnMisfit.TEXT);
          return new Target(
              () -> CrateSink.open(config, course.stream()), Plans.mongoStore(course));
        });
  }

  static CopyRun toJetStream(int readers) {
    return new CopyRun(
        readers, (course, folder) -> new Target(Plans.jetStream(course), Plans.mongoStore(course)));
  }

  @Override
  public void run(Course course) throws IOException {
    Path folder = Files.createTempDirectory("millrace-bench-");
    try {
      run(course, targets.of(course, folder));
    } finally {
      Folders.delete(folder);
    }
  }

  private void run(Course course, Target target) {
    Lags lags = new Lags();
    boolean marked = course.task() == Course.Task.COPY_WHILE_WRITING;
    Supplier<Sink> sink = marked ? () -> new MarkedSink(target.sink().get(), lags) : target.sink();
    CopyPlan copy =
        new CopyPlan(
            CopyPlan.Snapshot.ONLY, readers, PREFETCH_BYTES, true, CopyPlan.HistoryLost.FAIL);
    try (Supervisor supervisor =
        Plans.supervisor(Plans.plan(course, sink, target.store(), new StartFrom.Now(), copy))) {
      supervisor.start();
      PipelineState end = supervisor.end().join();
      if (!(end instanceof PipelineState.Ended)) {
        throw new IllegalStateException("the pipeline stopped: " + end.detail());
      }
      if (supervisor.metrics().restarts() > 0) {
        throw new IllegalStateException("the pipeline had to start again; not a fair run");
      }
      long delivered = supervisor.metrics().events();
      if (!marked && delivered < course.events()) {
        throw new IllegalStateException("only %,d documents arrived".formatted(delivered));
      }
    }
    figures = lags.figures();
  }

  @Override
  public BsonDocument figures() {
    return figures;
  }
}
