package dev.millrace.sink.jetstream;

class JetStreamChainFenceTest extends JetStreamFenceCases {
  JetStreamChainFenceTest() {
    super(NatsKind.CHAIN);
  }
}
