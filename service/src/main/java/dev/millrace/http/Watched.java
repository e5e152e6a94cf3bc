package dev.millrace.http;

import dev.millrace.config.PipelineConfig;
import dev.millrace.engine.CopyRequest;
import dev.millrace.engine.CopyView;
import dev.millrace.engine.PipelineMetrics;
import dev.millrace.engine.PipelineState;
import dev.millrace.engine.Supervisor;
import dev.millrace.letters.DeadLetterBox;
import dev.millrace.model.MillraceException;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** A pipeline that is shown, and of which things may be asked. Any thread may call. */
public interface Watched {
  /** As it is now: a reload changes it. */
  PipelineConfig config();

  PipelineState state();

  PipelineMetrics metrics();

  /** Bytes read ahead of the sink. */
  long queueBytes();

  /** Documents that the sink could not take and keeps aside. */
  long deadLetters();

  CopyView copy();

  /**
   * Opens what the sink keeps aside, over a connection of its own.
   *
   * @throws MillraceException where that fails, or the sink keeps nothing
   */
  DeadLetterBox letters();

  /** As {@link Supervisor#request}. */
  CompletableFuture<Void> request(CopyRequest request);

  default String name() {
    return config().name();
  }

  /** One that a supervisor runs. */
  static Watched of(
      Supplier<PipelineConfig> config, Supervisor supervisor, Supplier<DeadLetterBox> letters) {
    return new Watched() {
      @Override
      public PipelineConfig config() {
        return config.get();
      }

      @Override
      public PipelineState state() {
        return supervisor.state();
      }

      @Override
      public PipelineMetrics metrics() {
        return supervisor.metrics();
      }

      @Override
      public long queueBytes() {
        return supervisor.queueBytes();
      }

      @Override
      public long deadLetters() {
        return supervisor.deadLetters();
      }

      @Override
      public DeadLetterBox letters() {
        return letters.get();
      }

      @Override
      public CopyView copy() {
        return supervisor.copy();
      }

      @Override
      public CompletableFuture<Void> request(CopyRequest request) {
        return supervisor.request(request);
      }
    };
  }
}
