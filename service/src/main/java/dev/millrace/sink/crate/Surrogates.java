package dev.millrace.sink.crate;

import dev.millrace.json.JsonBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Characters beyond the first 65,536, such as emoji. Where one stands escaped in a field's name, as
 * <code>\ud83d\ude80</code>, CrateDB cannot parse the request, with all that is in it; in UTF-8 it
 * can.
 */
final class Surrogates {
  private static final int PAIR = 12;

  private Surrogates() {}

  /** The same JSON with such characters in UTF-8; the same array where there are none. */
  static byte[] inUtf8(byte[] json) {
    int at = find(json, 0);
    if (at < 0) {
      return json;
    }
    JsonBuffer out = new JsonBuffer(json.length);
    int from = 0;
    while (at >= 0) {
      out.raw(json, from, at - from);
      char[] pair = {(char) unit(json, at), (char) unit(json, at + PAIR / 2)};
      out.raw(new String(pair).getBytes(StandardCharsets.UTF_8));
      from = at + PAIR;
      at = find(json, from);
    }
    return out.raw(json, from, json.length - from).toByteArray();
  }

  /** Where a pair begins; -1 where none does. */
  private static int find(byte[] json, int from) {
    int at = from;
    while (at <= json.length - PAIR) {
      if (Character.isHighSurrogate((char) unit(json, at))
          && Character.isLowSurrogate((char) unit(json, at + PAIR / 2))) {
        return at;
      }
      // What is escaped may be a backslash.
      at += json[at] == '\\' ? 2 : 1;
    }
    return -1;
  }

  /** The UTF-16 unit that is escaped there; 0 for none. */
  private static int unit(byte[] json, int at) {
    if (json[at] != '\\' || json[at + 1] != 'u') {
      return 0;
    }
    int unit = 0;
    for (int i = at + 2; i < at + PAIR / 2; i++) {
      unit = unit << 4 | Character.digit(json[i], 16);
    }
    return unit;
  }
}
