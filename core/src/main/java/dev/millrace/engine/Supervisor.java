package dev.millrace.engine;

import dev.millrace.checkpoint.CheckpointStore.Owner;
import dev.millrace.engine.DeliverStage.Reached;
import dev.millrace.ha.Leadership;
import dev.millrace.ha.Leadership.Lead;
import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;
import java.time.Duration;
import java.util.Optional;
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

  private volatile PipelinePlan plan;
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

  /** Documents that the sink could not take and keeps aside; 0 while it does not run. */
  public long deadLetters() {
    Pipeline pipeline = running;
    return pipeline == null ? 0 : pipeline.deadLetters();
  }

  /** Where copying stands now. */
  public CopyView copy() {
    Pipeline pipeline = running;
    return pipeline == null ? CopyView.NONE : pipeline.copy();
  }

  /**
   * Asks something of the pipeline while it runs.
   *
   * @return completes once it is done and stored, so that a restart keeps it; exceptionally with
   *     {@link MillraceException} where it cannot be
   */
  public CompletableFuture<Void> request(CopyRequest request) {
    Pipeline pipeline = running;
    return pipeline == null
        ? CompletableFuture.failedFuture(CopyRequests.ended())
        : pipeline.request(request);
  }

  /** From its next start on, it runs by another plan of the same name. */
  public void replan(PipelinePlan next) {
    plan = next;
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
    Attempts attempts = new Attempts();
    for (int attempt = 1; lead.held() && !stopping; attempt++) {
      PipelinePlan now = plan;
      become(new PipelineState.Starting(attempt));
      MillraceException failure;
      Pipeline pipeline = null;
      try {
        pipeline = Pipeline.start(now, tenure, metrics, attempts.beginning());
        attempts.begun(pipeline.opened().start().position());
        running = pipeline;
        become(new PipelineState.Running(pipeline.opened().term()));
        Optional<MillraceException> why = runUntilEnd(pipeline);
        if (why.isEmpty()) {
          return new PipelineState.Ended();
        }
        failure = why.get();
      } catch (MillraceException e) {
        failure = e;
      } catch (RuntimeException | Error e) {
        // Also an Error: a pipeline that nobody runs any more must not be shown as running.
        if (!stopping) {
          LOG.error("pipeline {}: a fault in Millrace itself", now.name(), e);
        }
        failure = Failure.fault(e);
      }
      if (stopping) {
        break;
      }
      LOG.debug("pipeline {}: attempt {} failed", now.name(), attempt, failure);
      Reached came = pipeline == null ? null : pipeline.reached();
      switch (attempts.next(failure.failure(), now.copy(), came)) {
        case Attempts.Next.Stop stop -> {
          return new PipelineState.Stopped(stop.failure());
        }
        case Attempts.Next.After after -> {
          metrics.restart();
          become(new PipelineState.Retrying(failure.failure(), after.pause()));
          pause(after.pause());
        }
      }
    }
    return new PipelineState.Ended();
  }

  /** Why it ended; empty when it was told to stop, or was done. */
  private Optional<MillraceException> runUntilEnd(Pipeline pipeline) throws InterruptedException {
    boolean orderly = false;
    try {
      Optional<MillraceException> failure = pipeline.awaitEnd();
      orderly = failure.isEmpty();
      return failure;
    } catch (InterruptedException e) {
      if (!stopping) {
        throw e;
      }
      orderly = true;
      return Optional.empty();
    } finally {
      try {
        pipeline.stop(orderly);
      } finally {
        running = null;
      }
    }
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
      case PipelineState.Retrying r when r.failure() instanceof Failure.Again ->
          LOG.info("pipeline {}: {}", plan.name(), r.failure().message());
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
