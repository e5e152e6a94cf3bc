package dev.millrace.sink.crate;

import dev.millrace.table.RowKey;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Names that CrateDB takes for tables. */
final class TableNames {
  /**
   * CrateDB takes 255 with the schema's; some are left for that, and for names made of this one.
   */
  private static final int BYTES = 180;

  private static final int HASH_DIGITS = 16;
  private static final String REFUSED = "\"\\/*?<>|,#.";

  private TableNames() {}

  /** The name, with an underscore for each character that is not taken. */
  static String fitting(String name) {
    StringBuilder fitting = new StringBuilder(name.length());
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      boolean refused = REFUSED.indexOf(c) >= 0 || c <= ' ' || c == 0x7f;
      boolean refusedFirst = i == 0 && (c == '-' || c == '+');
      fitting.append(refused || refusedFirst ? '_' : c);
    }
    return shortened(fitting.toString(), name);
  }

  private static String shortened(String fitting, String name) {
    if (bytes(fitting) <= BYTES) {
      return fitting;
    }
    String hash = RowKey.sha256(name).substring(0, HASH_DIGITS);
    int end = fitting.length();
    while (bytes(fitting.substring(0, end)) > BYTES - HASH_DIGITS - 1) {
      end = fitting.offsetByCodePoints(end, -1);
    }
    return fitting.substring(0, end) + "_" + hash;
  }

  private static int bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }

  /** Whether it is one of ours. */
  static boolean isReserved(String name) {
    return name.toLowerCase(Locale.ROOT).startsWith("millrace_");
  }
}
