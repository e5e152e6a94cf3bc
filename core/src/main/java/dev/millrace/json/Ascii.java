package dev.millrace.json;

import java.nio.charset.StandardCharsets;

/** Constants as bytes. */
final class Ascii {
  private Ascii() {}

  static byte[] of(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
