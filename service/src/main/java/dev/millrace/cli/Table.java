package dev.millrace.cli;

import java.io.PrintStream;
import java.util.List;

/** Columns for a terminal. */
final class Table {
  private Table() {}

  /** Each column as wide as its widest cell; the last as it is. */
  static void print(List<List<String>> rows, PrintStream out) {
    int columns = rows.getFirst().size();
    int[] widths = new int[columns];
    for (List<String> row : rows) {
      for (int i = 0; i < columns; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < columns - 1; i++) {
        line.append(row.get(i)).repeat(' ', widths[i] - row.get(i).length() + 2);
      }
      out.println(line.append(row.getLast()).toString().stripTrailing());
    }
  }
}
