package dev.millrace.tap;

import dev.millrace.model.ClusterTime;
import dev.millrace.model.CopyState;
import dev.millrace.model.MillraceException;
import dev.millrace.source.CopySource;
import dev.millrace.source.Tables;
import java.io.OutputStream;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One run of a tap. */
public final class Tap {
  private static final Logger LOG = LoggerFactory.getLogger(Tap.class);
  private static final long IDLE_STATE_NANOS = 10_000_000_000L;

  private final Job job;
  private final List<TapStream> streams;
  private final CountDownLatch stop = new CountDownLatch(1);
  private volatile Thread runner = Thread.currentThread();

  /**
   * Reads nothing yet.
   *
   * @param state what an earlier run left; changes as this one goes on
   * @param out where messages go
   * @param lives what is done about sessions and cursors
   * @param clock for versions, and for when something was read
   */
  public Tap(
      Tables tables,
      Readers readers,
      TapState state,
      List<TapStream> streams,
      OutputStream out,
      Lives lives,
      InstantSource clock) {
    this.job = new Job(state, new Messages(out), tables, readers, lives, clock, stop);
    this.streams = List.copyOf(streams);
  }

  /** What is done about sessions and cursors that nobody uses for long. */
  public enum Lives {
    /** Sessions are kept alive, and what is lost all the same is opened anew. */
    KEPT,
    /** What is lost is opened anew. For the reproduction of what happens then. */
    RESUMED,
    /** Nothing. For the reproduction of what happens then. */
    LOST
  }

  /** Ends the run soon, in good order, behind a last state; any thread. */
  public void stop() {
    stop.countDown();
    runner.interrupt();
  }

  /**
   * Tells of all that is selected: up to the cluster time at which it began, or without an end.
   *
   * @param follow whether to go on until {@link #stop}
   * @throws MillraceException where that is not possible; the last state holds
   */
  public void run(boolean follow) {
    runner = Thread.currentThread();
    try {
      sync(follow);
      job.state().syncing(null);
    } catch (InterruptedException e) {
      if (!isStopping()) {
        Thread.currentThread().interrupt();
      }
    }
    job.messages().state(job.state());
    LOG.info("{} records{}", job.messages().records(), isStopping() ? ", stopped" : "");
  }

  private boolean isStopping() {
    return stop.getCount() == 0;
  }

  private void sync(boolean follow) throws InterruptedException {
    List<TapStream> logged = new ArrayList<>();
    List<TapStream> ordered = job.state().inOrder(streams);
    // Before anything is read, so that what happens meanwhile is of the next run.
    TapStream any =
        ordered.stream()
            .filter(stream -> stream.method() == TapStream.Method.LOG_BASED)
            .findFirst()
            .orElse(null);
    long end = any == null || follow ? ClusterTime.NONE : now(any);
    for (TapStream stream : ordered) {
      job.state()
          .begin(stream)
          .ifPresent(why -> LOG.info("{}: {}: read anew in full", stream.id(), why));
      job.state().syncing(stream);
      switch (stream.method()) {
        case FULL_TABLE -> new TableSync(job, stream).run();
        case INCREMENTAL -> new KeySync(job, stream).run();
        case LOG_BASED -> {
          if (!job.state().isComplete(stream) || job.state().place(stream).isEmpty()) {
            copy(stream);
          }
          logged.add(stream);
        }
      }
      job.messages().state(job.state());
    }
    job.state().syncing(null);
    Set<TapStream> toCopy = follow(logged, end);
    while (!toCopy.isEmpty()) {
      for (TapStream stream : toCopy) {
        copy(stream);
      }
      toCopy = follow ? follow(logged, end) : Set.of();
    }
  }

  private long now(TapStream stream) {
    try (CopySource source = job.opener(stream).copying(CopyState.Edits.NONE)) {
      return source.now();
    }
  }

  /** In full, behind a time from which on its changes are told of then. */
  private void copy(TapStream stream) throws InterruptedException {
    if (job.state().place(stream).isEmpty()) {
      String deployment = job.tables().deployment();
      job.state().place(stream, new TapState.Place(now(stream), null, "", deployment));
    }
    new TableSync(job, stream).run();
  }

  /** Returns those that have to be copied before they can be followed. */
  private Set<TapStream> follow(List<TapStream> logged, long end) throws InterruptedException {
    List<LogSync> open = new ArrayList<>();
    Set<TapStream> toCopy = new LinkedHashSet<>();
    try {
      for (List<TapStream> group : LogSync.groups(logged)) {
        open.add(new LogSync(job, group));
      }
      List<LogSync> left = new ArrayList<>(open);
      long statedAt = System.nanoTime();
      while (!left.isEmpty() && (end != ClusterTime.NONE || toCopy.isEmpty())) {
        boolean idle = true;
        for (LogSync each : List.copyOf(left)) {
          LogSync.Step step = each.step(end, 1_000 / left.size());
          idle &= step == LogSync.Step.IDLE;
          if (step == LogSync.Step.OVER) {
            left.remove(each);
          }
          toCopy.addAll(each.toCopy());
        }
        if (idle && System.nanoTime() - statedAt > IDLE_STATE_NANOS) {
          job.messages().state(job.state());
          statedAt = System.nanoTime();
        } else if (idle) {
          job.messages().flush();
        }
      }
    } finally {
      open.forEach(LogSync::close);
    }
    return toCopy;
  }
}
