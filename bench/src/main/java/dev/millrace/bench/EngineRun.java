package dev.millrace.bench;

import dev.millrace.engine.CopyPlan;
import dev.millrace.engine.PipelineState;
import dev.millrace.engine.Supervisor;
import dev.millrace.sink.Sink;
import dev.millrace.source.StartFrom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.function.Supplier;

/** Millrace's own engine over a stream: supervisor, threads and read-ahead as in the program. */
final class EngineRun implements Contender {
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
    return Plans.supervisor(
        Plans.plan(
            course,
            sink.apply(course),
            storeInMongo ? Plans.mongoStore(course) : MemoryStore::new,
            new StartFrom.At(course.from()),
            CopyPlan.none()));
  }

  private static IllegalStateException stopped(PipelineState state) {
    return new IllegalStateException("the pipeline stopped: " + state.detail());
  }
}
