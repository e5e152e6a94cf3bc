package dev.millrace.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.millrace.config.HttpConfig;
import dev.millrace.engine.PipelineState;
import dev.millrace.engine.Supervisor;
import dev.millrace.letters.NoLetters;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ControlServerTest {
  private final AtomicBoolean natsAnswers = new AtomicBoolean(true);
  private final AtomicInteger asked = new AtomicInteger();
  private final Supervisor good = Hand.quiet("good");
  private final Supervisor bad = Hand.failing("bad");
  private final Listener listener = Listener.bind(new HttpConfig("127.0.0.1", 0));
  private final HttpClient client = HttpClient.newHttpClient();
  private ControlServer server;

  @BeforeEach
  void start() {
    Map<String, Probe> probes = new LinkedHashMap<>();
    probes.put("mongo", () -> true);
    probes.put(
        "nats",
        () -> {
          asked.incrementAndGet();
          return natsAnswers.get();
        });
    server =
        ControlServer.start(
            listener,
            new Instance("me", "1.2.3", Instant.EPOCH, listener.address()),
            List.of(
                Watched.of(() -> FakePipeline.config("good", List.of()), good, NoLetters::new),
                Watched.of(
                    () -> FakePipeline.config("bad", List.of("users")), bad, NoLetters::new)),
            probes,
            new Control(Optional.empty(), only -> new CompletableFuture<>(), Control.PATIENCE));
  }

  @AfterEach
  void stop() {
    good.close();
    bad.close();
    server.close();
    client.close();
  }

  @Test
  void healthFollowsTheServersAndRecoversByItself() throws Exception {
    HttpResponse<String> up = get("health");
    assertThat(up.statusCode()).isEqualTo(200);
    assertThat(up.body()).isEqualTo("{\"mongo\":\"UP\",\"nats\":\"UP\"}");

    natsAnswers.set(false);
    await().untilAsserted(() -> assertThat(get("health").statusCode()).isEqualTo(503));
    assertThat(get("health").body()).isEqualTo("{\"mongo\":\"UP\",\"nats\":\"DOWN\"}");

    natsAnswers.set(true);
    await().untilAsserted(() -> assertThat(get("health").statusCode()).isEqualTo(200));
  }

  @Test
  void manyQuestionsInASecondAreOneToTheServer() throws Exception {
    for (int i = 0; i < 20; i++) {
      get("health");
    }

    assertThat(asked.get()).isLessThan(5);
  }

  @Test
  void readyOnlyWhileEveryPipelineRuns() throws Exception {
    assertThat(get("health/ready").statusCode()).isEqualTo(503);
    assertThat(get("health/live").statusCode()).isEqualTo(200);

    good.start();
    bad.start();
    await().until(() -> bad.state() instanceof PipelineState.Stopped);
    await().until(() -> good.state() instanceof PipelineState.Running);

    HttpResponse<String> ready = get("health/ready");
    assertThat(ready.statusCode()).isEqualTo(503);
    assertThat(ready.body()).contains("\"good\":\"running\"").contains("\"bad\":\"stopped\"");
    assertThat(get("health/live").statusCode()).isEqualTo(200);
  }

  @Test
  void apiTellsOfEveryPipeline() throws Exception {
    good.start();
    bad.start();
    await().until(() -> bad.state() instanceof PipelineState.Stopped);
    await().until(() -> good.metrics().deliveredPosition() != null);

    HttpResponse<String> response = get("api/pipelines");

    assertThat(response.headers().firstValue("content-type").orElse(""))
        .startsWith("application/json");
    assertThat(response.body())
        .contains("\"name\":\"good\"")
        .contains("\"source\":\"shop: users\"")
        .contains("\"sink\":\"stdout\"")
        .contains("\"state\":\"running\"")
        .contains("\"lag_seconds\":0")
        .contains("\"position\":\"" + Hand.AT + "\"")
        .contains("\"saved_position\":\"" + Hand.AT + "\"")
        .contains("MR-TEST: <b>no more</b>");
    assertThat(get("api/instance").body())
        .isEqualTo(
            "{\"millrace\":\"1.2.3\",\"instance\":\"me\",\"started\":\"1970-01-01T00:00:00Z\",\"address\":\"%s\"}"
                .formatted(listener.address()));
  }

  @Test
  void metricsHaveOneSeriesPerPipeline() throws Exception {
    good.start();
    await().until(() -> good.state() instanceof PipelineState.Running);

    assertThat(get("metrics").body())
        .contains("millrace_events_total{pipeline=\"good\"} 0.0")
        .contains("millrace_events_total{pipeline=\"bad\"} 0.0")
        .contains("millrace_lag_seconds{pipeline=\"good\"}")
        .contains("millrace_queue_bytes{pipeline=\"good\"} 0.0")
        .contains("millrace_state{pipeline=\"good\",state=\"running\"} 1.0")
        .contains("millrace_state{pipeline=\"bad\",state=\"running\"} 0.0");
  }

  @Test
  void pageNeedsNothingFromElsewhere() throws Exception {
    HttpResponse<String> page = get("");

    assertThat(page.headers().firstValue("content-type").orElse("")).startsWith("text/html");
    assertThat(page.body())
        .contains("<title>Millrace</title>")
        .doesNotContain("http://")
        .doesNotContain("https://")
        .doesNotContain("innerHTML");
  }

  @Test
  void portThatIsTakenIsToldInOneSentence() {
    int taken = Integer.parseInt(listener.address().split(":")[1]);

    assertThatThrownBy(() -> Listener.bind(new HttpConfig("127.0.0.1", taken)))
        .hasMessageStartingWith("MR-HTTP-PORT: HTTP cannot listen on 127.0.0.1:" + taken);
  }

  private HttpResponse<String> get(String path) throws IOException, InterruptedException {
    return client.send(
        HttpRequest.newBuilder(URI.create(listener.url() + path)).build(),
        HttpResponse.BodyHandlers.ofString());
  }
}
