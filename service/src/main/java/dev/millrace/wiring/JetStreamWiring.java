package dev.millrace.wiring;

import dev.millrace.config.SinkConfig;
import dev.millrace.http.Probe;
import dev.millrace.letters.DeadLetterBox;
import dev.millrace.model.Finding;
import dev.millrace.sink.Sink;
import dev.millrace.sink.jetstream.JetStreamCheck;
import dev.millrace.sink.jetstream.JetStreamSink;
import java.util.List;
import java.util.Optional;

/** A stream of NATS JetStream. */
record JetStreamWiring(SinkConfig.JetStream config) implements SinkWiring {
  @Override
  public Sink open(String pipeline) {
    return JetStreamSink.open(config, pipeline);
  }

  @Override
  public Optional<DeadLetterBox> letters(String pipeline) {
    return Optional.of(JetStreamSink.letters(config, pipeline));
  }

  @Override
  public List<Finding> check() {
    return JetStreamCheck.check(config);
  }

  @Override
  public Probe probe() {
    return new NatsProbe(config.servers());
  }
}
