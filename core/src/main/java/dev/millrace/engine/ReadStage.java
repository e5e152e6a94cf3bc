package dev.millrace.engine;

import dev.millrace.model.Batch;
import dev.millrace.source.Source;
import org.jspecify.annotations.Nullable;

/**
 * Reads ahead into the handoff. While that is full it holds one batch, reads nothing, and keeps the
 * source's session alive.
 */
final class ReadStage implements Stage {
  private final Source source;
  private final Handoff handoff;
  private final PipelineMetrics metrics;
  private @Nullable Batch held;
  private volatile boolean stopping;

  ReadStage(Source source, Handoff handoff, PipelineMetrics metrics) {
    this.source = source;
    this.handoff = handoff;
    this.metrics = metrics;
  }

  @Override
  public Progress step() {
    if (stopping) {
      return Progress.DONE;
    }
    Batch batch = held;
    if (batch == null) {
      batch = source.poll(handoff.patienceMillis());
      metrics.read(batch.bytes(), batch.sourceTime());
    }
    if (handoff.offer(batch)) {
      held = null;
      return Progress.WORKED;
    }
    held = batch;
    source.keepAlive();
    return Progress.IDLE;
  }

  @Override
  public void rest() throws InterruptedException {
    handoff.awaitSpace(Handoff.seconds(1));
  }

  /** From now on nothing more is read; a poll under way may still end as it likes. */
  void stop() {
    stopping = true;
    handoff.close();
  }
}
