package dev.millrace.http;

import dev.millrace.engine.PipelineState;
import io.javalin.Javalin;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.jspecify.annotations.Nullable;

/**
 * Health, figures and the page, for people and machines; and for whoever shows the token, what is
 * copied may be changed.
 */
public final class ControlServer implements AutoCloseable {
  private static final int UNAVAILABLE = 503;

  private final Listener listener;
  private final Instance instance;
  private final List<Watched> watched;
  private final Health health;
  private final Writes writes;
  private final LetterPaths letters;
  private final Javalin javalin;
  private @Nullable Metrics metrics;

  private ControlServer(
      Listener listener,
      Instance instance,
      List<Watched> watched,
      Map<String, Probe> probes,
      Control control) {
    this.listener = listener;
    this.instance = instance;
    this.watched = List.copyOf(watched);
    this.health = new Health(probes);
    this.writes = new Writes(this.watched, control);
    this.letters = new LetterPaths(this.watched, control.patience());
    this.javalin = Javalin.create(this::configure);
  }

  /** Serves on the listener from now on; takes about as long as loading the server's classes. */
  public static ControlServer start(
      Listener listener,
      Instance instance,
      List<Watched> watched,
      Map<String, Probe> probes,
      Control control) {
    ControlServer server = new ControlServer(listener, instance, watched, probes, control);
    server.javalin.start();
    return server;
  }

  private void configure(JavalinConfig config) {
    config.startup.showJavalinBanner = false;
    config.startup.showOldJavalinVersionWarning = false;
    config.startup.startupWatcherEnabled = false;
    QueuedThreadPool threads = new QueuedThreadPool(10, 4);
    threads.setName("millrace-http");
    threads.setDaemon(true);
    config.jetty.threadPool = threads;
    config.jetty.addConnector(this::connector);
    config.routes.get("/health", this::health);
    config.routes.get("/health/live", context -> Json.answer(context, Map.of("status", "UP")));
    config.routes.get("/health/ready", this::ready);
    config.routes.get("/metrics", this::metrics);
    config.routes.get("/api/pipelines", context -> Json.answer(context, Views.pipelines(watched)));
    config.routes.get("/api/instance", context -> Json.answer(context, Views.instance(instance)));
    writes.addTo(config.routes);
    letters.addTo(config.routes);
    config.routes.get(
        "/", context -> context.contentType("text/html; charset=utf-8").result(page()));
  }

  private ServerConnector connector(Server server, HttpConfiguration http) {
    http.setSendServerVersion(false);
    ServerConnector connector = new ServerConnector(server, 1, 1, new HttpConnectionFactory(http));
    try {
      connector.open(listener.channel());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return connector;
  }

  private void health(Context context) throws InterruptedException {
    Map<String, Boolean> answers = health.answers();
    Map<String, String> view = new LinkedHashMap<>();
    answers.forEach((kind, answers1) -> view.put(kind, answers1 ? "UP" : "DOWN"));
    context.status(answers.containsValue(false) ? UNAVAILABLE : 200);
    Json.answer(context, view);
  }

  private void ready(Context context) {
    Map<String, String> states = new LinkedHashMap<>();
    boolean ready = true;
    for (Watched one : watched) {
      PipelineState state = one.state();
      ready &= state instanceof PipelineState.Running;
      states.put(one.name(), state.name());
    }
    context.status(ready ? 200 : UNAVAILABLE);
    Json.answer(context, Map.of("status", ready ? "UP" : "DOWN", "pipelines", states));
  }

  private void metrics(Context context) {
    context.contentType("text/plain; version=0.0.4; charset=utf-8").result(figures().text());
  }

  /** Made when first asked for: a start has better things to do. */
  private synchronized Metrics figures() {
    if (metrics == null) {
      metrics = new Metrics(watched);
    }
    return metrics;
  }

  private static String page() throws IOException {
    try (InputStream in = ControlServer.class.getResourceAsStream("page.html")) {
      return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Override
  public void close() {
    javalin.stop();
    health.close();
    letters.close();
    synchronized (this) {
      if (metrics != null) {
        metrics.close();
      }
    }
  }
}
