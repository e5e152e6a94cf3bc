package dev.millrace.sink.jetstream;

import dev.millrace.config.SinkConfig;
import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;
import io.nats.client.AuthenticationException;
import io.nats.client.Connection;
import io.nats.client.ErrorListener;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.Subscription;
import io.nats.client.impl.Headers;
import io.nats.client.support.Status;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.bson.BsonDocument;
import org.bson.json.JsonParseException;
import org.jspecify.annotations.Nullable;

/**
 * One connection, for as long as it lasts; it is never mended. Publishes and requests are numbered,
 * and their replies come to one inbox in the order of their arrival. For one thread, but for {@link
 * #close}.
 */
final class NatsSession implements AutoCloseable {
  private static final Duration REPLY_TIMEOUT = Duration.ofSeconds(5);
  private static final int NO_RESPONDERS = 503;

  private final Connection connection;
  private final Troubles troubles;
  private final String where;
  private final String inbox;
  private final Subscription replies;
  private long number;

  private NatsSession(Connection connection, Troubles troubles, String where) {
    this.connection = connection;
    this.troubles = troubles;
    this.where = where;
    this.inbox = connection.createInbox() + ".";
    this.replies = connection.subscribe(inbox + "*");
  }

  /**
   * @throws MillraceException {@code Transient} when no server is reached, {@code Fatal} when one
   *     does not let us in
   */
  static NatsSession open(SinkConfig.JetStream config, String name) {
    Troubles troubles = new Troubles();
    Options options = NatsOptions.of(config, name, troubles);
    String where = NatsOptions.where(config);
    Connection connection;
    try {
      connection = Nats.connect(options);
    } catch (AuthenticationException e) {
      throw Failure.fatal(
          "MR-NATS-CREDENTIALS",
          "NATS at %s refuses the login: correct user and password, token, credentials or NKey"
              .formatted(where));
    } catch (IOException e) {
      // The cause would quote the URLs with their passwords.
      throw Failure.transientFailure(
          "MR-NATS-UNREACHABLE",
          "no NATS server answers at %s%s".formatted(where, troubles.last()),
          null);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Failure.transientFailure("MR-NATS-UNREACHABLE", "interrupted while connecting", e);
    }
    try {
      return new NatsSession(connection, troubles, where);
    } catch (IllegalStateException e) {
      throw Failure.transientFailure(
          "MR-NATS-UNREACHABLE", "NATS at %s closed the connection at once".formatted(where), e);
    }
  }

  String where() {
    return where;
  }

  boolean isAtLeast(String version) {
    return connection.getServerInfo().isSameOrNewerThanVersion(version);
  }

  String version() {
    return connection.getServerInfo().getVersion();
  }

  boolean hasJetStream() {
    return connection.getServerInfo().isJetStreamAvailable();
  }

  /** Bytes of headers and body together. */
  long maxPayload() {
    return connection.getMaxPayload();
  }

  /** The reply subjects' longest, for the length of a message's first line. */
  int replySubjectLength() {
    return inbox.length() + Long.toString(Long.MAX_VALUE).length();
  }

  /** The number that the next publish or request will have. */
  long nextNumber() {
    return number + 1;
  }

  /** Publishes without asking for a reply. */
  void publish(String subject, Headers headers, byte[] body) {
    send(subject, null, headers, body);
  }

  /** Publishes; the reply will carry the number returned. */
  long publishForReply(String subject, Headers headers, byte[] body) {
    number++;
    send(subject, inbox + number, headers, body);
    return number;
  }

  /** One call of the JetStream API, such as {@code STREAM.INFO.name}. */
  Reply api(String call, String body) {
    number++;
    send("$JS.API." + call, inbox + number, null, body.getBytes(StandardCharsets.UTF_8));
    Reply reply = reply(number);
    if (reply.isUnheard()) {
      throw hasJetStream()
          ? Failure.transientFailure(
              "MR-NATS-UNREACHABLE", "JetStream at %s does not answer".formatted(where), null)
          : NatsErrors.noJetStream(where);
    }
    if (NatsErrors.isNoJetStream(reply.errorCode())) {
      throw NatsErrors.noJetStream(where);
    }
    return reply;
  }

  /** Waits for the reply of this number, passing over those to earlier ones. */
  Reply reply(long wanted) {
    while (true) {
      Reply reply = nextReply();
      if (reply.number() == wanted) {
        return reply;
      }
    }
  }

  /**
   * Waits for any reply.
   *
   * @throws MillraceException when none comes for five seconds, or the connection is gone
   */
  Reply nextReply() {
    Message message;
    try {
      message = replies.nextMessage(REPLY_TIMEOUT);
    } catch (IllegalStateException e) {
      throw lost(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Failure.transientFailure(
          "MR-NATS-UNREACHABLE", "interrupted while waiting for NATS", e);
    }
    if (message == null) {
      throw Failure.transientFailure(
          "MR-NATS-UNREACHABLE",
          "NATS at %s gave no answer in %d s%s; connecting again"
              .formatted(where, REPLY_TIMEOUT.toSeconds(), troubles.last()),
          null);
    }
    String subject = message.getSubject();
    return reply(Long.parseLong(subject, inbox.length(), subject.length(), 10), message);
  }

  private static Reply reply(long number, Message message) {
    Status status = message.isStatusMessage() ? message.getStatus() : null;
    if (status != null && status.getCode() == NO_RESPONDERS) {
      return new Reply(number, true, new BsonDocument());
    }
    try {
      String json = new String(message.getData(), StandardCharsets.UTF_8);
      return new Reply(number, false, BsonDocument.parse(json));
    } catch (JsonParseException e) {
      throw Failure.transientFailure("MR-NATS-REFUSED", "an answer of NATS is not JSON", e);
    }
  }

  private void send(
      String subject, @Nullable String replyTo, @Nullable Headers headers, byte[] body) {
    try {
      connection.publish(subject, replyTo, headers, body);
    } catch (IllegalStateException e) {
      throw lost(e);
    }
  }

  private MillraceException lost(IllegalStateException e) {
    return Failure.transientFailure(
        "MR-NATS-UNREACHABLE",
        "the connection to NATS at %s is gone%s; connecting again"
            .formatted(where, troubles.last()),
        e);
  }

  @Override
  public void close() {
    try {
      connection.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Remembers what the library only tells a listener, to put it into a sentence later. */
  private static final class Troubles implements ErrorListener {
    private volatile String last = "";

    String last() {
      return last;
    }

    @Override
    public void errorOccurred(Connection connection, String error) {
      last = " (" + NatsOptions.redact(error) + ")";
    }

    @Override
    public void exceptionOccurred(Connection connection, Exception e) {
      // Some come without a word, and say no more than that it failed.
      if (e.getMessage() != null) {
        last = " (" + NatsOptions.redact(e.getMessage()) + ")";
      }
    }
  }
}
