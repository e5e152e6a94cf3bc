package dev.millrace.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.config.HttpConfig;
import dev.millrace.config.Secret;
import dev.millrace.engine.CopyRequest;
import dev.millrace.model.Failure;
import dev.millrace.model.Namespace;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.bson.BsonInt64;
import org.bson.BsonString;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class WritesTest {
  private static final String TOKEN = "hunter2-hunter2";

  private final FakePipeline pipeline = new FakePipeline("p", "orders", "users");
  private final List<Optional<String>> reloads = new ArrayList<>();
  private final HttpClient client = HttpClient.newHttpClient();
  private Listener listener = Listener.bind(new HttpConfig("127.0.0.1", 0));
  private ControlServer server;

  @BeforeEach
  void start() {
    server = serve(Optional.of(new Secret(TOKEN)), Duration.ofSeconds(30));
  }

  private ControlServer serve(Optional<Secret> token, Duration patience) {
    Reload reload =
        only -> {
          reloads.add(only);
          return CompletableFuture.completedFuture("the configuration holds");
        };
    return ControlServer.start(
        listener,
        new Instance("me", "1.2.3", Instant.EPOCH, listener.address()),
        List.of(pipeline),
        Map.of(),
        new Control(token, reload, patience));
  }

  private void serveAnew(Optional<Secret> token, Duration patience) {
    server.close();
    listener.close();
    listener = Listener.bind(new HttpConfig("127.0.0.1", 0));
    server = serve(token, patience);
  }

  @AfterEach
  void stop() {
    server.close();
    listener.close();
    client.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "api/pipelines/p/collections",
        "api/pipelines/p/snapshot",
        "api/pipelines/p/pause",
        "api/pipelines/p/resume",
        "api/pipelines/p/reload",
        "api/pipelines/p/renew",
        "api/pipelines/p/deadletters/replay",
        "api/pipelines/p/deadletters/discard",
        "api/pipelines/none/pause",
        "api/reload",
        "metrics"
      })
  void nobodyChangesAnythingWithoutTheToken(String path) throws Exception {
    assertThat(post(path, "{}", "").statusCode()).isEqualTo(401);
    HttpResponse<String> wrong = post(path, "{}", "Bearer hunter2-hunter3");
    assertThat(wrong.statusCode()).isEqualTo(401);
    assertThat(wrong.body()).startsWith("{\"code\":\"MR-HTTP-TOKEN\"").doesNotContain(TOKEN);
    assertThat(post(path, "{}", TOKEN).statusCode()).isEqualTo(401);

    serveAnew(Optional.empty(), Duration.ofSeconds(30));
    HttpResponse<String> never = post(path, "{}", "Bearer " + TOKEN);
    assertThat(never.statusCode()).isEqualTo(403);
    assertThat(never.body())
        .isEqualTo(
            "{\"code\":\"MR-HTTP-READ-ONLY\",\"message\":\"HTTP is read-only: set HTTP_TOKEN\"}");
    assertThat(pipeline.asked).isEmpty();
    assertThat(reloads).isEmpty();
  }

  @Test
  void everyRequestReachesThePipeline() throws Exception {
    told("collections", "{\"add\": [\"a\", \"b_*\"]}");
    told("collections", "{\"remove\": [\"a.b\"]}");
    told("snapshot", "{\"collections\": []}");
    told("snapshot", "{\"collections\": [\"users\"]}");
    told("pause", "{\"collections\": [\"users\"]}");
    told("resume", "");
    told(
        "renew",
        """
        {"collection": "shop.a.b", "ids": ["{\\"_id\\": {\\"$numberLong\\": \\"7\\"}}", "{\\"_id\\": \\"x\\"}"]}
        """);

    assertThat(pipeline.asked)
        .containsExactly(
            new CopyRequest.Add(List.of("a", "b_*")),
            new CopyRequest.Remove(List.of("a.b")),
            new CopyRequest.Again(List.of()),
            new CopyRequest.Again(List.of("users")),
            new CopyRequest.Pause(List.of("users")),
            new CopyRequest.Resume(List.of()),
            new CopyRequest.Renew(
                new Namespace("shop", "a.b"), List.of(new BsonInt64(7), new BsonString("x"))));
  }

  private void told(String what, String body) throws Exception {
    HttpResponse<String> done = ask(what, body);
    assertThat(done.statusCode()).as(done.body()).isEqualTo(200);
    assertThat(done.body()).isEqualTo("{\"message\":\"done, and stored\"}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "collections | {}",
        "collections | {\"add\":[\"a\"],\"remove\":[\"b\"]}",
        "collections | {\"add\":[]}",
        "collections | {\"add\":\"a\"}",
        "collections | {\"add\":[7]}",
        "collections | {\"add\":[\"$a\"]}",
        "collections | {\"add\":[\" \"]}",
        "collections | {\"remove\":[\"a*\"]}",
        "snapshot | {\"collection\":[\"a\"]}",
        "pause | []",
        "resume | {\"collections\":",
        "renew | {\"collection\":\"shop.a\"}",
        "renew | {\"collection\":\"shop.a\",\"ids\":[]}",
        "renew | {\"collection\":\"shop.a\",\"ids\":[7]}",
        "renew | {\"collection\":\"shop.a\",\"ids\":[\"7\"]}",
        "renew | {\"collection\":\"shop.a\",\"ids\":[\"{}\"]}",
        "renew | {\"collection\":\"shop.a\",\"ids\":[\"{\\\"_id\\\": 1, \\\"a\\\": 1}\"]}",
        "renew | {\"collection\":\"a\",\"ids\":[\"{\\\"_id\\\": 1}\"]}",
        "renew | {\"ids\":[\"{\\\"_id\\\": 1}\"]}",
      })
  void badBodiesAreToldAndNothingIsAsked(String what, String body) throws Exception {
    HttpResponse<String> answer = ask(what, body);

    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body()).startsWith("{\"code\":\"MR-REQUEST\",\"message\":\"");
    assertThat(pipeline.asked).isEmpty();
  }

  @Test
  void unknownPipelineIsNotFound() throws Exception {
    assertThat(post("api/pipelines/q/pause", "{}", "Bearer " + TOKEN).statusCode()).isEqualTo(404);
  }

  @Test
  void whatThePipelineRefusesIsToldWithItsCode() throws Exception {
    pipeline.answer =
        CompletableFuture.failedFuture(Failure.fatal("MR-NOT-RUNNING", "it does not run"));
    assertThat(ask("pause", "{}").statusCode()).isEqualTo(409);
    assertThat(ask("pause", "{}").body())
        .isEqualTo("{\"code\":\"MR-NOT-RUNNING\",\"message\":\"it does not run\"}");

    pipeline.answer =
        CompletableFuture.failedFuture(Failure.transientFailure("MR-TEST", "it passes", null));
    assertThat(ask("pause", "{}").statusCode()).isEqualTo(503);
  }

  @Test
  void whatTakesLongIsAccepted() throws Exception {
    serveAnew(Optional.of(new Secret(TOKEN)), Duration.ofMillis(50));
    CompletableFuture<Void> later = new CompletableFuture<>();
    pipeline.answer = later;

    HttpResponse<String> answer = ask("snapshot", "{}");

    assertThat(answer.statusCode()).isEqualTo(202);
    assertThat(answer.body()).startsWith("{\"message\":\"accepted");
    assertThat(later).isNotDone();
  }

  @Test
  void reloadIsOfOneOrAll() throws Exception {
    assertThat(ask("reload", "").body()).isEqualTo("{\"message\":\"the configuration holds\"}");
    post("api/reload", "", "Bearer " + TOKEN);

    assertThat(reloads).containsExactly(Optional.of("p"), Optional.empty());
  }

  @Test
  void copyIsShown() throws Exception {
    pipeline.copy = FakePipeline.someCopied();

    assertThat(get("api/pipelines"))
        .contains("\"copy\":{\"active\":true,\"listed\":true,\"collections\":[")
        .contains(
            "{\"name\":\"shop.orders\",\"status\":\"pending\",\"reason\":\"\",\"copied\":1200000,"
                + "\"estimated\":3000000,\"ranges\":8,\"ranges_complete\":3,\"reading\":0,"
                + "\"paused\":false}")
        .contains(
            "\"status\":\"not_copyable\",\"reason\":\"a view\",\"copied\":0,\"estimated\":null")
        .contains(
            "\"commit\":{\"time\":\"2026-01-01T00:00:00Z\",\"cluster_time\":\"1767225600.7\","
                + "\"consistent\":false,\"reason\":\"orders is copied again\",\"excluded\":[\"old\"]}")
        .contains("\"waiting_for\":\"shop.orders\"")
        .contains(
            "\"edits\":{\"added\":[\"extra\"],\"removed\":[\"users\"],\"paused\":[\"orders\"]}")
        .contains("\"history_left_seconds\":null");
  }

  @Test
  void copyHasMetricsWhichComeAndGo() throws Exception {
    assertThat(get("metrics"))
        .contains("millrace_copy_pending{pipeline=\"p\"} 0.0")
        .contains("millrace_commit_time_seconds{pipeline=\"p\"} NaN")
        .contains("millrace_history_left_seconds{pipeline=\"p\"} NaN")
        .doesNotContain("millrace_copy_rows{");

    pipeline.copy = FakePipeline.someCopied();
    assertThat(get("metrics"))
        .contains("millrace_copy_rows{collection=\"shop.orders\",pipeline=\"p\"} 1200000.0")
        .contains(
            "millrace_copy_estimated_rows{collection=\"shop.orders\",pipeline=\"p\"} 3000000.0")
        .contains("millrace_copy_estimated_rows{collection=\"shop.totals\",pipeline=\"p\"} NaN")
        .contains("millrace_copy_pending{pipeline=\"p\"} 2.0")
        .contains("millrace_commit_time_seconds{pipeline=\"p\"} 1.7672256E9")
        .contains("millrace_consistent{pipeline=\"p\"} 0.0");

    pipeline.copy = dev.millrace.engine.CopyView.NONE;
    assertThat(get("metrics")).doesNotContain("millrace_copy_rows{");
  }

  private HttpResponse<String> ask(String what, String body) throws Exception {
    return post("api/pipelines/p/" + what, body, "Bearer " + TOKEN);
  }

  private HttpResponse<String> post(String path, String body, String authorization)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(listener.url() + path))
            .POST(HttpRequest.BodyPublishers.ofString(body));
    if (!authorization.isEmpty()) {
      request.header("Authorization", authorization);
    }
    return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  private String get(String path) throws IOException, InterruptedException {
    return client
        .send(
            HttpRequest.newBuilder(URI.create(listener.url() + path)).build(),
            HttpResponse.BodyHandlers.ofString())
        .body();
  }
}
