package dev.millrace.json;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A growing array of UTF-8 bytes, meant to be kept and cleared for one document after another. Not
 * safe for use by several threads.
 *
 * <p>{@link #clear} lets an array above {@value #RETAINED_BYTES} bytes go, so one huge document
 * does not hold its memory for the life of a stream.
 */
public final class JsonBuffer {
  /** The largest array kept by {@link #clear}. */
  public static final int RETAINED_BYTES = 1 << 20;

  private static final int INITIAL_BYTES = 4096;
  private static final int MAX_BYTES = Integer.MAX_VALUE - 8;

  private static final VarHandle WORDS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INTS =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long ONES = 0x0101010101010101L;
  private static final long HIGH_BITS = 0x8080808080808080L;

  private static final byte[] HEX = Ascii.of("0123456789abcdef");
  private static final byte[] BASE64 =
      Ascii.of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
  private static final byte[] TENS = new byte[100];
  private static final byte[] UNITS = new byte[100];

  /** For the characters below 128: 0 passes, 'u' wants four digits, else the letter after the \. */
  private static final byte[] ESCAPES = new byte[128];

  static {
    for (int i = 0; i < 100; i++) {
      TENS[i] = (byte) ('0' + i / 10);
      UNITS[i] = (byte) ('0' + i % 10);
    }
    Arrays.fill(ESCAPES, 0, 0x20, (byte) 'u');
    ESCAPES[0x7f] = 'u';
    ESCAPES['\b'] = 'b';
    ESCAPES['\t'] = 't';
    ESCAPES['\n'] = 'n';
    ESCAPES['\f'] = 'f';
    ESCAPES['\r'] = 'r';
    ESCAPES['"'] = '"';
    ESCAPES['\\'] = '\\';
  }

  private byte[] array;
  private int size;

  public JsonBuffer() {
    this(INITIAL_BYTES);
  }

  /**
   * @param capacity how many bytes to make room for at the start
   */
  public JsonBuffer(int capacity) {
    array = new byte[Math.max(capacity, 64)];
  }

  /**
   * The bytes themselves, of which the first {@link #size} count. Good until the next call that
   * appends or clears; not a copy.
   */
  public byte[] array() {
    return array;
  }

  public int size() {
    return size;
  }

  /** Forgets the content, and the array too when it is above {@value #RETAINED_BYTES} bytes. */
  public void clear() {
    size = 0;
    if (array.length > RETAINED_BYTES) {
      array = new byte[INITIAL_BYTES];
    }
  }

  /** Goes back to an earlier {@link #size}, forgetting what was appended since. */
  public void truncate(int earlierSize) {
    if (earlierSize < 0 || earlierSize > size) {
      throw new IllegalArgumentException(earlierSize + " is not between 0 and " + size);
    }
    size = earlierSize;
  }

  /** A copy of the content. */
  public byte[] toByteArray() {
    return Arrays.copyOf(array, size);
  }

  /** The content as text. */
  @Override
  public String toString() {
    return new String(array, 0, size, StandardCharsets.UTF_8);
  }

  /**
   * @param c a character below 128
   */
  public JsonBuffer ascii(char c) {
    reserve(1);
    array[size++] = (byte) c;
    return this;
  }

  /**
   * @param text characters below 128 only; nothing is escaped
   */
  @SuppressWarnings("deprecation") // The one call that copies ASCII without a detour; not removed.
  public JsonBuffer ascii(String text) {
    int length = text.length();
    reserve(length);
    text.getBytes(0, length, array, size);
    size += length;
    return this;
  }

  public JsonBuffer raw(byte[] bytes) {
    return raw(bytes, 0, bytes.length);
  }

  /** Appends bytes as they are. */
  public JsonBuffer raw(byte[] bytes, int offset, int length) {
    reserve(length);
    System.arraycopy(bytes, offset, array, size, length);
    size += length;
    return this;
  }

  public JsonBuffer number(int value) {
    return number((long) value);
  }

  /** Appends decimal digits, spelled as {@link Long#toString(long)} does. */
  public JsonBuffer number(long value) {
    reserve(20);
    if (value < 0) {
      if (value == Long.MIN_VALUE) {
        return ascii("-9223372036854775808");
      }
      array[size++] = '-';
      value = -value;
    }
    int length = digits(value);
    putDigits(value, length);
    return this;
  }

  /** Appends a JSON string with its quotes, escaped as the driver's JsonWriter escapes. */
  public JsonBuffer quoted(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    return quoted(utf8, 0, utf8.length);
  }

  /** Appends a JSON string with its quotes from UTF-8; see {@link #escaped}. */
  public JsonBuffer quoted(byte[] utf8, int offset, int length) {
    ascii('"');
    escaped(utf8, offset, length);
    return ascii('"');
  }

  /**
   * Appends UTF-8 text escaped for the inside of a JSON string, exactly as the driver's JsonWriter
   * does it on the same JDK: the quote, the backslash and control characters, and also the
   * characters above 127 that are modifier letters, combining marks, format characters, line and
   * paragraph separators, surrogates (so all of the supplementary planes), private use or
   * unassigned. Bytes that are not UTF-8 become U+FFFD, as many as {@link String} makes of them.
   */
  public JsonBuffer escaped(byte[] utf8, int offset, int length) {
    int at = offset;
    int end = offset + length;
    while (at < end) {
      reserve(end - at + 8);
      if (at + 8 <= utf8.length) {
        // Eight bytes are copied and looked at together; those past the first special one, or past
        // the end, are overwritten by what follows.
        long word = (long) WORDS.get(utf8, at);
        WORDS.set(array, size, word);
        int plain = Math.min(plainBytes(word), end - at);
        at += plain;
        size += plain;
        if (plain == 8 || at == end) {
          continue;
        }
      }
      byte b = utf8[at];
      if (b >= 0) {
        escapedAscii(b);
        at++;
      } else {
        at = escapedBeyondAscii(utf8, at, end);
      }
    }
    return this;
  }

  /**
   * Appends the C string at {@code offset} as a field's name, with the colon and the space.
   *
   * @return the first position after its NUL, which must be before the limit
   */
  int name(byte[] bson, int offset, int limit) {
    int at = offset;
    reserve(16);
    array[size++] = '"';
    while (at + 8 <= bson.length) {
      long word = (long) WORDS.get(bson, at);
      WORDS.set(array, size, word);
      int plain = plainBytes(word);
      at += plain;
      size += plain;
      if (plain < 8) {
        break;
      }
      reserve(16);
    }
    if (at >= limit || bson[at] != 0) {
      int end = BsonBytes.cstringEnd(bson, at, limit);
      escaped(bson, at, end - at);
      at = end;
    }
    reserve(3);
    byte[] a = array;
    int s = size;
    a[s] = '"';
    a[s + 1] = ':';
    a[s + 2] = ' ';
    size = s + 3;
    return at + 1;
  }

  void comma() {
    reserve(2);
    array[size] = ',';
    array[size + 1] = ' ';
    size += 2;
  }

  /** Lower-case hexadecimal, two digits a byte. */
  void hex(byte[] bytes, int offset, int length) {
    reserve(2 * length);
    byte[] a = array;
    int s = size;
    int i = 0;
    for (; i + 4 <= length; i += 4) {
      WORDS.set(a, s, hexWord((int) INTS.get(bytes, offset + i)));
      s += 8;
    }
    for (; i < length; i++) {
      int b = bytes[offset + i];
      a[s++] = HEX[(b >> 4) & 0xf];
      a[s++] = HEX[b & 0xf];
    }
    size = s;
  }

  void base64(byte[] bytes, int offset, int length) {
    reserve(Math.multiplyExact((length + 2) / 3, 4));
    byte[] a = array;
    int s = size;
    int at = offset;
    int lastWhole = offset + length / 3 * 3;
    while (at < lastWhole) {
      int bits = (bytes[at] & 0xff) << 16 | (bytes[at + 1] & 0xff) << 8 | (bytes[at + 2] & 0xff);
      a[s] = BASE64[bits >>> 18];
      a[s + 1] = BASE64[(bits >>> 12) & 0x3f];
      a[s + 2] = BASE64[(bits >>> 6) & 0x3f];
      a[s + 3] = BASE64[bits & 0x3f];
      s += 4;
      at += 3;
    }
    int left = offset + length - at;
    if (left > 0) {
      int bits = (bytes[at] & 0xff) << 16 | (left == 2 ? (bytes[at + 1] & 0xff) << 8 : 0);
      a[s] = BASE64[bits >>> 18];
      a[s + 1] = BASE64[(bits >>> 12) & 0x3f];
      a[s + 2] = left == 2 ? BASE64[(bits >>> 6) & 0x3f] : (byte) '=';
      a[s + 3] = '=';
      s += 4;
    }
    size = s;
  }

  /** Exactly this many decimal digits of a value that is not negative, with leading zeros. */
  void paddedNumber(long value, int length) {
    reserve(length);
    putDigits(value, length);
  }

  static int digits(long value) {
    int digits = 1;
    long bound = 10;
    while (digits < 19 && value >= bound) {
      digits++;
      bound *= 10;
    }
    return digits;
  }

  private void putDigits(long value, int length) {
    byte[] a = array;
    int s = size + length;
    int left = length;
    while (left >= 2) {
      long rest = value / 100;
      int pair = (int) (value - rest * 100);
      a[--s] = UNITS[pair];
      a[--s] = TENS[pair];
      value = rest;
      left -= 2;
    }
    if (left == 1) {
      a[--s] = (byte) ('0' + value % 10);
    }
    size += length;
  }

  /**
   * How many of a word's bytes, from the lowest, are printable ASCII other than the quote and the
   * backslash. Borrows and carries only ever spoil bytes above one that is special itself, so the
   * lowest mark is right.
   */
  private static int plainBytes(long word) {
    long special =
        word
            | (word - 0x20 * ONES)
            | (word + ONES)
            | ((word ^ 0x22 * ONES) - ONES)
            | ((word ^ 0x5c * ONES) - ONES);
    return Long.numberOfTrailingZeros(special & HIGH_BITS) >>> 3;
  }

  /** The eight hexadecimal digits of four bytes, all at once: object ids are everywhere. */
  private static long hexWord(int bytes) {
    long spread = bytes & 0xffff_ffffL;
    spread = (spread | spread << 16) & 0x0000ffff0000ffffL;
    spread = (spread | spread << 8) & 0x00ff00ff00ff00ffL;
    long nibbles = ((spread >>> 4) & 0x000f000f000f000fL) | (spread & 0x000f000f000f000fL) << 8;
    long letters = ((nibbles + 0x06 * ONES) >>> 4) & ONES;
    return nibbles + 0x30 * ONES + letters * ('a' - '9' - 1);
  }

  private void escapedAscii(byte b) {
    byte escape = ESCAPES[b];
    reserve(6);
    if (escape == 0) {
      array[size++] = b;
    } else if (escape == 'u') {
      unicodeEscape(b);
    } else {
      array[size++] = '\\';
      array[size++] = escape;
    }
  }

  /** Escapes UTF-16 units one by one, halves of a surrogate pair too. */
  void escapedUnits(char[] units) {
    for (char unit : units) {
      if (Character.isSurrogate(unit)) {
        reserve(6);
        unicodeEscape(unit);
      } else {
        byte[] utf8 = String.valueOf(unit).getBytes(StandardCharsets.UTF_8);
        escaped(utf8, 0, utf8.length);
      }
    }
  }

  /** Takes characters above 127 for as long as they last; returns where the next ASCII one is. */
  private int escapedBeyondAscii(byte[] utf8, int from, int end) {
    int at = from;
    while (at < end && utf8[at] < 0) {
      int length = Utf8.sequenceLength(utf8, at, end);
      if (length == 0) {
        return escapedMalformed(utf8, at, end);
      }
      reserve(12);
      int codePoint = Utf8.decode(utf8, at, length);
      if (length == 4) {
        unicodeEscape(Character.highSurrogate(codePoint));
        unicodeEscape(Character.lowSurrogate(codePoint));
      } else if (EscapedCharacters.contains(codePoint)) {
        unicodeEscape(codePoint);
      } else {
        for (int i = 0; i < length; i++) {
          array[size++] = utf8[at + i];
        }
      }
      at += length;
    }
    return at;
  }

  /** String knows how many replacement characters a malformed sequence is worth. */
  private int escapedMalformed(byte[] utf8, int from, int end) {
    byte[] replaced =
        new String(utf8, from, end - from, StandardCharsets.UTF_8).getBytes(StandardCharsets.UTF_8);
    escaped(replaced, 0, replaced.length);
    return end;
  }

  private void unicodeEscape(int c) {
    byte[] a = array;
    int s = size;
    a[s] = '\\';
    a[s + 1] = 'u';
    a[s + 2] = HEX[c >> 12];
    a[s + 3] = HEX[(c >> 8) & 0xf];
    a[s + 4] = HEX[(c >> 4) & 0xf];
    a[s + 5] = HEX[c & 0xf];
    size = s + 6;
  }

  private void reserve(int bytes) {
    if (bytes > array.length - size) {
      grow(bytes);
    }
  }

  private void grow(int bytes) {
    long wanted = (long) size + bytes;
    if (wanted > MAX_BYTES) {
      throw new IllegalStateException("JSON of more than " + MAX_BYTES + " bytes");
    }
    array = Arrays.copyOf(array, (int) Math.min(Math.max(wanted, 2L * array.length), MAX_BYTES));
  }

  /** Which characters of the basic plane above 127 the driver escapes, by their category. */
  private static final class EscapedCharacters {
    private static final long[] BITS = new long[0x10000 / 64];

    static {
      for (int c = 0; c < 0x10000; c++) {
        if (isEscaped(c)) {
          BITS[c >> 6] |= 1L << c;
        }
      }
    }

    private EscapedCharacters() {}

    static boolean contains(int c) {
      return (BITS[c >> 6] & 1L << c) != 0;
    }

    private static boolean isEscaped(int c) {
      return switch (Character.getType(c)) {
        case Character.UNASSIGNED,
            Character.MODIFIER_LETTER,
            Character.NON_SPACING_MARK,
            Character.ENCLOSING_MARK,
            Character.COMBINING_SPACING_MARK,
            Character.LINE_SEPARATOR,
            Character.PARAGRAPH_SEPARATOR,
            Character.CONTROL,
            Character.FORMAT,
            Character.PRIVATE_USE,
            Character.SURROGATE ->
            true;
        default -> false;
      };
    }
  }
}
