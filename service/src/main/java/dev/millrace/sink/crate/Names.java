package dev.millrace.sink.crate;

import java.nio.charset.StandardCharsets;

/** Names of fields, tables and keys. */
final class Names {
  private Names() {}

  /** The field's name that stands there as a JSON string, quotes and all. */
  static String of(byte[] json, int start, int end) {
    boolean ascii = true;
    for (int i = start + 1; i < end - 1; i++) {
      if (json[i] == '\\') {
        return Reply.JSON.readValue(json, start, end - start, String.class);
      }
      ascii &= json[i] >= 0;
    }
    return new String(
        json,
        start + 1,
        end - start - 2,
        ascii ? StandardCharsets.ISO_8859_1 : StandardCharsets.UTF_8);
  }

  /** As an identifier in a statement. */
  static String quoted(String name) {
    return '"' + name.replace("\"", "\"\"") + '"';
  }
}
