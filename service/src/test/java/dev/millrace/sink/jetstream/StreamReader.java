package dev.millrace.sink.jetstream;

import dev.millrace.lab.NatsServer;
import io.nats.client.Connection;
import io.nats.client.JetStreamManagement;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.api.MessageInfo;
import io.nats.client.api.PublishAck;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.api.StreamInfo;
import io.nats.client.impl.Headers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Looks at a stream, and meddles with it, as somebody else would. */
final class StreamReader implements AutoCloseable {
  private final Connection connection;
  private final String stream;

  StreamReader(NatsServer server, String stream) throws Exception {
    this(Options.builder().server(server.url()).build(), stream);
  }

  StreamReader(Options options, String stream) throws Exception {
    this.connection = Nats.connect(options);
    this.stream = stream;
  }

  JetStreamManagement manage() throws Exception {
    return connection.jetStreamManagement();
  }

  StreamInfo info() throws Exception {
    return manage().getStreamInfo(stream);
  }

  long last() throws Exception {
    return info().getStreamState().getLastSequence();
  }

  void make(StreamConfiguration.Builder settings) throws Exception {
    manage().addStream(settings.name(stream).build());
  }

  List<MessageInfo> messages() throws Exception {
    List<MessageInfo> messages = new ArrayList<>();
    for (long n = 1; n <= last(); n++) {
      messages.add(message(n));
    }
    return messages;
  }

  MessageInfo message(long sequence) throws Exception {
    return manage().getMessage(stream, sequence);
  }

  List<String> subjects() throws Exception {
    return messages().stream().map(MessageInfo::getSubject).toList();
  }

  List<String> ids() throws Exception {
    return messages().stream().map(message -> header(message, "Nats-Msg-Id").orElse("")).toList();
  }

  PublishAck publish(String subject, Headers headers, String body) throws Exception {
    return connection.jetStream().publish(subject, headers, body.getBytes(StandardCharsets.UTF_8));
  }

  static Optional<String> header(MessageInfo message, String name) {
    Headers headers = message.getHeaders();
    return headers == null ? Optional.empty() : Optional.ofNullable(headers.getFirst(name));
  }

  Optional<String> header(long sequence, String name) throws Exception {
    return header(message(sequence), name);
  }

  static String body(MessageInfo message) {
    return new String(message.getData(), StandardCharsets.UTF_8);
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
