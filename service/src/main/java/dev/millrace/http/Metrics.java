package dev.millrace.http;

import dev.millrace.engine.PipelineMetrics;
import dev.millrace.engine.Supervisor;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** The figures of every pipeline in Prometheus's text form. */
final class Metrics implements AutoCloseable {
  private static final List<String> STATES =
      List.of("waiting", "starting", "running", "retrying", "stopped", "ended");

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

  Metrics(List<Watched> watched) {
    new JvmMemoryMetrics().bindTo(registry);
    for (Watched one : watched) {
      register(one.supervisor());
    }
  }

  private void register(Supervisor supervisor) {
    counter(supervisor, "events", "Changes durable in the sink", PipelineMetrics::events);
    counter(supervisor, "in.bytes", "Bytes of the source's replies", PipelineMetrics::bytesIn);
    counter(supervisor, "out.bytes", "Bytes delivered", PipelineMetrics::bytesOut);
    counter(supervisor, "parcels", "Parcels durable in the sink", PipelineMetrics::parcels);
    counter(supervisor, "retries", "Position writes tried again", PipelineMetrics::retries);
    counter(supervisor, "restarts", "Starts after the first", PipelineMetrics::restarts);
    counter(supervisor, "saves", "Checkpoints written", PipelineMetrics::saves);
    gauge(
        supervisor,
        "lag.seconds",
        "How far the sink is behind the source's newest change",
        s -> orNone(s.metrics().lagSeconds()));
    gauge(
        supervisor,
        "saved.age.seconds",
        "Since the position was last written",
        s -> orNone(s.metrics().savedAgeSeconds()));
    gauge(supervisor, "queue.bytes", "Read ahead of the sink", Supervisor::queueBytes);
    for (String state : STATES) {
      Gauge.builder("millrace.state", supervisor, s -> s.state().name().equals(state) ? 1 : 0)
          .description("1 for the state that the pipeline is in")
          .tag("pipeline", supervisor.name())
          .tag("state", state)
          .register(registry);
    }
  }

  private void counter(
      Supervisor supervisor, String name, String what, ToDoubleFunction<PipelineMetrics> figure) {
    FunctionCounter.builder("millrace." + name, supervisor.metrics(), figure)
        .description(what)
        .tag("pipeline", supervisor.name())
        .register(registry);
  }

  private void gauge(
      Supervisor supervisor, String name, String what, ToDoubleFunction<Supervisor> figure) {
    Gauge.builder("millrace." + name, supervisor, figure)
        .description(what)
        .tag("pipeline", supervisor.name())
        .register(registry);
  }

  private static double orNone(long figure) {
    return figure < 0 ? Double.NaN : figure;
  }

  String text() {
    return registry.scrape();
  }

  @Override
  public void close() {
    registry.close();
  }
}
