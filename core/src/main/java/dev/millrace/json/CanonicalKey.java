package dev.millrace.json;

import dev.millrace.model.RawValue;
import java.nio.charset.StandardCharsets;
import org.bson.BsonBinaryWriter;
import org.bson.BsonDocument;
import org.bson.BsonValue;
import org.bson.codecs.BsonDocumentCodec;
import org.bson.codecs.EncoderContext;
import org.bson.io.BasicOutputBuffer;

/**
 * One text for a document's {@code _id}: two values have the same text exactly when MongoDB's
 * unique index takes them for the same {@code _id}.
 *
 * <p>So numbers are spelled by value and not by type, at every depth: {@code 1}, {@code 1L}, {@code
 * 1.0} and the decimal {@code 1.00} are {@code 1}; all zeros are {@code 0}; all NaNs are {@code
 * NaN}. A symbol is the string of the same text, as the server's comparison has it. Field order,
 * binary subtypes and the types other than numbers stay apart.
 *
 * <ul>
 *   <li>ObjectId: 24 lower-case hexadecimal digits.
 *   <li>Numbers: digits when integral and within 64 bits; else {@link Double#toString(double)} when
 *       a double has exactly this value; else, for a decimal, its stripped {@link
 *       java.math.BigDecimal#toString} and an {@code m}; {@code NaN}, {@code Infinity} and {@code
 *       -Infinity}.
 *   <li>Strings: as they are, unless that could be read as something else on this list or holds a
 *       control character; then quoted as in JSON.
 *   <li>{@code true}, {@code false}, {@code null}.
 *   <li>The rest: Extended JSON v2 (canonical) without spaces, with numbers as above, strings
 *       always quoted, and a {@code $} before the {@code $} of a field's own name. A single {@code
 *       $} therefore always announces a type: <code>{"$oid":…}</code> is an ObjectId, <code>
 *       {"$$oid":…}</code> a document.
 * </ul>
 *
 * <p>Only the quote, the backslash and control characters are escaped, so unlike the output of
 * {@link BsonJson} a key does not depend on the JDK's Unicode tables. Text that is not UTF-8 keeps
 * its bytes apart as <code>{"$utf8":"base64"}</code>.
 */
public final class CanonicalKey {
  private CanonicalKey() {}

  /**
   * The key of a value in raw BSON.
   *
   * @throws MalformedBsonException for bytes that are not BSON, or nested beyond 1,000 levels
   */
  public static String of(byte type, byte[] bson, int offset) {
    if (type == BsonBytes.OBJECT_ID) {
      return objectId(bson, offset);
    }
    if (type == BsonBytes.INT32) {
      return Integer.toString(BsonBytes.readInt32(bson, offset));
    }
    if (type == BsonBytes.STRING || type == BsonBytes.SYMBOL) {
      int end = BsonBytes.stringEnd(bson, offset, bson.length) - 1;
      if (isBare(bson, offset + 4, end)) {
        return new String(bson, offset + 4, end - offset - 4, StandardCharsets.UTF_8);
      }
    }
    JsonBuffer out = new JsonBuffer(128);
    KeyWriter.value(type, bson, offset, bson.length, out, 0);
    return out.toString();
  }

  /** The key of a value where it lies. */
  public static String of(RawValue value) {
    return of(value.type(), value.bytes(), value.offset());
  }

  public static String of(BsonValue value) {
    BasicOutputBuffer buffer = new BasicOutputBuffer();
    try (BsonBinaryWriter writer = new BsonBinaryWriter(buffer)) {
      new BsonDocumentCodec()
          .encode(writer, new BsonDocument("", value), EncoderContext.builder().build());
    }
    byte[] bson = buffer.toByteArray();
    return of(bson[4], bson, 6);
  }

  /** Whether a string's text stands for itself at the top level. */
  private static boolean isBare(byte[] bson, int from, int end) {
    if (from == end || bson[from] == '"' || bson[from] == '{' || bson[from] == '[') {
      return false;
    }
    boolean ascii = true;
    boolean numeric = startsNumber((char) bson[from]);
    for (int i = from; i < end; i++) {
      byte b = bson[i];
      if (b < 0) {
        ascii = false;
      } else if (b < 0x20 || b == 0x7f) {
        return false;
      }
      numeric &= isNumeric((char) b);
    }
    if (!ascii) {
      return Utf8.isValid(bson, from, end);
    }
    return !numeric && !isHex24(bson, from, end) && !isReserved(bson, from, end);
  }

  private static boolean startsNumber(char c) {
    return (c >= '0' && c <= '9') || c == '-';
  }

  private static boolean isNumeric(char c) {
    return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'E' || c == 'm';
  }

  private static boolean isHex24(byte[] bson, int from, int end) {
    if (end - from != 24) {
      return false;
    }
    for (int i = from; i < end; i++) {
      if (Character.digit(bson[i], 16) < 0) {
        return false;
      }
    }
    return true;
  }

  private static boolean isReserved(byte[] bson, int from, int end) {
    if (end - from > 9) {
      return false;
    }
    return switch (new String(bson, from, end - from, StandardCharsets.US_ASCII)) {
      case "true",
          "false",
          "null",
          "NaN",
          "Infinity",
          "-Infinity",
          "MinKey",
          "MaxKey",
          "undefined" ->
          true;
      default -> false;
    };
  }

  private static String objectId(byte[] bson, int offset) {
    BsonBytes.need(12, offset, bson.length);
    JsonBuffer out = new JsonBuffer(64);
    out.hex(bson, offset, 12);
    return out.toString();
  }
}
