package dev.millrace.json;

/** Reads UTF-8 as strictly as {@link String} does: no overlong forms, no surrogates. */
final class Utf8 {
  private Utf8() {}

  /** How many bytes the well-formed character at {@code at} has, or 0 when it is malformed. */
  static int sequenceLength(byte[] bytes, int at, int end) {
    int first = bytes[at] & 0xff;
    if (first < 0x80) {
      return 1;
    }
    int second = at + 1 < end ? bytes[at + 1] & 0xff : 0;
    if (first < 0xc2 || (second & 0xc0) != 0x80) {
      return 0;
    }
    if (first < 0xe0) {
      return 2;
    }
    if (at + 2 >= end || (bytes[at + 2] & 0xc0) != 0x80) {
      return 0;
    }
    if (first < 0xf0) {
      boolean overlong = first == 0xe0 && second < 0xa0;
      boolean surrogate = first == 0xed && second >= 0xa0;
      return overlong || surrogate ? 0 : 3;
    }
    if (at + 3 >= end || (bytes[at + 3] & 0xc0) != 0x80) {
      return 0;
    }
    boolean overlong = first == 0xf0 && second < 0x90;
    boolean beyondUnicode = first > 0xf4 || (first == 0xf4 && second >= 0x90);
    return overlong || beyondUnicode ? 0 : 4;
  }

  /** The code point of a well-formed character of this many bytes. */
  static int decode(byte[] bytes, int at, int length) {
    return switch (length) {
      case 1 -> bytes[at];
      case 2 -> (bytes[at] & 0x1f) << 6 | (bytes[at + 1] & 0x3f);
      case 3 -> (bytes[at] & 0x0f) << 12 | (bytes[at + 1] & 0x3f) << 6 | (bytes[at + 2] & 0x3f);
      default ->
          (bytes[at] & 0x07) << 18
              | (bytes[at + 1] & 0x3f) << 12
              | (bytes[at + 2] & 0x3f) << 6
              | (bytes[at + 3] & 0x3f);
    };
  }

  static boolean isValid(byte[] bytes, int from, int end) {
    int at = from;
    while (at < end) {
      int length = bytes[at] >= 0 ? 1 : sequenceLength(bytes, at, end);
      if (length == 0) {
        return false;
      }
      at += length;
    }
    return true;
  }
}
