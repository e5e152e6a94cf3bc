package dev.millrace.progress;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBarStyle;

/**
 * A block of bars at the end of a terminal, drawn over itself. Log lines share the terminal: behind
 * them the block is drawn anew, below.
 */
public final class CopyBars implements CopyDisplay {
  private static final int MOST_BARS = 8;

  private final PrintStream terminal;
  private final IntSupplier width;
  private final LongSupplier linesOfOthers;
  private final Map<String, CopyBar> bars = new LinkedHashMap<>();
  private int drawn;
  private long othersWhenDrawn;

  /**
   * @param width the terminal's, in characters
   * @param linesOfOthers how many lines anybody else has written to it so far
   */
  CopyBars(PrintStream terminal, IntSupplier width, LongSupplier linesOfOthers) {
    this.terminal = terminal;
    this.width = width;
    this.linesOfOthers = linesOfOthers;
  }

  /** On a terminal as wide as it is. */
  public static CopyBars on(PrintStream terminal, LongSupplier linesOfOthers) {
    return new CopyBars(
        terminal,
        () -> new ConsoleProgressBarConsumer(terminal).getMaxRenderedLength(),
        linesOfOthers);
  }

  @Override
  public void show(List<Copying> copies, long nanos) {
    StringBuilder text = new StringBuilder();
    if (drawn > 0 && othersWhenDrawn == linesOfOthers.getAsLong()) {
      text.append("\r\u001b[").append(drawn).append('A').append("\u001b[J");
    }
    List<String> lines = lines(copies);
    lines.forEach(line -> text.append(line).append('\n'));
    if (!text.isEmpty()) {
      terminal.print(text);
      terminal.flush();
    }
    drawn = lines.size();
    othersWhenDrawn = linesOfOthers.getAsLong();
  }

  private List<String> lines(List<Copying> copies) {
    Map<String, Copying> now = new LinkedHashMap<>();
    copies.forEach(copy -> now.put(copy.pipeline() + " " + copy.collection(), copy));
    for (Iterator<Map.Entry<String, CopyBar>> it = bars.entrySet().iterator(); it.hasNext(); ) {
      Map.Entry<String, CopyBar> bar = it.next();
      if (!now.containsKey(bar.getKey())) {
        bar.getValue().close();
        it.remove();
      }
    }
    List<String> lines = new ArrayList<>();
    now.forEach((name, copy) -> {
      CopyBar bar = bars.get(name);
      if (bar == null && bars.size() < MOST_BARS) {
        bar = new CopyBar(copy, ProgressBarStyle.ASCII, width.getAsInt());
        bars.put(name, bar);
      }
      if (bar != null) {
        lines.add(bar.at(copy));
      }
    });
    if (now.size() > bars.size()) {
      lines.add("and " + (now.size() - bars.size()) + " collections more");
    }
    return lines;
  }

  /** Leaves the terminal as if nothing had been drawn. */
  @Override
  public void close() {
    show(List.of(), 0);
  }
}
