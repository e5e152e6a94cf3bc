package dev.millrace.json;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.bson.types.Decimal128;

/**
 * Turns BSON bytes into Extended JSON v2 bytes, nothing in between.
 *
 * <p>The output is byte for byte what the MongoDB Java driver 5.14.0 prints for the same document
 * with {@code JsonWriterSettings} of output mode {@code RELAXED} or {@code EXTENDED}, so a consumer
 * may parse it with any Extended JSON reader. Which characters are escaped above 127 goes by the
 * Unicode tables of the running JDK, in the driver and here.
 *
 * <p>Text that is not UTF-8 is read as the driver reads it, with U+FFFD for what cannot be decoded.
 * Anything else that is wrong is a {@link MalformedBsonException}; the buffer then holds a part of
 * the document, to be cleared or truncated by the caller.
 */
public final class BsonJson {
  private static final byte[][] NOTHING = {};

  private static final byte[] OPEN_OID = Ascii.of("{\"$oid\": \"");
  private static final byte[] OPEN_INT = Ascii.of("{\"$numberInt\": \"");
  private static final byte[] OPEN_LONG = Ascii.of("{\"$numberLong\": \"");
  private static final byte[] OPEN_DOUBLE = Ascii.of("{\"$numberDouble\": \"");
  private static final byte[] OPEN_DECIMAL = Ascii.of("{\"$numberDecimal\": \"");
  private static final byte[] OPEN_DATE = Ascii.of("{\"$date\": \"");
  private static final byte[] OPEN_DATE_LONG = Ascii.of("{\"$date\": {\"$numberLong\": \"");
  private static final byte[] OPEN_BINARY = Ascii.of("{\"$binary\": {\"base64\": \"");
  private static final byte[] SUB_TYPE = Ascii.of("\", \"subType\": \"");
  private static final byte[] OPEN_REGEX = Ascii.of("{\"$regularExpression\": {\"pattern\": \"");
  private static final byte[] OPTIONS = Ascii.of("\", \"options\": \"");
  private static final byte[] OPEN_TIMESTAMP = Ascii.of("{\"$timestamp\": {\"t\": ");
  private static final byte[] INCREMENT = Ascii.of(", \"i\": ");
  private static final byte[] OPEN_CODE = Ascii.of("{\"$code\": \"");
  private static final byte[] SCOPE = Ascii.of("\", \"$scope\": ");
  private static final byte[] OPEN_SYMBOL = Ascii.of("{\"$symbol\": \"");
  private static final byte[] OPEN_POINTER = Ascii.of("{\"$dbPointer\": {\"$ref\": \"");
  private static final byte[] OPEN_RELAXED_POINTER = Ascii.of("{\"$ref\": \"");
  private static final byte[] POINTER_ID = Ascii.of("\", \"$id\": ");
  private static final byte[] UNDEFINED = Ascii.of("{\"$undefined\": true}");
  private static final byte[] MIN_KEY = Ascii.of("{\"$minKey\": 1}");
  private static final byte[] MAX_KEY = Ascii.of("{\"$maxKey\": 1}");
  private static final byte[] TRUE = Ascii.of("true");
  private static final byte[] FALSE = Ascii.of("false");
  private static final byte[] NULL = Ascii.of("null");
  private static final byte[] CLOSE_TEXT = Ascii.of("\"}");
  private static final byte[] CLOSE_TEXT_TWICE = Ascii.of("\"}}");
  private static final byte[] CLOSE_TWICE = Ascii.of("}}");

  private BsonJson() {}

  /**
   * Appends the document at {@code offset}; bytes after it are not looked at.
   *
   * @return the first position after the document
   * @throws MalformedBsonException for bytes that are not BSON, or nested beyond 1,000 levels
   */
  public static int document(byte[] bson, int offset, JsonMode mode, JsonBuffer out) {
    return documentWithout(NOTHING, bson, offset, mode, out);
  }

  /**
   * As {@link #document}, leaving out the top-level fields of these names.
   *
   * @param skip the names in UTF-8; a handful, since each field is compared with each of them
   */
  public static int documentWithout(
      byte[][] skip, byte[] bson, int offset, JsonMode mode, JsonBuffer out) {
    return fields(skip, bson, offset, bson.length, mode == JsonMode.CANONICAL, out, 1);
  }

  /**
   * Appends one value of this BSON type.
   *
   * @return the first position after the value
   * @throws MalformedBsonException for bytes that are not BSON, or nested beyond 1,000 levels
   */
  public static int value(byte type, byte[] bson, int offset, JsonMode mode, JsonBuffer out) {
    return value(type, bson, offset, bson.length, mode == JsonMode.CANONICAL, out, 0);
  }

  private static int fields(
      byte[][] skip,
      byte[] bson,
      int offset,
      int limit,
      boolean canonical,
      JsonBuffer out,
      int depth) {
    BsonBytes.checkDepth(depth, offset);
    int end = BsonBytes.documentEnd(bson, offset, limit);
    int last = end - 1;
    int at = offset + 4;
    boolean first = true;
    out.ascii('{');
    while (at < last) {
      byte type = bson[at++];
      if (skip.length > 0) {
        int nameEnd = BsonBytes.cstringEnd(bson, at, last);
        if (isOneOf(skip, bson, at, nameEnd)) {
          at = BsonBytes.skipValue(type, bson, nameEnd + 1, last);
          continue;
        }
      }
      if (first) {
        first = false;
      } else {
        out.comma();
      }
      at = out.name(bson, at, last);
      at = value(type, bson, at, last, canonical, out, depth);
    }
    out.ascii('}');
    return end;
  }

  private static int array(
      byte[] bson, int offset, int limit, boolean canonical, JsonBuffer out, int depth) {
    BsonBytes.checkDepth(depth, offset);
    int end = BsonBytes.documentEnd(bson, offset, limit);
    int last = end - 1;
    int at = offset + 4;
    boolean first = true;
    out.ascii('[');
    while (at < last) {
      byte type = bson[at];
      if (first) {
        first = false;
      } else {
        out.comma();
      }
      at = BsonBytes.cstringEnd(bson, at + 1, last) + 1;
      at = value(type, bson, at, last, canonical, out, depth);
    }
    out.ascii(']');
    return end;
  }

  private static boolean isOneOf(byte[][] names, byte[] bson, int from, int to) {
    for (byte[] name : names) {
      if (Arrays.equals(bson, from, to, name, 0, name.length)) {
        return true;
      }
    }
    return false;
  }

  private static int value(
      byte type, byte[] bson, int offset, int limit, boolean canonical, JsonBuffer out, int depth) {
    return switch (type) {
      case BsonBytes.STRING -> {
        int end = BsonBytes.stringEnd(bson, offset, limit);
        out.quoted(bson, offset + 4, end - offset - 5);
        yield end;
      }
      case BsonBytes.INT32 -> {
        int32(BsonBytes.readInt32(bson, offset, limit), canonical, out);
        yield offset + 4;
      }
      case BsonBytes.INT64 -> {
        int64(BsonBytes.readInt64(bson, offset, limit), canonical, out);
        yield offset + 8;
      }
      case BsonBytes.DOUBLE -> {
        long bits = BsonBytes.readInt64(bson, offset, limit);
        float64(Double.longBitsToDouble(bits), canonical, out);
        yield offset + 8;
      }
      case BsonBytes.DOCUMENT -> fields(NOTHING, bson, offset, limit, canonical, out, depth + 1);
      case BsonBytes.ARRAY -> array(bson, offset, limit, canonical, out, depth + 1);
      case BsonBytes.OBJECT_ID -> {
        BsonBytes.need(12, offset, limit);
        objectId(bson, offset, out);
        yield offset + 12;
      }
      case BsonBytes.DATE_TIME -> {
        date(BsonBytes.readInt64(bson, offset, limit), canonical, out);
        yield offset + 8;
      }
      case BsonBytes.BOOLEAN -> {
        out.raw(BsonBytes.readBoolean(bson, offset, limit) ? TRUE : FALSE);
        yield offset + 1;
      }
      case BsonBytes.NULL -> {
        out.raw(NULL);
        yield offset;
      }
      default -> rareValue(type, bson, offset, limit, canonical, out, depth);
    };
  }

  /** Kept apart so that the common types stay small enough for the compiler to inline. */
  private static int rareValue(
      byte type, byte[] bson, int offset, int limit, boolean canonical, JsonBuffer out, int depth) {
    // Also checks everything inside that is not a document.
    int end = BsonBytes.skipValue(type, bson, offset, limit);
    switch (type) {
      case BsonBytes.DECIMAL128 -> decimal(bson, offset, limit, out);
      case BsonBytes.BINARY -> binary(bson, offset, end, out);
      case BsonBytes.TIMESTAMP -> {
        long bits = BsonBytes.readInt64(bson, offset, limit);
        out.raw(OPEN_TIMESTAMP).number(bits >>> 32);
        out.raw(INCREMENT).number(bits & 0xffff_ffffL).raw(CLOSE_TWICE);
      }
      case BsonBytes.REGULAR_EXPRESSION -> {
        int patternEnd = BsonBytes.cstringEnd(bson, offset, limit);
        out.raw(OPEN_REGEX).escaped(bson, offset, patternEnd - offset).raw(OPTIONS);
        regexOptions(bson, patternEnd + 1, end - 1, out);
        out.raw(CLOSE_TEXT_TWICE);
      }
      case BsonBytes.DB_POINTER -> {
        out.raw(canonical ? OPEN_POINTER : OPEN_RELAXED_POINTER);
        out.escaped(bson, offset + 4, end - 12 - offset - 5).raw(POINTER_ID);
        objectId(bson, end - 12, out);
        out.ascii('}');
        if (canonical) {
          out.ascii('}');
        }
      }
      case BsonBytes.JAVASCRIPT ->
          out.raw(OPEN_CODE).escaped(bson, offset + 4, end - offset - 5).raw(CLOSE_TEXT);
      case BsonBytes.SYMBOL ->
          out.raw(OPEN_SYMBOL).escaped(bson, offset + 4, end - offset - 5).raw(CLOSE_TEXT);
      case BsonBytes.JAVASCRIPT_WITH_SCOPE -> {
        int codeEnd = BsonBytes.stringEnd(bson, offset + 4, end);
        out.raw(OPEN_CODE).escaped(bson, offset + 8, codeEnd - offset - 9).raw(SCOPE);
        fields(NOTHING, bson, codeEnd, end, canonical, out, depth + 1);
        out.ascii('}');
      }
      case BsonBytes.UNDEFINED -> out.raw(UNDEFINED);
      case BsonBytes.MIN_KEY -> out.raw(MIN_KEY);
      case BsonBytes.MAX_KEY -> out.raw(MAX_KEY);
      default -> throw BsonBytes.unknownType(type, offset);
    }
    return end;
  }

  private static void int32(int value, boolean canonical, JsonBuffer out) {
    if (canonical) {
      out.raw(OPEN_INT).number(value).raw(CLOSE_TEXT);
    } else {
      out.number(value);
    }
  }

  private static void int64(long value, boolean canonical, JsonBuffer out) {
    if (canonical) {
      out.raw(OPEN_LONG).number(value).raw(CLOSE_TEXT);
    } else {
      out.number(value);
    }
  }

  private static void float64(double value, boolean canonical, JsonBuffer out) {
    if (canonical || !Double.isFinite(value)) {
      out.raw(OPEN_DOUBLE);
      Numbers.append(value, out);
      out.raw(CLOSE_TEXT);
    } else {
      Numbers.append(value, out);
    }
  }

  private static void objectId(byte[] bson, int offset, JsonBuffer out) {
    out.raw(OPEN_OID).hex(bson, offset, 12);
    out.raw(CLOSE_TEXT);
  }

  private static void date(long millis, boolean canonical, JsonBuffer out) {
    // The driver writes what lies before 1970 or behind the year 9999 as numbers.
    if (canonical || millis < 0 || millis > IsoTime.LAST_MILLIS) {
      out.raw(OPEN_DATE_LONG).number(millis).raw(CLOSE_TEXT_TWICE);
    } else {
      out.raw(OPEN_DATE);
      isoDate(millis, out);
      out.raw(CLOSE_TEXT);
    }
  }

  /**
   * As {@code ISO_OFFSET_DATE_TIME} prints it in UTC: seconds always, the fraction only as long as
   * it must be. For the years 1970 to 9999.
   */
  private static void isoDate(long millis, JsonBuffer out) {
    int fraction = IsoTime.append(millis, out);
    if (fraction > 0) {
      out.ascii('.');
      if (fraction % 100 == 0) {
        out.paddedNumber(fraction / 100, 1);
      } else if (fraction % 10 == 0) {
        out.paddedNumber(fraction / 10, 2);
      } else {
        out.paddedNumber(fraction, 3);
      }
    }
    out.ascii('Z');
  }

  private static void binary(byte[] bson, int offset, int end, JsonBuffer out) {
    byte subType = bson[offset + 4];
    // Subtype 2 repeats its length inside; the driver leaves that out.
    int from = subType == BsonBytes.OLD_BINARY ? offset + 9 : offset + 5;
    out.raw(OPEN_BINARY).base64(bson, from, end - from);
    out.raw(SUB_TYPE).ascii(upperHex(subType >> 4)).ascii(upperHex(subType)).raw(CLOSE_TEXT_TWICE);
  }

  private static char upperHex(int value) {
    return "0123456789ABCDEF".charAt(value & 0xf);
  }

  /** The driver sorts the options by their UTF-16 units when it reads them. */
  private static void regexOptions(byte[] bson, int from, int end, JsonBuffer out) {
    for (int i = from; i < end; i++) {
      if (bson[i] < 0 || (i > from && bson[i] < bson[i - 1])) {
        char[] options = new String(bson, from, end - from, StandardCharsets.UTF_8).toCharArray();
        Arrays.sort(options);
        out.escapedUnits(options);
        return;
      }
    }
    out.escaped(bson, from, end - from);
  }

  private static void decimal(byte[] bson, int offset, int limit, JsonBuffer out) {
    long low = BsonBytes.readInt64(bson, offset, limit);
    long high = BsonBytes.readInt64(bson, offset + 8, limit);
    out.raw(OPEN_DECIMAL);
    if (!Numbers.appendShortDecimal(high, low, out)) {
      out.ascii(Decimal128.fromIEEE754BIDEncoding(high, low).toString());
    }
    out.raw(CLOSE_TEXT);
  }
}
