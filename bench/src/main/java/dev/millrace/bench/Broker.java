package dev.millrace.bench;

import dev.millrace.lab.NatsServer;
import io.nats.client.Connection;
import io.nats.client.JetStream;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamManagement;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.api.StreamState;
import java.io.IOException;

/** A connection to the nats-server, and the few things done with it beside publishing. */
final class Broker implements AutoCloseable {
  private static final int NO_SUCH_STREAM = 10059;

  private final Connection connection;

  private Broker(Connection connection) {
    this.connection = connection;
  }

  static Broker connect(String url) throws IOException, InterruptedException {
    return new Broker(Nats.connect(Options.builder().server(url).build()));
  }

  /** For people: of the server and of its client. */
  static String versions(NatsServer nats) {
    return "nats-server %s, jnats %s".formatted(nats.version(), Nats.CLIENT_VERSION);
  }

  Connection connection() {
    return connection;
  }

  JetStream jetStream() throws IOException {
    return connection.jetStream();
  }

  /** A file stream of this name, which takes all subjects below it. */
  void create(String stream) throws IOException, JetStreamApiException {
    management()
        .addStream(
            StreamConfiguration.builder()
                .name(stream)
                .subjects(stream + ".>")
                .storageType(StorageType.File)
                .build());
  }

  /** Removes the stream if there is one. */
  void delete(String stream) throws IOException, JetStreamApiException {
    try {
      management().deleteStream(stream);
    } catch (JetStreamApiException e) {
      if (e.getApiErrorCode() != NO_SUCH_STREAM) {
        throw e;
      }
    }
  }

  StreamState state(String stream) throws IOException, JetStreamApiException {
    return management().getStreamInfo(stream).getStreamState();
  }

  private JetStreamManagement management() throws IOException {
    return connection.jetStreamManagement();
  }

  @Override
  public void close() {
    try {
      connection.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
