package dev.millrace.demo;

import dev.millrace.engine.Supervisor;
import java.io.PrintStream;

/** One line that tells how it goes: over itself on a terminal, every two seconds elsewhere. */
final class LiveLine {
  private static final long PLAIN_EVERY_NANOS = 2_000_000_000L;

  private final Supervisor pipeline;
  private final String page;
  private final PrintStream out;
  private final boolean terminal = Boolean.getBoolean("millrace.terminal");
  private long shownNanos = System.nanoTime();
  private long shownEvents;
  private double rate;

  LiveLine(Supervisor pipeline, String page, PrintStream out) {
    this.pipeline = pipeline;
    this.page = page;
    this.out = out;
  }

  void show(long operations) {
    long now = System.nanoTime();
    if (now - shownNanos < (terminal ? 200_000_000L : PLAIN_EVERY_NANOS)) {
      return;
    }
    long events = pipeline.metrics().events();
    rate = (events - shownEvents) * 1e9 / (now - shownNanos);
    shownEvents = events;
    shownNanos = now;
    String text = text(operations);
    if (terminal) {
      out.print("\r\u001b[2K" + text);
      out.flush();
    } else {
      out.println(text);
    }
  }

  void last(long operations) {
    out.println((terminal ? "\r\u001b[2K" : "") + text(operations));
  }

  private String text(long operations) {
    return "%s  written %,d  delivered %,d  %,.0f/s  lag %d s  page %s"
        .formatted(
            pipeline.state().name(),
            operations,
            pipeline.metrics().events(),
            rate,
            Math.max(0, pipeline.metrics().lagSeconds()),
            page);
  }
}
