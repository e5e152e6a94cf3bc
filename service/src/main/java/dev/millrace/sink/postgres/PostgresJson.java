package dev.millrace.sink.postgres;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Texts that {@code jsonb} does not take. It refuses the character U+0000, which MongoDB's strings
 * may hold, and with it the whole document. Such a string is kept as <code>{"$escaped": "…"}</code>
 * with its JSON spelling: the string {@code a}, U+0000, {@code b} as <code>
 * {"$escaped": "a\\u0000b"}</code>. Field names cannot hold it.
 */
final class PostgresJson {
  private static final byte[] NUL = "\\u0000".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] OPEN = "{\"$escaped\": \"".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] CLOSE = "\"}".getBytes(StandardCharsets.US_ASCII);

  private PostgresJson() {}

  /** The same JSON, in UTF-8, as the server takes it; the same array where it does already. */
  static byte[] fitting(byte[] json) {
    return isAt(json, 0, json.length) ? escaped(json) : json;
  }

  /** Whether the escape stands there, be it one or a backslash and five characters. */
  private static boolean isAt(byte[] json, int from, int to) {
    for (int i = from; i <= to - NUL.length; i++) {
      if (json[i] == '\\'
          && json[i + 1] == 'u'
          && json[i + 2] == '0'
          && json[i + 3] == '0'
          && json[i + 4] == '0'
          && json[i + 5] == '0') {
        return true;
      }
    }
    return false;
  }

  private static byte[] escaped(byte[] json) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(json.length + 64);
    int at = 0;
    while (at < json.length) {
      if (json[at] != '"') {
        out.write(json[at++]);
        continue;
      }
      int end = endOfString(json, at + 1);
      if (hasNul(json, at + 1, end)) {
        out.writeBytes(OPEN);
        for (int i = at + 1; i < end; i++) {
          if (json[i] == '\\' || json[i] == '"') {
            out.write('\\');
          }
          out.write(json[i]);
        }
        out.writeBytes(CLOSE);
      } else {
        out.write(json, at, end + 1 - at);
      }
      at = end + 1;
    }
    return out.toByteArray();
  }

  /** Where the quote is that ends it. */
  private static int endOfString(byte[] json, int from) {
    int at = from;
    while (json[at] != '"') {
      at += json[at] == '\\' ? 2 : 1;
    }
    return at;
  }

  private static boolean hasNul(byte[] json, int from, int end) {
    for (int at = from; at < end; at++) {
      if (json[at] == '\\') {
        if (isAt(json, at, Math.min(end, at + NUL.length))) {
          return true;
        }
        at++;
      }
    }
    return false;
  }
}
