package dev.millrace.lab;

import java.util.Random;

/** Text of any length that does not compress well. */
final class Padding {
  private static final int POOL_CHARS = 64 * 1024;

  private final Random random;
  private final String pool;

  Padding(Random random) {
    this.random = random;
    StringBuilder text = new StringBuilder(POOL_CHARS);
    while (text.length() < POOL_CHARS) {
      text.append(Long.toString(random.nextLong() >>> 1, 36));
    }
    text.setLength(POOL_CHARS);
    this.pool = text.toString();
  }

  /** So many characters, none for 0 and less. */
  String text(int wanted) {
    int length = Math.max(0, wanted);
    StringBuilder text = new StringBuilder(length);
    while (text.length() < length) {
      int start = random.nextInt(POOL_CHARS);
      text.append(pool, start, Math.min(POOL_CHARS, start + length - text.length()));
    }
    return text.toString();
  }
}
