package dev.millrace.sink.jetstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.nats.client.api.StreamConfiguration;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Atomic batches. */
class JetStreamAtomicTest extends JetStreamDeliveryCases {
  JetStreamAtomicTest() {
    super(NatsKind.ATOMIC);
  }

  @Test
  void aParcelIsOneBatch() throws Exception {
    JetStreamSink sink = sink();
    sink.fence(FIRST, Optional.empty());
    send(sink, Samples.start(FIRST), inserts(1, 3)).await();
    StreamReader reader = reader();
    assertThat(StreamReader.header(reader.message(3), "Nats-Batch-Commit")).contains("1");
    assertThat(StreamReader.header(reader.message(2), "Nats-Batch-Sequence")).contains("2");
  }

  @Test
  void allowsAtomicBatchesOnAStreamThatDoesNotAndChangesNothingElse() throws Exception {
    StreamReader reader = reader();
    reader.make(
        StreamConfiguration.builder()
            .subjects(stream + ".>", stream + "_more")
            .description("ours")
            .maxMessages(100)
            .allowDirect(true));
    sink().fence(FIRST, Optional.empty());
    StreamConfiguration config = reader.info().getConfiguration();
    assertThat(config.getAllowAtomicPublish()).isTrue();
    assertThat(config.getSubjects()).containsExactly(stream + ".>", stream + "_more");
    assertThat(config.getDescription()).isEqualTo("ours");
    assertThat(config.getMaxMsgs()).isEqualTo(100);
    assertThat(config.getAllowDirect()).isTrue();
  }
}
