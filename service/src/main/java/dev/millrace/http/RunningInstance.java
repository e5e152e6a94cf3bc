package dev.millrace.http;

import dev.millrace.config.HttpConfig;
import dev.millrace.config.Secret;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Another process of Millrace, asked over HTTP. */
public final class RunningInstance {
  private static final Duration CONNECTED_WITHIN = Duration.ofSeconds(2);
  private static final Duration ANSWERED_WITHIN = Duration.ofSeconds(5);
  private static final Duration DONE_WITHIN = Control.PATIENCE.plusSeconds(10);
  private static final JsonMapper MAPPER = new JsonMapper();

  private final String address;

  /**
   * @param address as {@code host:port}
   */
  public RunningInstance(String address) {
    this.address = address;
  }

  /** The one that this configuration starts, seen from the same machine. */
  public static RunningInstance of(HttpConfig http) {
    String host = http.host().equals(HttpConfig.ALL_INTERFACES) ? HttpConfig.LOOPBACK : http.host();
    return new RunningInstance((host.contains(":") ? "[" + host + "]" : host) + ":" + http.port());
  }

  public String address() {
    return address;
  }

  /** The id of the instance that answers there; empty when nobody does, or a stranger. */
  public Optional<String> id() {
    return get("/api/instance")
        .filter(node -> node.has("millrace"))
        .map(node -> node.path("instance").asString(""));
  }

  /** The pipelines that it runs; empty when nobody answers, or a stranger. */
  public Optional<JsonNode> pipelines() {
    return id().isPresent() ? get("/api/pipelines").filter(JsonNode::isArray) : Optional.empty();
  }

  /**
   * What it said to a request.
   *
   * @param status HTTP's
   * @param code empty where it was done, or is going to be
   * @param body all of it
   */
  public record Told(int status, String code, String message, JsonNode body) {
    private static final int ACCEPTED = 202;
    private static final int FIRST_REFUSAL = 300;

    /** It goes on, and what comes of it is not known yet. */
    public boolean isPending() {
      return status == ACCEPTED;
    }

    public boolean isRefusal() {
      return status >= FIRST_REFUSAL;
    }
  }

  /**
   * Asks it to change something. A stranger is never shown the token.
   *
   * @return empty when nobody answers, or a stranger
   */
  public Optional<Told> ask(String path, Map<String, ?> body, Optional<Secret> token) {
    if (id().isEmpty()) {
      return Optional.empty();
    }
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://" + address + path))
            .timeout(DONE_WITHIN)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(MAPPER.writeValueAsString(body)));
    token.ifPresent(t -> request.header("Authorization", "Bearer " + t.reveal()));
    return send(request.build()).map(RunningInstance::told);
  }

  private static Told told(HttpResponse<String> response) {
    try {
      JsonNode node = MAPPER.readTree(response.body());
      return new Told(
          response.statusCode(),
          node.path("code").asString(""),
          node.path("message").asString(""),
          node);
    } catch (JacksonException e) {
      return new Told(
          response.statusCode(),
          "",
          "it answers with HTTP " + response.statusCode(),
          MAPPER.createObjectNode());
    }
  }

  private Optional<JsonNode> get(String path) {
    try {
      HttpRequest request =
          HttpRequest.newBuilder(URI.create("http://" + address + path))
              .timeout(ANSWERED_WITHIN)
              .build();
      return send(request)
          .filter(response -> response.statusCode() == 200)
          .map(response -> MAPPER.readTree(response.body()));
    } catch (IllegalArgumentException | JacksonException e) {
      return Optional.empty();
    }
  }

  private static Optional<HttpResponse<String>> send(HttpRequest request) {
    try (HttpClient client = HttpClient.newBuilder().connectTimeout(CONNECTED_WITHIN).build()) {
      return Optional.of(client.send(request, HttpResponse.BodyHandlers.ofString()));
    } catch (IOException e) {
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }
}
