package dev.millrace.demo;

import java.io.PrintStream;

/** One line that changes: over itself on a terminal, now and then a new one elsewhere. */
final class TerminalLine {
  private static final long REDRAW_NANOS = 200_000_000L;

  private final PrintStream out;
  private final long plainNanos;
  // Said by the launcher, which sees what stderr is.
  private final boolean terminal = Boolean.getBoolean("millrace.terminal");
  private long shownNanos = System.nanoTime();

  /**
   * @param plainNanos how long from one line to the next where there is no terminal
   */
  TerminalLine(PrintStream out, long plainNanos) {
    this.out = out;
    this.plainNanos = plainNanos;
  }

  /** Whether it is time to show it anew. */
  boolean isDue(long nanos) {
    return nanos - shownNanos >= (terminal ? REDRAW_NANOS : plainNanos);
  }

  void show(String text, long nanos) {
    shownNanos = nanos;
    if (terminal) {
      out.print("\r\u001b[2K" + text);
      out.flush();
    } else {
      out.println(text);
    }
  }

  /** Shows it for good. */
  void last(String text) {
    out.println((terminal ? "\r\u001b[2K" : "") + text);
  }

  /** Takes it away where it would stand in the way of other text. */
  void clear() {
    if (terminal) {
      out.print("\r\u001b[2K");
      out.flush();
    }
  }
}
