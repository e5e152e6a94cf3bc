package dev.millrace.bench;

import dev.millrace.checkpoint.CheckpointStore;
import dev.millrace.checkpoint.CheckpointStore.Owner;
import dev.millrace.checkpoint.mongo.MongoCheckpointStore;
import dev.millrace.config.Secret;
import dev.millrace.config.SinkConfig;
import dev.millrace.engine.CopyPlan;
import dev.millrace.engine.PipelinePlan;
import dev.millrace.engine.Supervisor;
import dev.millrace.ha.SoloLeadership;
import dev.millrace.json.JsonMode;
import dev.millrace.model.Namespace;
import dev.millrace.model.Operation;
import dev.millrace.sink.Sink;
import dev.millrace.sink.jetstream.JetStreamSink;
import dev.millrace.source.FullDocument;
import dev.millrace.source.PreImage;
import dev.millrace.source.StartFrom;
import dev.millrace.source.Subset;
import dev.millrace.source.mongo.MongoSourceOpener;
import dev.millrace.source.mongo.MongoSourceOptions;
import dev.millrace.source.mongo.Scope;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/** Millrace's parts, put together with the limits that the program sets by default. */
final class Plans {
  /** Beside the followed database, so that no contender's stream meets another's positions. */
  private static final String STATE_DATABASE = "bench_state";

  private static final String POSITIONS = "cs_resume_tokens";

  private Plans() {}

  static Supervisor supervisor(PipelinePlan plan) {
    return new Supervisor(plan, new SoloLeadership(), new Owner("bench", ""));
  }

  static PipelinePlan plan(
      Course course,
      Supplier<Sink> sink,
      Supplier<CheckpointStore> store,
      StartFrom from,
      CopyPlan copy) {
    return new PipelinePlan(
        course.stream(),
        new MongoSourceOpener(source(course)),
        sink,
        store,
        from,
        EnumSet.allOf(Operation.class),
        32L << 20,
        16L << 20,
        Duration.ofMillis(300),
        Duration.ofSeconds(10),
        copy);
  }

  private static MongoSourceOptions source(Course course) {
    return new MongoSourceOptions(
        course.mongoUri(),
        new Scope(
            course.database(), List.of(), Set.of(new Namespace(course.database(), POSITIONS))),
        Subset.ALL,
        EnumSet.of(Operation.INSERT, Operation.UPDATE, Operation.REPLACE, Operation.DELETE),
        course.lookup() || course.isCopy() ? FullDocument.LOOKUP : FullDocument.DELTA,
        PreImage.OFF,
        0);
  }

  static Supplier<CheckpointStore> mongoStore(Course course) {
    return () ->
        new MongoCheckpointStore(
            course.mongoUri(), new Namespace(STATE_DATABASE, POSITIONS), course.stream());
  }

  static Supplier<Sink> jetStream(Course course) {
    SinkConfig.JetStream config =
        new SinkConfig.JetStream(
            List.of(new Secret(course.sinkUrl())),
            course.stream(),
            new SinkConfig.NatsLogin.None(),
            Optional.empty(),
            false,
            JsonMode.RELAXED,
            1);
    return () -> JetStreamSink.open(config, course.stream());
  }
}
