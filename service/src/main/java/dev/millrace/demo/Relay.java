package dev.millrace.demo;

import dev.millrace.engine.CopyView;
import dev.millrace.engine.PipelineState;
import dev.millrace.engine.Supervisor;
import dev.millrace.model.Position;
import org.jspecify.annotations.Nullable;

/** The pipeline that a demo watches, in this process or in another. */
public interface Relay {
  /** How it is now, or was when last heard of. */
  Standing standing();

  /** For a browser on this machine. */
  String page();

  /**
   * A picture of one moment.
   *
   * @param events changes durable in the sink, since its process began
   * @param position everything up to here is; null while not known
   * @param copyDone whether all is copied that was to be
   * @param estimated rows to copy; 0 where not known
   */
  record Standing(
      String state,
      String detail,
      long events,
      long lagSeconds,
      @Nullable Position position,
      boolean copyDone,
      long copied,
      long estimated) {
    boolean isRunning() {
      return state.equals("running");
    }

    boolean isStopped() {
      return state.equals("stopped");
    }

    /** Whether all is in the sink up to a cluster time, given as the server's 64 bits. */
    boolean hasDelivered(long time) {
      return copyDone
          && position != null
          && Long.compareUnsigned(position.clusterTime(), time) >= 0;
    }

    /** From 0 to 1. */
    double copyProgress() {
      return copyDone ? 1 : estimated <= 0 ? 0 : Math.min(1, (double) copied / estimated);
    }
  }

  /** One in this process. */
  static Relay of(Supervisor pipeline, String page) {
    return new Relay() {
      @Override
      public Standing standing() {
        PipelineState state = pipeline.state();
        CopyView copy = pipeline.copy();
        boolean pending = copy.collections().stream().anyMatch(c -> c.status().isPending());
        return new Standing(
            state.name(),
            state.detail(),
            pipeline.metrics().events(),
            pipeline.metrics().lagSeconds(),
            pipeline.metrics().deliveredPosition(),
            copy.active() && copy.listed() && !pending,
            copy.collections().stream().mapToLong(CopyView.Collection::copied).sum(),
            copy.collections().stream().mapToLong(c -> Math.max(0, c.estimated())).sum());
      }

      @Override
      public String page() {
        return page;
      }
    };
  }
}
