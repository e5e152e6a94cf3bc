package dev.millrace.http;

import dev.millrace.engine.CopyView;
import dev.millrace.model.ClusterTime;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import java.util.ArrayList;
import java.util.List;

/** The figures of copying. Collections come and go, so theirs are made anew for every answer. */
final class CopyMetrics {
  private final List<Watched> watched;
  private final MultiGauge copied;
  private final MultiGauge estimated;

  CopyMetrics(MeterRegistry registry, List<Watched> watched) {
    this.watched = watched;
    this.copied =
        MultiGauge.builder("millrace.copy.rows")
            .description("Rows of the collection copied so far")
            .register(registry);
    this.estimated =
        MultiGauge.builder("millrace.copy.estimated.rows")
            .description("Rows of the collection when its copy began")
            .register(registry);
    for (Watched one : watched) {
      Metrics.gauge(
          registry,
          one,
          "copy.pending",
          "Collections that are not in the sink as a whole yet",
          CopyMetrics::pending);
      Metrics.gauge(
          registry,
          one,
          "commit.time.seconds",
          "The last commit point's cluster time, as Unix time",
          w -> time(w.copy()));
      Metrics.gauge(
          registry,
          one,
          "consistent",
          "1 while the last commit point holds",
          w -> w.copy().commit().consistent() ? 1 : 0);
      Metrics.gauge(
          registry,
          one,
          "history.left.seconds",
          "Until the source's history no longer reaches back to what is delivered",
          w -> Metrics.orNone(w.metrics().historyLeftSeconds()));
    }
  }

  private static double pending(Watched pipeline) {
    CopyView copy = pipeline.copy();
    if (copy.active() && !copy.listed()) {
      return Double.NaN;
    }
    return copy.collections().stream().filter(c -> c.status().isPending()).count();
  }

  private static double time(CopyView copy) {
    long time = copy.commit().time();
    return time == ClusterTime.NONE ? Double.NaN : ClusterTime.seconds(time);
  }

  /** To be called before the figures are read. */
  synchronized void refresh() {
    List<MultiGauge.Row<?>> rows = new ArrayList<>();
    List<MultiGauge.Row<?>> of = new ArrayList<>();
    for (Watched one : watched) {
      for (CopyView.Collection collection : one.copy().collections()) {
        Tags tags =
            Tags.of("pipeline", one.name(), "collection", collection.namespace().toString());
        rows.add(MultiGauge.Row.of(tags, collection.copied()));
        of.add(MultiGauge.Row.of(tags, Metrics.orNone(collection.estimated())));
      }
    }
    copied.register(rows, true);
    estimated.register(of, true);
  }
}
