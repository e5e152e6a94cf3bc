package dev.millrace.sink.jetstream;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Optional;
import org.junit.jupiter.api.Test;

/** A server of before atomic batches. */
class JetStreamChainTest extends JetStreamDeliveryCases {
  JetStreamChainTest() {
    super(NatsKind.CHAIN);
  }

  @Test
  void everyMessageExpectsTheOneBeforeAndNamesItsTerm() throws Exception {
    JetStreamSink sink = sink();
    sink.fence(FIRST, Optional.empty());
    send(sink, Samples.start(FIRST), inserts(1, 3)).await();
    StreamReader reader = reader();
    for (long n = 1; n <= 3; n++) {
      assertThat(StreamReader.header(reader.message(n), "Nats-Expected-Last-Sequence"))
          .contains(Long.toString(n - 1));
    }
    assertThat(StreamReader.header(reader.message(2), "Millrace-Term")).contains("1");
  }
}
