package dev.millrace.demo;

import dev.millrace.demo.Relay.Standing;
import dev.millrace.progress.Wording;
import java.io.PrintStream;

/** One line that tells how it goes: over itself on a terminal, every two seconds elsewhere. */
final class LiveLine {
  private static final long PLAIN_EVERY_NANOS = 2_000_000_000L;

  private final Relay relay;
  private final PrintStream out;
  private final boolean terminal = Boolean.getBoolean("millrace.terminal");
  private long shownNanos = System.nanoTime();
  private long shownEvents;
  private double rate;

  LiveLine(Relay relay, PrintStream out) {
    this.relay = relay;
    this.out = out;
  }

  void show(long operations, int kills) {
    long now = System.nanoTime();
    if (now - shownNanos < (terminal ? 200_000_000L : PLAIN_EVERY_NANOS)) {
      return;
    }
    Standing standing = relay.standing();
    rate = Math.max(0, (standing.events() - shownEvents) * 1e9 / (now - shownNanos));
    shownEvents = standing.events();
    shownNanos = now;
    String text = text(standing, operations, kills);
    if (terminal) {
      out.print("\r\u001b[2K" + text);
      out.flush();
    } else {
      out.println(text);
    }
  }

  void last(long operations, int kills) {
    out.println((terminal ? "\r\u001b[2K" : "") + text(relay.standing(), operations, kills));
  }

  private String text(Standing standing, long operations, int kills) {
    return "%s  written %,d  copied %s  delivered %,d  %,.0f/s  lag %d s%s  page %s"
        .formatted(
            standing.state(),
            operations,
            standing.copyDone()
                ? Wording.number(standing.copied())
                : Wording.rows(standing.copied(), standing.estimated()),
            standing.events(),
            rate,
            Math.max(0, standing.lagSeconds()),
            kills > 0 ? "  kills " + kills : "",
            relay.page());
  }
}
