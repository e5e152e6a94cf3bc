package dev.millrace.engine;

import dev.millrace.checkpoint.CheckpointStore;
import dev.millrace.checkpoint.CheckpointStore.Begun;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;
import dev.millrace.model.Term;
import dev.millrace.sink.Sink;
import dev.millrace.source.Source;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One source, one sink, one term, running: it exists only while it does. It ends by the first
 * failure of any of its threads or by {@link #stop}; to recover is to {@link #start} another one.
 *
 * <p>The order of a start is what keeps two writers apart: take the term and use only state that
 * was read with it or after it; take the sink's fence together with the sink's state; make the
 * start position durable; only then deliver.
 */
final class Pipeline implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Pipeline.class);

  private final String name;
  private final Term term;
  private final Duration stopWithin;
  private final Opened opened;
  private final Handoff handoff;
  private final ReadStage reader;
  private final DeliverStage deliverer;
  private final SaveStage saver;
  private final Thread readThread;
  private final Thread deliverThread;
  private final Thread saveThread;
  private final CountDownLatch ended = new CountDownLatch(1);
  private final AtomicReference<MillraceException> failure = new AtomicReference<>();
  private volatile boolean closing;

  private Pipeline(
      PipelinePlan plan, Term term, Opened opened, Checkpoint start, PipelineMetrics metrics) {
    this.name = plan.name();
    this.term = term;
    this.stopWithin = plan.stopWithin();
    this.opened = opened;
    this.handoff = new Handoff(plan.handoffBytes());
    this.reader = new ReadStage(opened.source(), handoff, metrics);
    this.saver =
        new SaveStage(name, opened.store(), metrics, System::nanoTime, plan.saveEvery().toMillis());
    this.deliverer = new DeliverStage(opened.sink(), handoff, saver, start, metrics);
    this.readThread = thread("read", reader);
    this.deliverThread = thread("deliver", deliverer);
    this.saveThread = thread("save", saver);
  }

  /** What a pipeline holds open, closed in reverse. */
  private static final class Opened {
    private final Deque<AutoCloseable> closing = new ArrayDeque<>();
    private @Nullable Source source;
    private @Nullable Sink sink;
    private @Nullable CheckpointStore store;

    private <T extends AutoCloseable> T keep(T resource) {
      closing.push(resource);
      return resource;
    }

    CheckpointStore store() {
      return java.util.Objects.requireNonNull(store);
    }

    Sink sink() {
      return java.util.Objects.requireNonNull(sink);
    }

    Source source() {
      return java.util.Objects.requireNonNull(source);
    }

    void close() {
      while (!closing.isEmpty()) {
        try {
          closing.pop().close();
        } catch (Exception e) {
          LOG.debug("closing after use", e);
        }
      }
    }
  }

  /**
   * Opens everything and begins.
   *
   * @param tenure the leadership it runs in, which it begins if this is its first start
   * @throws MillraceException when any of it cannot be opened; nothing is left open then
   */
  static Pipeline start(PipelinePlan plan, Tenure tenure, PipelineMetrics metrics) {
    Opened opened = new Opened();
    try {
      CheckpointStore store = opened.keep(plan.store().get());
      opened.store = store;
      Sink sink = opened.keep(plan.sink().get());
      opened.sink = sink;
      Begun begun = tenure.take(store, sink);
      Optional<Checkpoint> checkpoint = begun.checkpoint();
      Source source = opened.keep(plan.source().open(checkpoint, plan.startFrom()));
      opened.source = source;
      Checkpoint start =
          new Checkpoint(
              source.opened(),
              begun.term(),
              source.deployment(),
              source.scope(),
              checkpoint.map(Checkpoint::mark).orElse(""));
      if (checkpoint.isEmpty() || !checkpoint.get().equals(start)) {
        // Killed before its first parcel, a pipeline must find where it began.
        store.save(start);
        metrics.saved(start.position());
      }
      LOG.info(
          "pipeline {}: term {}, from {} ({})",
          plan.name(),
          begun.term(),
          source.opened(),
          checkpoint.isPresent() ? "stored position" : "first start");
      Pipeline pipeline = new Pipeline(plan, begun.term(), opened, start, metrics);
      pipeline.readThread.start();
      pipeline.deliverThread.start();
      pipeline.saveThread.start();
      return pipeline;
    } catch (RuntimeException e) {
      opened.close();
      throw e;
    }
  }

  Term term() {
    return term;
  }

  long queueBytes() {
    return handoff.bytes();
  }

  /** Waits until it ended by itself; returns why. */
  MillraceException awaitFailure() throws InterruptedException {
    ended.await();
    return java.util.Objects.requireNonNull(failure.get());
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
            return;
          }
        }
      }
    } catch (MillraceException e) {
      fail(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (OutOfMemoryError e) {
      fail(
          Failure.fatal(
              "MR-OUT-OF-MEMORY", "the heap is too small: give it more with JAVA_OPTS=-Xmx…", e));
    } catch (RuntimeException | Error e) {
      if (!closing) {
        LOG.error("pipeline {}: a fault in Millrace itself", name, e);
      }
      fail(Failure.fatal("MR-INTERNAL", "a fault in Millrace itself: " + e, e));
    }
  }

  private void fail(MillraceException e) {
    failure.compareAndSet(null, e);
    ended.countDown();
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
    reader.stop();
    boolean drained = join(deliverThread, drainUntil);
    if (!drained) {
      deliverThread.interrupt();
    }
    saver.drain(orderly);
    boolean saved = join(saveThread, deadline);
    if (!saved) {
      saveThread.interrupt();
    }
    if (orderly && (!drained || !saved || deliverer.hasOpenWork())) {
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
      opened.store().release(term);
    } catch (MillraceException e) {
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
    reader.stop();
    deliverThread.interrupt();
    saveThread.interrupt();
    opened.close();
    readThread.interrupt();
  }
}
