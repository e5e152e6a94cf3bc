package dev.millrace.demo;

import dev.millrace.demo.Relay.Standing;
import dev.millrace.progress.Wording;
import java.io.PrintStream;

/** One line that tells how it goes. */
final class LiveLine {
  private static final long PLAIN_EVERY_NANOS = 2_000_000_000L;

  private final Relay relay;
  private final TerminalLine line;
  private long shownNanos = System.nanoTime();
  private long shownEvents;
  private double rate;

  LiveLine(Relay relay, PrintStream out) {
    this.relay = relay;
    this.line = new TerminalLine(out, PLAIN_EVERY_NANOS);
  }

  void show(long operations, int kills) {
    long now = System.nanoTime();
    if (!line.isDue(now)) {
      return;
    }
    Standing standing = relay.standing();
    rate = Math.max(0, (standing.events() - shownEvents) * 1e9 / (now - shownNanos));
    shownEvents = standing.events();
    shownNanos = now;
    line.show(text(standing, operations, kills), now);
  }

  void last(long operations, int kills) {
    line.last(text(relay.standing(), operations, kills));
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
