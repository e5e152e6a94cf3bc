package dev.millrace.sink.jetstream;

class JetStreamChainLetterTest extends JetStreamLetterCases {
  JetStreamChainLetterTest() {
    super(NatsKind.CHAIN);
  }
}
