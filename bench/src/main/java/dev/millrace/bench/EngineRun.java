package dev.millrace.bench;

import dev.millrace.checkpoint.CheckpointStore;
import dev.millrace.checkpoint.CheckpointStore.Owner;
import dev.millrace.checkpoint.mongo.MongoCheckpointStore;
import dev.millrace.engine.PipelinePlan;
import dev.millrace.engine.PipelineState;
import dev.millrace.engine.Supervisor;
import dev.millrace.ha.SoloLeadership;
import dev.millrace.model.Namespace;
import dev.millrace.model.Operation;
import dev.millrace.sink.Sink;
import dev.millrace.source.StartFrom;
import dev.millrace.source.mongo.FullDocuments;
import dev.millrace.source.mongo.MongoSourceOpener;
import dev.millrace.source.mongo.MongoSourceOptions;
import dev.millrace.source.mongo.PreImages;
import dev.millrace.source.mongo.Scope;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Millrace's own engine over the course: supervisor, threads and read-ahead as in the program, with
 * the limits that the program sets by default.
 */
final class EngineRun implements Contender {
  /** Beside the followed database, so that no contender's stream meets another's positions. */
  private static final String STATE_DATABASE = "bench_state";

  private static final long LOOK_EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

  private final Function<Course, Supplier<Sink>> sink;
  private final boolean storeInMongo;

  private EngineRun(Function<Course, Supplier<Sink>> sink, boolean storeInMongo) {
    this.sink = sink;
    this.storeInMongo = storeInMongo;
  }

  static EngineRun toNull() {
    return new EngineRun(course -> NullSink::new, false);
  }

  static EngineRun to(Function<Course, Supplier<Sink>> sink) {
    return new EngineRun(sink, true);
  }

  @Override
  public void run(Course course) {
    try (Supervisor supervisor = supervisor(course)) {
      supervisor.start();
      while (supervisor.metrics().events() < course.events()) {
        LockSupport.parkNanos(LOOK_EVERY_NANOS);
        if (supervisor.end().isDone()) {
          throw stopped(supervisor.state());
        }
      }
      if (supervisor.metrics().restarts() > 0) {
        throw new IllegalStateException("the pipeline had to start again; not a fair run");
      }
    }
  }

  /** Runs until the process is killed. */
  void serve(Course course) {
    Supervisor supervisor = supervisor(course);
    supervisor.start();
    throw stopped(supervisor.end().join());
  }

  private Supervisor supervisor(Course course) {
    PipelinePlan plan =
        new PipelinePlan(
            course.stream(),
            new MongoSourceOpener(source(course)),
            sink.apply(course),
            store(course),
            new StartFrom.At(course.from()),
            32L << 20,
            Duration.ofMillis(300),
            Duration.ofSeconds(10));
    return new Supervisor(plan, new SoloLeadership(), new Owner("bench", ""));
  }

  private static MongoSourceOptions source(Course course) {
    return new MongoSourceOptions(
        course.mongoUri(),
        new Scope(course.database(), List.of(), Set.of(state(course))),
        EnumSet.of(Operation.INSERT, Operation.UPDATE, Operation.REPLACE, Operation.DELETE),
        course.lookup() ? FullDocuments.LOOKUP : FullDocuments.DELTA,
        PreImages.OFF,
        0);
  }

  private static Namespace state(Course course) {
    return new Namespace(course.database(), "cs_resume_tokens");
  }

  private Supplier<CheckpointStore> store(Course course) {
    return storeInMongo
        ? () ->
            new MongoCheckpointStore(
                course.mongoUri(),
                new Namespace(STATE_DATABASE, "cs_resume_tokens"),
                course.stream())
        : MemoryStore::new;
  }

  private static IllegalStateException stopped(PipelineState state) {
    return new IllegalStateException("the pipeline stopped: " + state.detail());
  }
}
