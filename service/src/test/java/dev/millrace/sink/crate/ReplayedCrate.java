package dev.millrace.sink.crate;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.millrace.config.Secret;
import dev.millrace.config.SinkConfig;
import dev.millrace.config.SinkConfig.CrateObjects;
import dev.millrace.config.SinkConfig.DatabaseLogin;
import dev.millrace.config.SinkConfig.OnMisfit;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;

/**
 * Answers as a CrateDB did: by replies recorded from 6.4.3 (resources {@code crate/*.http}, the
 * status and then the body as it came). What comes is kept.
 */
final class ReplayedCrate implements AutoCloseable {
  private final HttpServer server;
  private final Function<Asked, String> replies;

  /** What came, in order. */
  final List<Asked> asked = new CopyOnWriteArrayList<>();

  /** A request. */
  record Asked(String statement, JsonNode body, String authorization) {
    boolean has(String text) {
      return body.toString().contains(text);
    }
  }

  /**
   * @param replies the name of the reply to what is asked
   */
  ReplayedCrate(Function<Asked, String> replies) {
    this.replies = replies;
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.createContext("/_sql", this::answer);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.start();
  }

  private void answer(HttpExchange exchange) throws IOException {
    JsonNode body = Reply.JSON.readTree(exchange.getRequestBody());
    String authorization = exchange.getRequestHeaders().getFirst("Authorization");
    Asked now =
        new Asked(body.get("stmt").asString(), body, authorization == null ? "" : authorization);
    asked.add(now);
    String recorded = recorded(replies.apply(now));
    int end = recorded.indexOf('\n');
    byte[] bytes = recorded.substring(end + 1).getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(Integer.parseInt(recorded.substring(0, end)), bytes.length);
    try (exchange) {
      exchange.getResponseBody().write(bytes);
    }
  }

  /** A reply as it was recorded. */
  static String recorded(String name) {
    try (InputStream in = ReplayedCrate.class.getResourceAsStream("/crate/" + name + ".http")) {
      if (in == null) {
        throw new IllegalArgumentException("no reply is recorded as " + name);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  SinkConfig.Crate config() {
    return config(OnMisfit.TEXT);
  }

  SinkConfig.Crate config(OnMisfit onMisfit) {
    return new SinkConfig.Crate(
        List.of(node()),
        Optional.of(new DatabaseLogin("ann", new Secret("s3cret"))),
        "doc",
        SinkConfig.Tables.USUAL,
        CrateObjects.DYNAMIC,
        onMisfit);
  }

  URI node() {
    return URI.create("http://127.0.0.1:%d/".formatted(server.getAddress().getPort()));
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
