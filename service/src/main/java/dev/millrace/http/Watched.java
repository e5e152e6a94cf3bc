package dev.millrace.http;

import dev.millrace.config.PipelineConfig;
import dev.millrace.engine.CopyRequest;
import dev.millrace.engine.CopyView;
import dev.millrace.engine.PipelineMetrics;
import dev.millrace.engine.PipelineState;
import dev.millrace.engine.Supervisor;
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

  /** As {@link Supervisor#request}. */
  CompletableFuture<Void> request(CopyRequest request);

  default String name() {
    return config().name();
  }

  /** One that a supervisor runs. */
  static Watched of(Supplier<PipelineConfig> config, Supervisor supervisor) {
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
