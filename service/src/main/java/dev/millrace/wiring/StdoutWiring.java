package dev.millrace.wiring;

import dev.millrace.config.SinkConfig;
import dev.millrace.http.Probe;
import dev.millrace.model.Finding;
import dev.millrace.sink.Sink;
import dev.millrace.sink.stdout.StdoutSink;
import java.util.List;

/** Standard output. */
record StdoutWiring(SinkConfig.Stdout config) implements SinkWiring {
  @Override
  public Sink open(String pipeline) {
    return new StdoutSink(config);
  }

  @Override
  public List<Finding> check() {
    return List.of(
        Finding.ok("stdout takes everything, and cannot refuse a second writer: at least once"));
  }

  @Override
  public Probe probe() {
    return () -> true;
  }
}
