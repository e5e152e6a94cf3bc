package dev.millrace.sink.jetstream;

class JetStreamAtomicFenceTest extends JetStreamFenceCases {
  JetStreamAtomicFenceTest() {
    super(NatsKind.ATOMIC);
  }
}
