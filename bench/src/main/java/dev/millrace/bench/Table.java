package dev.millrace.bench;

import java.util.ArrayList;
import java.util.List;

/** Rows of text, for a terminal or as Markdown; the first column is words, the others figures. */
final class Table {
  private final String[] head;
  private final List<String[]> rows = new ArrayList<>();

  Table(String... head) {
    this.head = head;
  }

  void row(String... cells) {
    rows.add(cells);
  }

  boolean isEmpty() {
    return rows.isEmpty();
  }

  String plain() {
    StringBuilder text = new StringBuilder();
    line(text, head, "", "  ", "");
    rows.forEach(row -> line(text, row, "", "  ", ""));
    return text.toString();
  }

  String markdown() {
    StringBuilder text = new StringBuilder();
    line(text, head, "| ", " | ", " |");
    text.append('|');
    for (int i = 0; i < head.length; i++) {
      text.append(i == 0 ? "---|" : "---:|");
    }
    text.append('\n');
    rows.forEach(row -> line(text, row, "| ", " | ", " |"));
    return text.toString();
  }

  private void line(StringBuilder text, String[] cells, String open, String between, String close) {
    text.append(open);
    for (int i = 0; i < cells.length; i++) {
      String pad = " ".repeat(width(i) - length(cells[i]));
      text.append(i == 0 ? "" : between).append(i == 0 ? cells[i] + pad : pad + cells[i]);
    }
    text.append(close).append('\n');
  }

  private int width(int column) {
    return rows.stream()
        .mapToInt(row -> length(row[column]))
        .reduce(length(head[column]), Math::max);
  }

  private static int length(String text) {
    return text.codePointCount(0, text.length());
  }
}
