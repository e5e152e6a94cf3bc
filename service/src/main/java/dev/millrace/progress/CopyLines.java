package dev.millrace.progress;

import java.util.List;
import java.util.function.Consumer;

/** One line for each copy every ten seconds: for logs, and for terminals that are none. */
public final class CopyLines implements CopyDisplay {
  private static final long EVERY_NANOS = 10_000_000_000L;
  private static final long FIRST_NANOS = 1_000_000_000L;
  private static final int MOST_LINES = 8;

  private final String doing;
  private final Consumer<String> out;
  private boolean any;
  private long nextNanos;

  public CopyLines(Consumer<String> out) {
    this("copying", out);
  }

  /**
   * @param doing what goes through the collections, as {@code copying}
   */
  public CopyLines(String doing, Consumer<String> out) {
    this.doing = doing;
    this.out = out;
  }

  @Override
  public void show(List<Copying> copies, long nanos) {
    if (copies.isEmpty()) {
      any = false;
      return;
    }
    if (!any) {
      // Its rate shows only after a while, and a copy that is over by then needs no line.
      any = true;
      nextNanos = nanos + FIRST_NANOS;
      return;
    }
    if (nanos - nextNanos < 0) {
      return;
    }
    nextNanos = nanos + EVERY_NANOS;
    copies.stream().limit(MOST_LINES).map(copy -> copy.line(doing)).forEach(out);
    if (copies.size() > MOST_LINES) {
      out.accept(doing + " " + (copies.size() - MOST_LINES) + " collections more");
    }
  }

  @Override
  public void close() {
    any = false;
  }
}
