package dev.millrace.sink.crate;

/**
 * A collection in the catalog.
 *
 * @param table its name
 * @param arrived the version of the rename that brought it here; empty where none did
 * @param pending what was begun and may not be finished: empty, {@code drop}, or {@code from} and
 *     the table that is to become this one
 */
record Entry(String table, String arrived, String pending) {
  private static final String DROP = "drop";
  private static final String FROM = "from ";

  static Entry of(String table) {
    return new Entry(table, "", "");
  }

  static Entry moving(String table, String arrived, String from) {
    return new Entry(table, arrived, FROM + from);
  }

  Entry dropping() {
    return new Entry(table, arrived, DROP);
  }

  Entry moved() {
    return new Entry(table, arrived, "");
  }

  boolean isDropping() {
    return pending.equals(DROP);
  }

  /** The table that is to become this one; empty where none is. */
  String movingFrom() {
    return pending.startsWith(FROM) ? pending.substring(FROM.length()) : "";
  }
}
