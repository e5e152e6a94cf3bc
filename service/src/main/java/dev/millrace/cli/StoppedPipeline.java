package dev.millrace.cli;

import dev.millrace.checkpoint.CheckpointStore;
import dev.millrace.checkpoint.CheckpointStore.Begun;
import dev.millrace.checkpoint.CheckpointStore.Owner;
import dev.millrace.checkpoint.CheckpointStore.Stored;
import dev.millrace.config.PipelineConfig;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.CopyState;
import dev.millrace.model.Position;
import dev.millrace.sink.Sink;
import dev.millrace.source.Source;
import dev.millrace.wiring.Wiring;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A pipeline that nobody runs, as far as one can ask. Whoever runs it all the same is shut out: the
 * position is changed in a term of its own, and an older term can write no more.
 */
final class StoppedPipeline implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(StoppedPipeline.class);

  private final Wiring wiring;
  private final PipelineConfig pipeline;
  private final CheckpointStore store;

  private StoppedPipeline(Wiring wiring, PipelineConfig pipeline, CheckpointStore store) {
    this.wiring = wiring;
    this.pipeline = pipeline;
    this.store = store;
  }

  /**
   * Opens it.
   *
   * @throws Refusal {@code MR-RUNNING} when its owner answers
   */
  static StoppedPipeline open(Wiring wiring, PipelineConfig pipeline) {
    CheckpointStore store = wiring.store(pipeline);
    try {
      Optional<Stored> stored = store.read();
      Optional<Owner> owner = stored.flatMap(Owners::running);
      if (owner.isPresent()) {
        throw new Refusal(
            ExitCode.RUNNING,
            "MR-RUNNING",
            "pipeline %s is run by the instance at %s: stop it first"
                .formatted(pipeline.name(), owner.get().address()));
      }
      return new StoppedPipeline(wiring, pipeline, store);
    } catch (RuntimeException e) {
      store.close();
      throw e;
    }
  }

  /** Takes the pipeline, as a run would: nobody else writes from now on. */
  Begun take() {
    return store.begin(new Owner(UUID.randomUUID().toString(), ""));
  }

  /**
   * Where a run would go on from. The sink is asked too: what it keeps with its rows may be later
   * than what was last stored, as after a kill.
   */
  Optional<Checkpoint> next(Begun begun) {
    try (Sink sink = wiring.sink(pipeline)) {
      return sink.fence(begun.term(), begun.checkpoint());
    }
  }

  /**
   * Sets the position, as one of what this source follows, and prints old and new. The sink's mark
   * is left out, so that a sink that was made anew is accepted as it is.
   */
  void move(
      Begun begun, Optional<Checkpoint> was, Position position, Source source, Console console) {
    String old = was.map(c -> Positions.told(c.position())).orElse("none");
    store.save(
        new Checkpoint(
            position,
            begun.term(),
            source.deployment(),
            source.scope(),
            "",
            was.map(Checkpoint::copy).orElse(CopyState.NONE)));
    store.release(begun.term());
    LOG.info("pipeline {}: position set from {} to {}", pipeline.name(), old, position);
    console.out().println("pipeline    " + pipeline.name());
    console.out().println("was         " + old);
    console.out().println("is now      " + Positions.told(position));
  }

  @Override
  public void close() {
    store.close();
  }
}
