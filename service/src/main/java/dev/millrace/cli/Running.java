package dev.millrace.cli;

import dev.millrace.checkpoint.CheckpointStore.Owner;
import dev.millrace.config.MillraceConfig;
import dev.millrace.config.PipelineConfig;
import dev.millrace.config.Reading;
import dev.millrace.config.SinkConfig;
import dev.millrace.engine.CopyPlan;
import dev.millrace.engine.PipelineState;
import dev.millrace.engine.Supervisor;
import dev.millrace.ha.SoloLeadership;
import dev.millrace.http.Control;
import dev.millrace.http.ControlServer;
import dev.millrace.http.Instance;
import dev.millrace.http.Listener;
import dev.millrace.http.Watched;
import dev.millrace.model.MillraceException;
import dev.millrace.wiring.Wiring;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** All of one process: its pipelines and its HTTP, running. */
final class Running implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Running.class);

  private final Listener listener;
  private final List<Supervisor> supervisors;
  private final boolean endsByItself;
  private final CompletableFuture<ControlServer> server;
  private final CompletableFuture<Void> closed = new CompletableFuture<>();
  private final AtomicBoolean closing = new AtomicBoolean();

  private Running(
      Listener listener,
      List<Supervisor> supervisors,
      boolean endsByItself,
      CompletableFuture<ControlServer> server) {
    this.listener = listener;
    this.supervisors = supervisors;
    this.endsByItself = endsByItself;
    this.server = server;
  }

  /**
   * Starts all of it, with a configuration that is never another.
   *
   * @throws MillraceException when the port cannot be taken; nothing runs then
   */
  static Running start(MillraceConfig config) {
    return start(config, () -> new Reading.Valid(config));
  }

  /**
   * Starts all of it. The HTTP server proper comes up beside the pipelines: loading it takes longer
   * than delivering the first change should.
   *
   * @param again reads the configuration anew, for a reload
   * @throws MillraceException when the port cannot be taken; nothing runs then
   */
  static Running start(MillraceConfig config, Supplier<Reading> again) {
    Listener listener = Listener.bind(config.http());
    Instance instance =
        new Instance(
            UUID.randomUUID().toString(), Main.Version.number(), Instant.now(), listener.address());
    LOG.info(
        "Millrace {}: {}; page at {}",
        instance.version(),
        config.pipelines().size() == 1 ? "one pipeline" : config.pipelines().size() + " pipelines",
        listener.url());
    config.notes().forEach(LOG::info);
    Wiring wiring = new Wiring(config);
    Owner owner = new Owner(instance.id(), instance.address());
    List<Supervisor> supervisors = new ArrayList<>();
    for (PipelineConfig pipeline : config.pipelines()) {
      supervisors.add(new Supervisor(wiring.plan(pipeline), new SoloLeadership(), owner));
    }
    Reloader reloader =
        new Reloader(
            config,
            again,
            supervisors.stream().collect(Collectors.toMap(Supervisor::name, Reloader.Steered::of)));
    List<Watched> watched =
        supervisors.stream()
            .map(s ->
                Watched.of(
                    () -> reloader.config(s.name()),
                    s,
                    () -> wiring.letters(reloader.config(s.name()))))
            .toList();
    Control control = new Control(config.http().token(), reloader, Control.PATIENCE);
    supervisors.forEach(Supervisor::start);
    CompletableFuture<ControlServer> server = new CompletableFuture<>();
    Thread.ofPlatform()
        .name("millrace-http-start")
        .daemon()
        .start(() -> {
          try {
            server.complete(
                ControlServer.start(listener, instance, watched, wiring.probes(), control));
          } catch (RuntimeException e) {
            LOG.error("MR-HTTP: the HTTP server does not start; the pipelines go on", e);
            server.completeExceptionally(e);
          }
        });
    boolean endsByItself = config.pipelines().stream().allMatch(Running::canEnd);
    return new Running(listener, supervisors, endsByItself, server);
  }

  /** Whether nobody has to look at the pipeline once it has ended. */
  private static boolean canEnd(PipelineConfig pipeline) {
    return pipeline.sink() instanceof SinkConfig.Stdout
        || pipeline.copy().snapshot() == CopyPlan.Snapshot.ONLY;
  }

  /** One for each pipeline, in the order of the configuration. */
  List<Supervisor> supervisors() {
    return supervisors;
  }

  /** For a browser on this machine. */
  String url() {
    return listener.url();
  }

  /**
   * Waits for the end: for {@link #close}, or where the only reader was stdout's, or a copy was all
   * that was wanted, for the last pipeline's.
   *
   * @return whether it ended as it was told
   */
  boolean await() {
    CompletableFuture<?>[] ends =
        supervisors.stream().map(Supervisor::end).toArray(CompletableFuture<?>[]::new);
    CompletableFuture<Void> all = CompletableFuture.allOf(ends);
    if (endsByItself) {
      CompletableFuture.anyOf(closed, all).join();
    } else {
      closed.join();
    }
    return supervisors.stream()
        .noneMatch(supervisor -> supervisor.state() instanceof PipelineState.Stopped);
  }

  /**
   * Stops every pipeline at once, each in two stages, and HTTP last, so that all can be watched.
   */
  @Override
  public void close() {
    if (!closing.compareAndSet(false, true)) {
      return;
    }
    LOG.info("stopping");
    List<Thread> stops =
        supervisors.stream()
            .map(s -> Thread.ofPlatform().name("millrace-stop-" + s.name()).start(s::close))
            .toList();
    for (Thread stop : stops) {
      try {
        stop.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    ControlServer up = server.exceptionally(e -> null).getNow(null);
    if (up != null) {
      up.close();
    }
    listener.close();
    LOG.info("stopped");
    closed.complete(null);
  }
}
