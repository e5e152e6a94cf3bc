package dev.millrace.sink.jetstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.model.Checkpoint;
import dev.millrace.model.CopyState;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class JetStreamChainCopyTest extends JetStreamCopyCases {
  JetStreamChainCopyTest() {
    super(NatsKind.CHAIN);
  }

  @Test
  void rowsThatAreReadAgainAfterACutAreDropped() throws Exception {
    JetStreamSink first = sink();
    first.fence(FIRST, Optional.empty());
    Checkpoint one = put(first, copying(1), List.of(Samples.insert(1)));
    put(first, copying(2), rows(1, 40));
    StreamReader reader = reader();
    for (long sequence = 41; sequence > 20; sequence--) {
      reader.manage().deleteMessage(stream, sequence);
    }
    JetStreamSink again = sink();
    Checkpoint found = again.fence(SECOND, Optional.of(one)).orElseThrow();
    assertThat(found.copy()).isEqualTo(one.copy());
    CopyState next = copying(2).copy();
    Checkpoint after = put(again, found.in(SECOND).with(next), rows(1, 60));
    assertThat(after.mark()).contains("\"sequence\": 61");
    assertThat(sink().fence(SECOND, Optional.empty())).contains(after);
    assertThat(reader.header(61, "Nats-Msg-Id").orElseThrow()).startsWith("read.").endsWith(".60");
  }
}
