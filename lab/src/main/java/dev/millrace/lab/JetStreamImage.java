package dev.millrace.lab;

import io.nats.client.Connection;
import io.nats.client.ConsumeOptions;
import io.nats.client.IterableConsumer;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamStatusCheckedException;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.StreamContext;
import io.nats.client.api.OrderedConsumerConfiguration;
import io.nats.client.api.StreamState;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;
import org.bson.BsonDocument;
import org.jspecify.annotations.Nullable;

/**
 * Reads what a JetStream stream of change events and copied rows amounts to. Subjects are {@code
 * <stream>.<...>}, the header {@code Nats-Msg-Id} is the event's resume token, the body is the
 * event as relaxed Extended JSON. Messages whose second part of the subject starts with {@code $}
 * are the sink's own: {@code $reset} and {@code $swept} are followed, the others left out, and none
 * of them counted.
 */
public final class JetStreamImage {
  private static final Duration SILENCE_DEADLINE = Duration.ofSeconds(30);
  private static final int BATCH = 500;
  private static final Set<String> MARKS = Set.of("$reset", "$swept");

  private JetStreamImage() {}

  /**
   * Like {@link #read(Connection, String)}, over a connection of its own.
   *
   * @throws IOException when the server cannot be reached
   */
  public static SinkImage read(String url, String stream)
      throws IOException, InterruptedException, JetStreamApiException {
    Connection connection = Nats.connect(Options.builder().server(url).build());
    try {
      return read(connection, stream);
    } finally {
      connection.close();
    }
  }

  /**
   * Reads a stream in order, from its first message to the one that is the last when called.
   *
   * @throws IOException when the server falls silent for half a minute
   * @throws JetStreamApiException when there is no such stream
   * @throws IllegalArgumentException when a message is no change event; names its sequence
   */
  // Closing may be interrupted; that ends the read with the exception it says.
  @SuppressWarnings("try")
  public static SinkImage read(Connection connection, String stream)
      throws IOException, InterruptedException, JetStreamApiException {
    SinkImage image = new SinkImage();
    StreamContext context = connection.getStreamContext(stream);
    StreamState state = context.getStreamInfo().getStreamState();
    if (state.getMsgCount() == 0) {
      return image;
    }
    long last = state.getLastSequence();
    // Batches that the reader asks for: pushed messages would pile up in memory while it parses.
    try (IterableConsumer consumer =
        context
            .createOrderedConsumer(new OrderedConsumerConfiguration())
            .iterate(ConsumeOptions.builder().batchSize(BATCH).build())) {
      while (true) {
        Message message = consumer.nextMessage(SILENCE_DEADLINE);
        if (message == null) {
          throw new IOException("Stream " + stream + " fell silent before message " + last);
        }
        add(image, message);
        // Nothing pending: the last message itself was deleted.
        if (message.metaData().streamSequence() >= last || message.metaData().pendingCount() == 0) {
          return image;
        }
      }
    } catch (JetStreamStatusCheckedException e) {
      throw new IOException("Cannot read stream " + stream, e);
    } catch (IOException | InterruptedException | JetStreamApiException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IOException("Cannot end reading stream " + stream, e);
    }
  }

  private static void add(SinkImage image, Message message) {
    String subject = message.getSubject();
    String second = subject.substring(subject.indexOf('.') + 1);
    if (second.startsWith("$") && !MARKS.contains(second)) {
      return;
    }
    String body = new String(message.getData(), StandardCharsets.UTF_8);
    try {
      BsonDocument event = BsonDocument.parse(body);
      if (!MARKS.contains(second)) {
        // A row's id, where it has one, is told by what is in it.
        image.countMessage(isRow(event) ? null : id(message));
      }
      image.apply(event);
    } catch (RuntimeException e) {
      throw new IllegalArgumentException(
          "Message %d on %s is no change event: %.200s"
              .formatted(message.metaData().streamSequence(), subject, body),
          e);
    }
  }

  private static boolean isRow(BsonDocument event) {
    return event.getString("operationType").getValue().equals("read");
  }

  private static @Nullable String id(Message message) {
    return message.hasHeaders() ? message.getHeaders().getFirst("Nats-Msg-Id") : null;
  }
}
