package dev.millrace.cli;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Another process of Millrace, asked over HTTP. */
final class RunningInstance {
  private static final Duration CONNECTED_WITHIN = Duration.ofSeconds(2);
  private static final Duration ANSWERED_WITHIN = Duration.ofSeconds(5);

  private final String address;

  /**
   * @param address as {@code host:port}
   */
  RunningInstance(String address) {
    this.address = address;
  }

  /** The id of the instance that answers there; empty when nobody does, or a stranger. */
  Optional<String> id() {
    return get("/api/instance")
        .filter(node -> node.has("millrace"))
        .map(node -> node.path("instance").asString(""));
  }

  /** The pipelines that it runs; empty when nobody answers, or a stranger. */
  Optional<JsonNode> pipelines() {
    return id().isPresent() ? get("/api/pipelines").filter(JsonNode::isArray) : Optional.empty();
  }

  private Optional<JsonNode> get(String path) {
    try (HttpClient client = HttpClient.newBuilder().connectTimeout(CONNECTED_WITHIN).build()) {
      HttpRequest request =
          HttpRequest.newBuilder(URI.create("http://" + address + path))
              .timeout(ANSWERED_WITHIN)
              .build();
      HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
      return response.statusCode() == 200
          ? Optional.of(new JsonMapper().readTree(response.body()))
          : Optional.empty();
    } catch (IOException | IllegalArgumentException | JacksonException e) {
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }
}
