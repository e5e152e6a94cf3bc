package dev.millrace.engine;

import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One source, one sink, one term, running: it exists only while it does. It ends by the first
 * failure of any of its threads, by itself where all that was wanted is done, or by {@link #stop};
 * to recover is to {@link #start} another one.
 */
final class Pipeline implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Pipeline.class);

  private final String name;
  private final Duration stopWithin;
  private final Assembly parts;
  private final Thread deliverThread;
  private final Thread saveThread;
  private final List<Thread> readThreads = new ArrayList<>();

  /** Completed once: with the first failure of any thread, or with nothing where all is done. */
  private final CompletableFuture<Optional<MillraceException>> ended = new CompletableFuture<>();

  private volatile boolean closing;

  private Pipeline(PipelinePlan plan, Assembly parts) {
    this.name = plan.name();
    this.stopWithin = plan.stopWithin();
    this.parts = parts;
    this.deliverThread = thread("deliver", parts.deliverer());
    this.saveThread = thread("save", parts.saver());
    readThreads.add(thread("read", parts.reader()));
    readThreads.add(thread("watch", parts.watch()));
    int copiers = 0;
    for (CopyStage copier : parts.copiers()) {
      readThreads.add(thread(copiers == 0 ? "list" : "copy-" + copiers, copier));
      copiers++;
    }
  }

  /**
   * Opens everything and begins.
   *
   * @param tenure the leadership it runs in, which it begins if this is its first start
   * @throws MillraceException when any of it cannot be opened; nothing is left open then
   */
  static Pipeline start(
      PipelinePlan plan, Tenure tenure, PipelineMetrics metrics, Opened.Beginning beginning) {
    Assembly parts =
        Assembly.open(plan, tenure, metrics, beginning, new CopyRules(), System::nanoTime);
    Pipeline pipeline = new Pipeline(plan, parts);
    try {
      pipeline.readThreads.forEach(Thread::start);
      pipeline.deliverThread.start();
      pipeline.saveThread.start();
      return pipeline;
    } catch (Throwable e) {
      // As where there can be no more threads.
      pipeline.close();
      throw e;
    }
  }

  /** What it runs on. */
  Opened opened() {
    return parts.opened();
  }

  /** How far it came; any thread. */
  DeliverStage.Reached reached() {
    return parts.deliverer().reached();
  }

  long queueBytes() {
    return parts.handoff().bytes();
  }

  long deadLetters() {
    return parts.opened().sink().deadLetters();
  }

  CopyView copy() {
    return parts.beside().view();
  }

  CompletableFuture<Void> request(CopyRequest request) {
    CompletableFuture<Void> answer = parts.beside().requests().ask(request);
    parts.handoff().wake();
    if (closing) {
      parts.beside().requests().close();
    }
    return answer;
  }

  /** Waits until it ended by itself, and says why; empty where it was done. */
  Optional<MillraceException> awaitEnd() throws InterruptedException {
    try {
      return ended.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e); // never completed so
    }
  }

  private Thread thread(String role, Stage stage) {
    Thread thread = new Thread(() -> run(stage), "millrace-" + name + "-" + role);
    thread.setDaemon(true);
    return thread;
  }

  private void run(Stage stage) {
    try {
      while (true) {
        switch (stage.step()) {
          case WORKED -> {}
          case IDLE -> stage.rest();
          case DONE -> {
            if (stage == parts.deliverer()) {
              ended.complete(Optional.empty());
            }
            return;
          }
        }
      }
    } catch (MillraceException e) {
      ended.complete(Optional.of(e));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (OutOfMemoryError e) {
      ended.complete(
          Optional.of(
              Failure.fatal(
                  "MR-OUT-OF-MEMORY",
                  "the heap is too small: give it more with JAVA_OPTS=-Xmx…",
                  e)));
    } catch (RuntimeException | Error e) {
      if (!closing) {
        LOG.error("pipeline {}: a fault in Millrace itself", name, e);
      }
      ended.complete(Optional.of(Failure.fault(e)));
    }
  }

  /**
   * Stops in two stages: reads no more and delivers what was read, within three quarters of the
   * time; then cuts, and says what may be delivered again. After a failure it is the same: what was
   * read is delivered if it still can be.
   *
   * @param orderly whether the owner leaves, so that others may know at once
   */
  void stop(boolean orderly) {
    closing = true;
    long deadline = System.nanoTime() + stopWithin.toNanos();
    long drainUntil = System.nanoTime() + stopWithin.toNanos() / 4 * 3;
    parts.stopReading();
    boolean drained = join(deliverThread, drainUntil);
    if (!drained) {
      if (LOG.isDebugEnabled()) {
        LOG.debug("pipeline {}: still at {}", name, List.of(deliverThread.getStackTrace()));
      }
      deliverThread.interrupt();
    }
    parts.saver().drain(orderly);
    boolean saved = join(saveThread, deadline);
    if (!saved) {
      saveThread.interrupt();
    }
    if (orderly && (!drained || !saved || parts.deliverer().hasOpenWork())) {
      LOG.warn(
          "pipeline {}: stopped before everything was confirmed; a sink that does not keep its own"
              + " position may be sent the last changes again",
          name);
    }
    if (orderly && saved) {
      release();
    }
    close();
  }

  private void release() {
    try {
      opened().store().release(opened().term());
    } catch (RuntimeException e) {
      LOG.debug("pipeline {}: could not note the stop", name, e);
    }
  }

  private static boolean join(Thread thread, long deadline) {
    try {
      long millis = Math.max(1, TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime()));
      thread.join(millis);
      return !thread.isAlive();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  @Override
  public void close() {
    closing = true;
    parts.stopReading();
    deliverThread.interrupt();
    saveThread.interrupt();
    parts.close();
    readThreads.forEach(Thread::interrupt);
  }
}
