package dev.millrace.http;

import dev.millrace.engine.PipelineMetrics;
import dev.millrace.engine.PipelineState;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** The figures of every pipeline in Prometheus's text form. */
final class Metrics implements AutoCloseable {
  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

  private final CopyMetrics copies;

  Metrics(List<Watched> watched) {
    new JvmMemoryMetrics().bindTo(registry);
    for (Watched one : watched) {
      register(one);
    }
    copies = new CopyMetrics(registry, watched);
  }

  private void register(Watched pipeline) {
    counter(pipeline, "events", "Changes durable in the sink", PipelineMetrics::events);
    counter(pipeline, "in.bytes", "Bytes of the source's replies", PipelineMetrics::bytesIn);
    counter(pipeline, "out.bytes", "Bytes delivered", PipelineMetrics::bytesOut);
    counter(pipeline, "parcels", "Parcels durable in the sink", PipelineMetrics::parcels);
    counter(
        pipeline,
        "parcels.in.part",
        "Parcels that ended within a transaction too large for one",
        PipelineMetrics::inParts);
    counter(pipeline, "retries", "Position writes tried again", PipelineMetrics::retries);
    counter(pipeline, "restarts", "Starts after the first", PipelineMetrics::restarts);
    counter(pipeline, "saves", "Checkpoints written", PipelineMetrics::saves);
    gauge(
        registry,
        pipeline,
        "lag.seconds",
        "How far the sink is behind the source's newest change",
        s -> orNone(s.metrics().lagSeconds()));
    gauge(
        registry,
        pipeline,
        "saved.age.seconds",
        "Since the position was last written",
        s -> orNone(s.metrics().savedAgeSeconds()));
    gauge(
        registry,
        pipeline,
        "dead.letters",
        "Documents that the sink could not take and keeps aside",
        Watched::deadLetters);
    gauge(registry, pipeline, "queue.bytes", "Read ahead of the sink", Watched::queueBytes);
    for (String state : PipelineState.NAMES) {
      Gauge.builder("millrace.state", pipeline, s -> s.state().name().equals(state) ? 1 : 0)
          .description("1 for the state that the pipeline is in")
          .tag("pipeline", pipeline.name())
          .tag("state", state)
          .register(registry);
    }
  }

  private void counter(
      Watched pipeline, String name, String what, ToDoubleFunction<PipelineMetrics> figure) {
    FunctionCounter.builder("millrace." + name, pipeline.metrics(), figure)
        .description(what)
        .tag("pipeline", pipeline.name())
        .register(registry);
  }

  /** A figure of one pipeline, asked for when somebody reads it. */
  static void gauge(
      MeterRegistry registry,
      Watched pipeline,
      String name,
      String what,
      ToDoubleFunction<Watched> figure) {
    Gauge.builder("millrace." + name, pipeline, figure)
        .description(what)
        .tag("pipeline", pipeline.name())
        .register(registry);
  }

  static double orNone(long figure) {
    return figure < 0 ? Double.NaN : figure;
  }

  String text() {
    copies.refresh();
    return registry.scrape();
  }

  @Override
  public void close() {
    registry.close();
  }
}
