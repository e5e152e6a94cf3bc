package dev.millrace.cli;

import dev.millrace.model.Namespace;
import dev.millrace.progress.CopyBars;
import dev.millrace.progress.CopyDisplay;
import dev.millrace.progress.CopyLines;
import dev.millrace.progress.Copying;
import dev.millrace.verify.Progress;
import java.io.PrintStream;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Shows how far comparing is: a bar on a terminal, lines elsewhere. */
final class VerifyProgress implements Progress, AutoCloseable {
  private static final long EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

  private final String pipeline;
  private final PrintStream err;
  private final CopyDisplay display;
  private String shown = "";
  private long begun;
  private long nextNanos;

  VerifyProgress(String pipeline, PrintStream err) {
    this.pipeline = pipeline;
    this.err = err;
    this.display =
        // Said by the launcher, which sees what stderr is.
        Boolean.getBoolean("millrace.terminal")
            ? CopyBars.on(err, LineEncoder::lines)
            : new CopyLines("verifying", err::println);
  }

  @Override
  public void at(Namespace namespace, Part part, long done, long estimated) {
    long now = System.nanoTime();
    String what = namespace + (part == Part.ROWS ? " (rows)" : "");
    if (!what.equals(shown)) {
      shown = what;
      begun = now;
      nextNanos = now;
    }
    if (now - nextNanos < 0) {
      return;
    }
    nextNanos = now + EVERY_NANOS;
    double seconds = (now - begun) / 1e9;
    double perSecond = seconds < 0.5 ? -1 : done / seconds;
    display.show(List.of(new Copying(pipeline, what, done, estimated, perSecond, 0, 0)), now);
  }

  /** Takes the bar away for it. */
  @Override
  public void say(String line) {
    display.close();
    err.println(line);
  }

  /** All that comes after it is something else. */
  void end() {
    display.close();
  }

  @Override
  public void close() {
    end();
  }
}
