package dev.millrace.sink.jetstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.model.Checkpoint;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class JetStreamAtomicCopyTest extends JetStreamCopyCases {
  JetStreamAtomicCopyTest() {
    super(NatsKind.ATOMIC);
  }

  @Test
  void rowsNeedNoIdsAndAreOneBatchWithTheirState() throws Exception {
    JetStreamSink sink = sink();
    sink.fence(FIRST, Optional.empty());
    put(sink, copying(1), List.of(row(1), row(2), row(3)));
    StreamReader reader = reader();
    assertThat(reader.ids()).containsOnly("");
    assertThat(StreamReader.header(reader.message(3), "Nats-Batch-Commit")).contains("1");
    assertThat(StreamReader.header(reader.message(3), "Millrace-State")).isPresent();
  }

  @Test
  void aFullParcelOfRowsWithALargeStateIsOneBatch() throws Exception {
    JetStreamSink sink = sink();
    sink.fence(FIRST, Optional.empty());
    Checkpoint sent = put(sink, Samples.start(FIRST).with(manyCollections(3)), rows(1, 999));
    assertThat(sent.mark()).contains("\"sequence\": 1000");
    StreamReader reader = reader();
    assertThat(reader.message(1_000).getSubject()).isEqualTo(stream + ".$state");
    assertThat(StreamReader.header(reader.message(1_000), "Nats-Batch-Commit")).contains("1");
  }
}
