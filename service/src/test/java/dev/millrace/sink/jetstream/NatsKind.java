package dev.millrace.sink.jetstream;

import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.millrace.lab.Binaries;
import dev.millrace.lab.Lab;
import dev.millrace.lab.NatsServer;
import dev.millrace.lab.NatsServerBuilder;

/** The servers that there is a way of publishing for. */
enum NatsKind {
  ATOMIC {
    @Override
    NatsServer shared() {
      return Lab.nats();
    }

    @Override
    NatsServerBuilder builder() {
      return NatsServer.builder();
    }

    @Override
    void assumeThere() {
      assumeFalse(Lab.serversSkipped(), "servers=skip");
    }
  },
  CHAIN {
    @Override
    NatsServer shared() {
      return Lab.natsOld().orElseThrow();
    }

    @Override
    NatsServerBuilder builder() {
      return NatsServer.builder().binary(Binaries.system().natsServerOld().orElseThrow());
    }

    @Override
    void assumeThere() {
      assumeFalse(Lab.serversSkipped(), "servers=skip");
      assumeTrue(Lab.natsOld().isPresent(), "no old nats-server here");
    }
  };

  abstract NatsServer shared();

  abstract NatsServerBuilder builder();

  abstract void assumeThere();
}
