package dev.millrace.demo;

import dev.millrace.lab.CollectionWorkload;
import dev.millrace.lab.CollectionWorkload.Counts;
import dev.millrace.model.Namespace;
import dev.millrace.progress.Wording;
import java.io.PrintStream;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Shows what a workload writes to one collection. */
public final class WorkloadLine {
  private static final long PLAIN_EVERY_NANOS = 5_000_000_000L;
  private static final long TICK_MILLIS = 100;

  private final CollectionWorkload workload;
  private final Namespace namespace;
  private final TerminalLine line;
  private final long startedNanos = System.nanoTime();
  private long shownNanos = startedNanos;
  private long shownWrites;

  /**
   * @param out is told how it goes
   */
  public WorkloadLine(CollectionWorkload workload, Namespace namespace, PrintStream out) {
    this.workload = workload;
    this.namespace = namespace;
    this.line = new TerminalLine(out, PLAIN_EVERY_NANOS);
  }

  /**
   * Returns once the writing is over, and leaves no line behind.
   *
   * @throws ExecutionException when it failed
   */
  public void showUntil(CompletableFuture<Void> end)
      throws InterruptedException, ExecutionException {
    try {
      while (!isOver(end)) {
        show();
      }
    } finally {
      line.clear();
    }
  }

  private static boolean isOver(CompletableFuture<Void> end)
      throws InterruptedException, ExecutionException {
    try {
      end.get(TICK_MILLIS, TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException goesOn) {
      return false;
    }
  }

  private void show() {
    long now = System.nanoTime();
    if (!line.isDue(now)) {
      return;
    }
    Counts counts = workload.counts();
    double rate = (counts.all() - shownWrites) * 1e9 / (now - shownNanos);
    shownWrites = counts.all();
    shownNanos = now;
    line.show(
        "%s  %s  %.0f/s%s"
            .formatted(
                namespace,
                text(counts),
                rate,
                workload.isWaiting() ? "  waiting for MongoDB to take writes" : ""),
        now);
  }

  /** All of it, when it is over. */
  public String summary() {
    Counts counts = workload.counts();
    double seconds = (System.nanoTime() - startedNanos) / 1e9;
    return "wrote to %s: %s, in %.1f s (%.0f/s)"
        .formatted(namespace, text(counts), seconds, counts.all() / seconds);
  }

  private static String text(Counts counts) {
    return "%s inserts, %s updates, %s replaces, %s deletes"
        .formatted(
            Wording.number(counts.inserts()),
            Wording.number(counts.updates()),
            Wording.number(counts.replaces()),
            Wording.number(counts.deletes()));
  }
}
