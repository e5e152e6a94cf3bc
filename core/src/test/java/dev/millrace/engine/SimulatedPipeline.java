package dev.millrace.engine;

import dev.millrace.checkpoint.CheckpointStore.Owner;
import dev.millrace.model.Failure;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The engine as a simulation runs it: the parts and the decisions of {@link Supervisor} and {@link
 * Pipeline}, without their threads. Whoever holds it steps the stages, in whatever order.
 */
public final class SimulatedPipeline {
  private final PipelinePlan plan;
  private final EngineFault fault;
  private final LongSupplier nanoClock;
  private final Tenure tenure;
  private final Attempts attempts = new Attempts();
  private final PipelineMetrics metrics = new PipelineMetrics();
  private @Nullable Assembly parts;

  /** What a stage's step came to. */
  public enum Step {
    WORKED,
    IDLE,
    DONE
  }

  /** One stage. */
  public interface Steps {
    Step step();
  }

  /** What to do after a failure. */
  public sealed interface Next {
    /** Open it again after a pause. */
    record After(Duration pause) implements Next {}

    /** It is over. */
    record Stop(Failure failure) implements Next {}
  }

  public SimulatedPipeline(
      PipelinePlan plan, String instance, EngineFault fault, LongSupplier nanoClock) {
    this.plan = plan;
    this.fault = fault;
    this.nanoClock = nanoClock;
    this.tenure = new Tenure(new Owner(instance, ""));
  }

  /**
   * Opens all parts, as {@link Supervisor} does for each attempt.
   *
   * @return the stages by role, the delivering one first
   */
  public Map<String, Steps> open() {
    parts = null;
    Assembly opened =
        Assembly.open(plan, tenure, metrics, attempts.beginning(), fault.rules(), nanoClock);
    attempts.begun(opened.opened().start().position());
    parts = opened;
    Map<String, Steps> stages = new LinkedHashMap<>();
    stages.put("deliver", steps(opened.deliverer()));
    stages.put("save", steps(opened.saver()));
    stages.put("read", steps(opened.reader()));
    stages.put("watch", steps(opened.watch()));
    int copiers = 0;
    for (CopyStage copier : opened.copiers()) {
      stages.put(copiers == 0 ? "errands" : "copy" + copiers, steps(copier));
      copiers++;
    }
    return stages;
  }

  private static Steps steps(Stage stage) {
    return () -> Step.valueOf(stage.step().name());
  }

  private Assembly parts() {
    Assembly opened = parts;
    if (opened == null) {
      throw new IllegalStateException("not open");
    }
    return opened;
  }

  /** As {@link Pipeline#stop} begins: nothing more is read. */
  public void stopReading() {
    parts().stopReading();
  }

  /** Then what is durable is saved. */
  public void drain(boolean orderly) {
    parts().saver().drain(orderly);
  }

  /** And everything is closed. */
  public void close() {
    parts().close();
  }

  public Next failed(Failure failure) {
    Assembly opened = parts;
    DeliverStage.Reached came = opened == null ? null : opened.deliverer().reached();
    return switch (attempts.next(failure, plan.copy(), came)) {
      case Attempts.Next.After after -> new Next.After(after.pause());
      case Attempts.Next.Stop stop -> new Next.Stop(stop.failure());
    };
  }

  public CompletableFuture<Void> request(CopyRequest request) {
    CompletableFuture<Void> answer = parts().beside().requests().ask(request);
    parts().handoff().wake();
    return answer;
  }

  public CopyView view() {
    Assembly opened = parts;
    return opened == null ? CopyView.NONE : opened.beside().view();
  }
}
