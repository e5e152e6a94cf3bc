package dev.millrace.sink.jetstream;

class JetStreamAtomicLetterTest extends JetStreamLetterCases {
  JetStreamAtomicLetterTest() {
    super(NatsKind.ATOMIC);
  }
}
