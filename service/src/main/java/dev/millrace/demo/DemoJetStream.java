package dev.millrace.demo;

import dev.millrace.lab.Binaries;
import dev.millrace.lab.JetStreamImage;
import dev.millrace.lab.NatsServer;
import dev.millrace.lab.SinkImage;
import io.nats.client.Connection;
import io.nats.client.JetStreamApiException;
import io.nats.client.Nats;
import java.io.IOException;
import java.util.List;

/** A JetStream stream. */
record DemoJetStream(String address, String stream, AutoCloseable end) implements DemoSink {
  static DemoJetStream started(Binaries binaries, String stream) {
    NatsServer nats = NatsServer.builder().binary(binaries.natsServer()).start();
    return new DemoJetStream(nats.url(), stream, nats);
  }

  static DemoJetStream given(String url, String stream) {
    return new DemoJetStream(url, stream, () -> delete(url, stream));
  }

  private static void delete(String url, String stream) throws IOException, InterruptedException {
    Connection connection = Nats.connect(url);
    try {
      connection.jetStreamManagement().deleteStream(stream);
    } catch (JetStreamApiException gone) {
      return;
    } finally {
      connection.close();
    }
  }

  @Override
  public String name() {
    return "JetStream stream " + stream;
  }

  @Override
  public String variable() {
    return "NATS_SERVER_URL";
  }

  @Override
  public String configured(String reference) {
    return "{type: nats, url: \"%s\", stream: %s}".formatted(reference, stream);
  }

  /** Variables say all of it. */
  @Override
  public List<String> exports() {
    return List.of(
        DemoSink.export(variable(), address),
        DemoSink.export("NATS_STREAM_NAME", stream),
        DemoSink.export("HTTP_PORT", "3000"),
        DemoSink.export("RAFT_CLUSTER_SIZE", "1"));
  }

  @Override
  public SinkImage read() throws IOException, InterruptedException, JetStreamApiException {
    return JetStreamImage.read(address, stream);
  }
}
