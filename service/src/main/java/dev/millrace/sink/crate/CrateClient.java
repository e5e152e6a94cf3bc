package dev.millrace.sink.crate;

import dev.millrace.config.SinkConfig;
import dev.millrace.config.SinkConfig.DatabaseLogin;
import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Sends statements to the nodes of a cluster in turn. A node that nobody listens on is left out
 * from then on; when none is left that is a failure, and whoever starts again begins with all of
 * them.
 *
 * <p>Threads: one to send; any for {@link #close}, which ends what is under way.
 */
final class CrateClient implements AutoCloseable {
  private static final Duration CONNECTING = Duration.ofSeconds(5);

  /** A bulk takes tenths of a second; a node that is collecting garbage may take a while. */
  private static final Duration USUAL = Duration.ofMinutes(1);

  /** What goes through a whole table. */
  private static final Duration LONG = Duration.ofMinutes(15);

  private final HttpClient http;
  private final Duration usual;
  private final Optional<String> authorization;

  /** The next one first. */
  private final Deque<URI> nodes;

  private final String name;
  private volatile boolean closed;

  CrateClient(SinkConfig.Crate config) {
    this(config, connections(CONNECTING), USUAL);
  }

  /**
   * @param http made by {@link #connections}; closed with this
   * @param usual how long an answer may take, but that of what takes long
   */
  CrateClient(SinkConfig.Crate config, HttpClient http, Duration usual) {
    this.http = http;
    this.usual = usual;
    this.authorization = config.login().map(CrateClient::basic);
    this.nodes = new ArrayDeque<>(config.nodes());
    this.name = "schema %s at %s".formatted(config.schema(), config.nodes().getFirst());
  }

  /**
   * @param connecting how long that may take
   */
  static HttpClient connections(Duration connecting) {
    return HttpClient.newBuilder()
        .version(HttpClient.Version.HTTP_1_1)
        .connectTimeout(connecting)
        .build();
  }

  private static String basic(DatabaseLogin login) {
    String both = login.user() + ":" + login.password().reveal();
    return "Basic " + Base64.getEncoder().encodeToString(both.getBytes(StandardCharsets.UTF_8));
  }

  /** The schema and a node, for messages; no secret is in it. */
  String name() {
    return name;
  }

  /** A request that was sent, to a node. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Pending(URI node, byte[] body, CompletableFuture<HttpResponse<byte[]>> answer) {}

  /**
   * Does a statement.
   *
   * @param doing for messages, as in "writing to"
   * @param target what it is done to, for messages
   * @throws MillraceException when it is refused
   */
  Reply run(String doing, String target, String sql, @Nullable Object... parameters) {
    return done(await(begin(Request.of(sql, parameters), usual)), doing, target);
  }

  /** As {@link #run}, and it may take long. */
  Reply runLong(String doing, String target, String sql, @Nullable Object... parameters) {
    return done(await(begin(Request.of(sql, parameters), LONG)), doing, target);
  }

  /** As {@link #run}; a refusal that is about the row's values is returned. */
  Reply offer(String target, String sql, @Nullable Object... parameters) {
    return offered(await(begin(Request.of(sql, parameters), usual)), target);
  }

  /** Sends rows; {@link #offered} says what came of it. */
  Pending begin(byte[] body) {
    return begin(body, usual);
  }

  /** Waits for the answer; a refusal of the whole that is about a row's values is returned. */
  Reply offered(Pending pending, String target) {
    return offered(await(pending), target);
  }

  private static Reply offered(Reply reply, String target) {
    Optional<Refusal> refusal = reply.refusal();
    if (refusal.isPresent() && !CrateFailures.isOfRow(refusal.get())) {
      throw CrateFailures.of(refusal.get(), "writing to", target);
    }
    return reply;
  }

  private static Reply done(Reply reply, String doing, String target) {
    Optional<Refusal> refusal = reply.refusal();
    if (refusal.isPresent()) {
      throw CrateFailures.of(refusal.get(), doing, target);
    }
    return reply;
  }

  private Pending begin(byte[] body, Duration patience) {
    URI node = next();
    HttpRequest.Builder request =
        HttpRequest.newBuilder(node.resolve("/_sql"))
            .timeout(patience)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofByteArray(body));
    authorization.ifPresent(value -> request.header("Authorization", value));
    try {
      return new Pending(
          node, body, http.sendAsync(request.build(), HttpResponse.BodyHandlers.ofByteArray()));
    } catch (RuntimeException e) {
      throw closed ? CrateFailures.closed(e) : e;
    }
  }

  private URI next() {
    if (closed) {
      throw CrateFailures.closed(null);
    }
    URI node = nodes.removeFirst();
    nodes.addLast(node);
    return node;
  }

  private Reply await(Pending pending) {
    HttpResponse<byte[]> response;
    try {
      response = pending.answer().get();
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      if (isRefusedConnection(cause) && isAnyLeftWithout(pending.node())) {
        // Nothing was sent.
        return await(begin(pending.body()));
      }
      throw failure(pending.node(), cause);
    } catch (InterruptedException e) {
      pending.answer().cancel(true);
      Thread.currentThread().interrupt();
      throw closed
          ? CrateFailures.closed(e)
          : Failure.transientFailure("MR-INTERRUPTED", "stopped while waiting for " + name, e);
    }
    return Reply.parse(response.body())
        .orElseThrow(() -> CrateFailures.ofStatus(response.statusCode(), pending.node()));
  }

  private static boolean isRefusedConnection(Throwable e) {
    return e instanceof ConnectException || e instanceof HttpConnectTimeoutException;
  }

  private boolean isAnyLeftWithout(URI node) {
    nodes.remove(node);
    if (nodes.isEmpty()) {
      nodes.addLast(node);
      return false;
    }
    return !closed;
  }

  private MillraceException failure(URI node, Throwable cause) {
    if (closed) {
      return CrateFailures.closed(cause);
    }
    if (cause instanceof SSLException) {
      return CrateFailures.noTls(node, cause);
    }
    if (cause instanceof IOException) {
      return CrateFailures.away(node, cause);
    }
    throw new IllegalStateException("the HTTP client failed", cause);
  }

  @Override
  public void close() {
    closed = true;
    http.shutdownNow();
  }
}
