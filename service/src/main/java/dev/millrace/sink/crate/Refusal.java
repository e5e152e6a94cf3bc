package dev.millrace.sink.crate;

/**
 * What CrateDB says against a statement or a row.
 *
 * @param code its error code
 */
record Refusal(int code, String message) {
  static final int DUPLICATE_KEY = 4091;
  static final int VERSION_CONFLICT = 4092;
  static final int DOCUMENT_MISSING = 40411;

  private static final int SHOWN = 300;

  /** For messages: it may quote the whole request. */
  String shown() {
    String text = message.length() <= SHOWN ? message : message.substring(0, SHOWN) + "…";
    return "%d: %s".formatted(code, text);
  }
}
