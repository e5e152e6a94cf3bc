package dev.millrace.engine;

import dev.millrace.checkpoint.CheckpointStore.Owner;
import dev.millrace.ha.Leadership;
import dev.millrace.ha.Leadership.Lead;
import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps one pipeline running: builds a fresh one per attempt while it leads, and does what a
 * failure asks for. Its state changes in one place, with a reason, logged.
 */
public final class Supervisor implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Supervisor.class);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

  private final PipelinePlan plan;
  private final Leadership leadership;
  private final Owner owner;
  private final PipelineMetrics metrics = new PipelineMetrics();
  private final CompletableFuture<PipelineState> end = new CompletableFuture<>();
  private final Object monitor = new Object();
  private final Thread thread;
  private volatile PipelineState state = new PipelineState.Waiting();
  private volatile @Nullable Pipeline running;
  private volatile boolean stopping;

  public Supervisor(PipelinePlan plan, Leadership leadership, Owner owner) {
    this.plan = plan;
    this.leadership = leadership;
    this.owner = owner;
    this.thread = new Thread(this::run, "millrace-" + plan.name());
  }

  public void start() {
    thread.start();
  }

  public String name() {
    return plan.name();
  }

  public PipelineState state() {
    return state;
  }

  public PipelineMetrics metrics() {
    return metrics;
  }

  /** Bytes read ahead of the sink. */
  public long queueBytes() {
    Pipeline pipeline = running;
    return pipeline == null ? 0 : pipeline.queueBytes();
  }

  /** Completes with {@code Stopped} or {@code Ended}. */
  public CompletableFuture<PipelineState> end() {
    return end;
  }

  private void run() {
    try {
      Lead lead = leadership.await();
      lead.onLoss(this::wake);
      PipelineState last = lead(lead);
      become(last);
      end.complete(last);
    } catch (InterruptedException e) {
      PipelineState last = new PipelineState.Ended();
      become(last);
      end.complete(last);
    }
  }

  /** One leadership, from its first attempt to its end. */
  private PipelineState lead(Lead lead) throws InterruptedException {
    Tenure tenure = new Tenure(owner);
    Duration pause = FIRST_PAUSE;
    for (int attempt = 1; lead.held() && !stopping; attempt++) {
      become(new PipelineState.Starting(attempt));
      long before = metrics.events();
      MillraceException failure;
      try {
        Pipeline pipeline = Pipeline.start(plan, tenure, metrics);
        running = pipeline;
        become(new PipelineState.Running(pipeline.term()));
        failure = runUntilFailure(pipeline);
        if (failure == null) {
          return new PipelineState.Ended();
        }
      } catch (MillraceException e) {
        failure = e;
      } catch (RuntimeException e) {
        LOG.error("pipeline {}: a fault in Millrace itself", plan.name(), e);
        failure = Failure.fatal("MR-INTERNAL", "a fault in Millrace itself: " + e, e);
      }
      if (stopping) {
        break;
      }
      LOG.debug("pipeline {}: attempt {} failed", plan.name(), attempt, failure);
      switch (Reaction.to(failure.failure())) {
        case Reaction.Stop stop -> {
          return new PipelineState.Stopped(failure.failure());
        }
        case Reaction.Retry retry -> {
          metrics.restart();
          pause = metrics.events() > before ? FIRST_PAUSE : longer(pause);
          become(new PipelineState.Retrying(failure.failure(), pause));
          pause(pause);
        }
      }
    }
    return new PipelineState.Ended();
  }

  /** Null when it was told to stop. */
  private @Nullable MillraceException runUntilFailure(Pipeline pipeline)
      throws InterruptedException {
    boolean orderly = false;
    try {
      MillraceException failure = pipeline.awaitFailure();
      return failure;
    } catch (InterruptedException e) {
      if (!stopping) {
        throw e;
      }
      orderly = true;
      return null;
    } finally {
      pipeline.stop(orderly);
      running = null;
    }
  }

  private static Duration longer(Duration pause) {
    Duration doubled = pause.multipliedBy(2);
    return doubled.compareTo(LONGEST_PAUSE) < 0 ? doubled : LONGEST_PAUSE;
  }

  private void pause(Duration pause) throws InterruptedException {
    long until = System.nanoTime() + pause.toNanos();
    synchronized (monitor) {
      long left = pause.toNanos();
      while (!stopping && left > 0) {
        TimeUnit.NANOSECONDS.timedWait(monitor, left);
        left = until - System.nanoTime();
      }
    }
  }

  private void wake() {
    synchronized (monitor) {
      monitor.notifyAll();
    }
  }

  private void become(PipelineState next) {
    state = next;
    switch (next) {
      case PipelineState.Stopped s ->
          LOG.error("pipeline {}: stopped: {}", plan.name(), s.detail());
      case PipelineState.Retrying r ->
          LOG.warn("pipeline {}: retrying: {}", plan.name(), r.detail());
      default -> LOG.info("pipeline {}: {} {}", plan.name(), next.name(), next.detail());
    }
  }

  /** Stops within the plan's time; returns when it has. */
  @Override
  public void close() {
    stopping = true;
    wake();
    thread.interrupt();
    try {
      thread.join(plan.stopWithin().plusSeconds(5).toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
