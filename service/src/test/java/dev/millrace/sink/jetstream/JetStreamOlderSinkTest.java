package dev.millrace.sink.jetstream;

import static org.assertj.core.api.Assumptions.assumeThat;

import dev.millrace.lab.Lab;
import dev.millrace.lab.NatsServer;
import org.junit.jupiter.api.BeforeEach;

/** The same on a server from before atomic batches. */
class JetStreamOlderSinkTest extends JetStreamSinkTest {
  @BeforeEach
  void needsAnOlderServer() {
    assumeThat(Lab.natsOld())
        .as("no nats-server before 2.12.1 here: set NATS_SERVER_OLD to one")
        .isPresent();
  }

  @Override
  NatsServer server() {
    return Lab.natsOld().orElseThrow();
  }
}
