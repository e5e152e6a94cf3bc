package dev.millrace.cli;

import dev.millrace.config.MillraceConfig;
import dev.millrace.config.PipelineConfig;
import dev.millrace.config.Reading;
import dev.millrace.engine.CopyRequest;
import dev.millrace.engine.PipelinePlan;
import dev.millrace.engine.Supervisor;
import dev.millrace.http.Reload;
import dev.millrace.model.Failure;
import dev.millrace.wiring.Wiring;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Which configuration each pipeline of this process goes by, and how it gets another one. */
final class Reloader implements Reload {
  private static final Logger LOG = LoggerFactory.getLogger(Reloader.class);

  private final Supplier<Reading> again;
  private final Map<String, Steered> steered;
  private final Map<String, PipelineConfig> held = new ConcurrentHashMap<>();
  private final MillraceConfig begun;

  /** What a reload needs of a pipeline. */
  interface Steered {
    void replan(PipelinePlan next);

    CompletableFuture<Void> request(CopyRequest request);

    static Steered of(Supervisor supervisor) {
      return new Steered() {
        @Override
        public void replan(PipelinePlan next) {
          supervisor.replan(next);
        }

        @Override
        public CompletableFuture<Void> request(CopyRequest request) {
          return supervisor.request(request);
        }
      };
    }
  }

  /**
   * @param begun the configuration that the process was started with
   * @param again reads it anew
   * @param steered its pipelines by their names
   */
  Reloader(MillraceConfig begun, Supplier<Reading> again, Map<String, Steered> steered) {
    this.begun = begun;
    this.again = again;
    this.steered = Map.copyOf(steered);
    begun.pipelines().forEach(pipeline -> held.put(pipeline.name(), pipeline));
  }

  /** What the pipeline goes by now. */
  PipelineConfig config(String pipeline) {
    return Objects.requireNonNull(held.get(pipeline));
  }

  @Override
  public synchronized CompletableFuture<String> reload(Optional<String> only) {
    MillraceConfig next = read();
    List<String> restart = new RestartNeeds(begun, held).of(next, only);
    if (!restart.isEmpty()) {
      throw Failure.fatal(
          "MR-RELOAD-RESTART",
          "nothing was changed, for it takes a restart where these differ: "
              + String.join(", ", restart));
    }
    Wiring wiring = new Wiring(next);
    List<String> told = new ArrayList<>();
    List<CompletableFuture<Void>> stored = new ArrayList<>();
    for (PipelineConfig pipeline : next.pipelines()) {
      String name = pipeline.name();
      Steered one = steered.get(name);
      if (one == null || !only.map(name::equals).orElse(true)) {
        continue;
      }
      boolean changed = !pipeline.equals(held.put(name, pipeline));
      if (changed) {
        one.replan(wiring.plan(pipeline));
      }
      told.add(name + (changed ? " goes on by what changed" : " had not changed"));
      stored.add(one.request(new CopyRequest.Reload()));
    }
    String sentence = "the configuration holds: " + String.join(", ", told);
    LOG.info("reload: {}", sentence);
    return CompletableFuture.allOf(stored.toArray(CompletableFuture<?>[]::new))
        .thenApply(v -> sentence);
  }

  private MillraceConfig read() {
    return switch (again.get()) {
      case Reading.Valid valid -> valid.config();
      case Reading.Faulty faulty ->
          throw Failure.fatal(
              "MR-CONFIG",
              "nothing was changed, for the configuration has faults:"
                  + String.join("", faulty.problems().stream().map(p -> "\n  " + p).toList()));
    };
  }
}
