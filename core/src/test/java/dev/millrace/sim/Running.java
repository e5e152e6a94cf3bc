package dev.millrace.sim;

import dev.millrace.engine.CopyPlan;
import dev.millrace.engine.CopyRequest;
import dev.millrace.engine.CopyView;
import dev.millrace.engine.PipelinePlan;
import dev.millrace.engine.SimulatedPipeline;
import dev.millrace.engine.SimulatedPipeline.Step;
import dev.millrace.engine.SimulatedPipeline.Steps;
import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;
import dev.millrace.model.Operation;
import dev.millrace.source.StartFrom;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** The pipeline of one instance: an actor that supervises, and one for each stage of an attempt. */
final class Running {
  private static final long FOREVER = Long.MAX_VALUE;
  private static final long REST_NANOS = 200_000_000L;
  private static final long STOP_NANOS = 4_000_000_000L;

  final Instance instance;
  private final World world;
  private final SimulatedPipeline pipeline;

  /** Moves whenever a stage did something, so that those at rest look again. */
  private long activity;

  private boolean open;
  private boolean finished;

  /** Why it will never run again. */
  @Nullable Failure ended;

  /** What became of the last request. */
  @Nullable CompletableFuture<Void> answer;

  Running(World world, Instance instance) {
    this.world = world;
    this.instance = instance;
    PipelinePlan plan =
        new PipelinePlan(
            "simulated",
            world.sourceOf(instance),
            () -> new SimSink(world, instance),
            () -> world.store.open(instance),
            new StartFrom.Now(),
            EnumSet.allOf(Operation.class),
            40,
            world.transactionBytes,
            Duration.ofMillis(20),
            Duration.ofSeconds(4),
            new CopyPlan(
                CopyPlan.Snapshot.INITIAL,
                world.readers,
                (long) world.prefetchedChunks << 22,
                true,
                CopyPlan.HistoryLost.RESNAPSHOT));
    this.pipeline =
        new SimulatedPipeline(
            plan, instance.toString(), world.mutant.inTheEngine(), world.baton::nanos);
  }

  void start() {
    world.baton.spawn("main", instance.life, this::supervise);
  }

  /** Whether it will never run again. */
  boolean isFinished() {
    return finished;
  }

  /** What an operator asks; nothing where it does not run just now. */
  void request(CopyRequest request) {
    if (open) {
      world.trace.say(() -> "  OPERATOR asks " + instance + " " + request);
      answer = pipeline.request(request);
      if (request instanceof CopyRequest.Again) {
        instance.startFrom(null);
      }
      activity++;
    }
  }

  CopyView copyView() {
    return pipeline.view();
  }

  String view() {
    return pipeline.view().toString();
  }

  private void supervise() {
    while (true) {
      Failure failure = attempt();
      world.trace.say(() -> world.who() + " attempt ends: " + failure);
      switch (pipeline.failed(failure)) {
        case SimulatedPipeline.Next.After after ->
            world.baton.await("pause", () -> false, after.pause().toNanos());
        case SimulatedPipeline.Next.Stop stop -> {
          finished = true;
          ended = stop.failure();
          // One that was replaced may have begun its term later than its successor did.
          boolean overtaken =
              stop.failure() instanceof Failure.Fenced && world.instances().size() > 1;
          // After three losses in a row it gives up, and a person starts it again.
          boolean gaveUp = stop.failure() instanceof Failure.PositionLost;
          if (!instance.isReplaced() && !overtaken && !gaveUp) {
            throw new Violation(instance + " stopped: " + stop.failure());
          }
          return;
        }
      }
    }
  }

  /** From opening to the first failure of any stage; returns that. */
  private Failure attempt() {
    Map<String, Steps> stages;
    try {
      stages = pipeline.open();
    } catch (MillraceException e) {
      return e.failure();
    }
    Attempt attempt = new Attempt();
    stages.forEach(
        (role, steps) -> world.baton.spawn(role, instance.life, () -> run(role, steps, attempt)));
    open = true;
    world.baton.await("running", () -> attempt.failure != null, FOREVER);
    open = false;
    pipeline.stopReading();
    activity++;
    world.baton.await("stopping", () -> attempt.delivered, STOP_NANOS / 4 * 3);
    pipeline.drain(false);
    activity++;
    world.baton.await("saving", () -> attempt.saved, STOP_NANOS / 4);
    pipeline.close();
    Failure failure = attempt.failure;
    if (failure == null) {
      throw new IllegalStateException("it ended for nothing");
    }
    return failure;
  }

  /** One attempt's end, as far as it has come. */
  private static final class Attempt {
    @Nullable Failure failure;
    boolean delivered;
    boolean saved;
  }

  private void run(String role, Steps steps, Attempt attempt) {
    try {
      while (true) {
        world.baton.pause("step");
        Step step = steps.step();
        if (step == Step.DONE) {
          return;
        }
        if (step == Step.WORKED) {
          activity++;
        } else {
          long seen = activity;
          world.baton.await("rest", () -> activity != seen, REST_NANOS);
        }
      }
    } catch (MillraceException e) {
      world.trace.say(() -> world.who() + " fails: " + e.getMessage());
      if (attempt.failure == null) {
        attempt.failure = e.failure();
      }
    } finally {
      attempt.delivered |= role.equals("deliver");
      attempt.saved |= role.equals("save");
    }
  }
}
