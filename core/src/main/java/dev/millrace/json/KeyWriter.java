package dev.millrace.json;

import java.math.BigDecimal;
import java.math.BigInteger;

/** Writes the forms described at {@link CanonicalKey}, except a string that may stay bare. */
final class KeyWriter {
  /** A name that is not UTF-8 starts so; a name of its own would have its {@code $} doubled. */
  static final String NAME_PREFIX = "$utf8:";

  private static final int MAX_DECIMAL_DIGITS = 34;
  private static final double TWO_TO_63 = 0x1p63;

  private KeyWriter() {}

  /** Returns the first position after the value. */
  static int value(byte type, byte[] bson, int offset, int limit, JsonBuffer out, int depth) {
    // Also checks everything inside that is not a document.
    int end = BsonBytes.skipValue(type, bson, offset, limit);
    switch (type) {
      case BsonBytes.INT32 -> out.number(BsonBytes.readInt32(bson, offset));
      case BsonBytes.INT64 -> out.number(BsonBytes.readInt64(bson, offset));
      case BsonBytes.DOUBLE ->
          float64(Double.longBitsToDouble(BsonBytes.readInt64(bson, offset)), out);
      case BsonBytes.DECIMAL128 ->
          decimal(BsonBytes.readInt64(bson, offset + 8), BsonBytes.readInt64(bson, offset), out);
      case BsonBytes.STRING, BsonBytes.SYMBOL -> text(bson, offset + 4, end - 1, out);
      case BsonBytes.DOCUMENT -> fields(bson, offset, limit, out, depth + 1);
      case BsonBytes.ARRAY -> array(bson, offset, limit, out, depth + 1);
      case BsonBytes.BOOLEAN ->
          out.ascii(BsonBytes.readBoolean(bson, offset, limit) ? "true" : "false");
      case BsonBytes.NULL -> out.ascii("null");
      case BsonBytes.OBJECT_ID -> {
        if (depth == 0) {
          out.hex(bson, offset, 12);
        } else {
          objectId(bson, offset, out);
        }
      }
      default -> wrapped(type, bson, offset, end, out, depth);
    }
    return end;
  }

  private static void wrapped(
      byte type, byte[] bson, int offset, int end, JsonBuffer out, int depth) {
    switch (type) {
      case BsonBytes.DATE_TIME ->
          out.ascii("{\"$date\":{\"$numberLong\":\"")
              .number(BsonBytes.readInt64(bson, offset))
              .ascii("\"}}");
      case BsonBytes.TIMESTAMP -> {
        long bits = BsonBytes.readInt64(bson, offset);
        out.ascii("{\"$timestamp\":{\"t\":").number(bits >>> 32);
        out.ascii(",\"i\":").number(bits & 0xffff_ffffL).ascii("}}");
      }
      case BsonBytes.BINARY -> {
        byte subType = bson[offset + 4];
        int from = subType == BsonBytes.OLD_BINARY ? offset + 9 : offset + 5;
        out.ascii("{\"$binary\":{\"base64\":\"").base64(bson, from, end - from);
        out.ascii("\",\"subType\":\"").hex(bson, offset + 4, 1);
        out.ascii("\"}}");
      }
      case BsonBytes.REGULAR_EXPRESSION -> {
        int patternEnd = BsonBytes.cstringEnd(bson, offset, end);
        out.ascii("{\"$regularExpression\":{\"pattern\":");
        text(bson, offset, patternEnd, out);
        out.ascii(",\"options\":");
        text(bson, patternEnd + 1, end - 1, out);
        out.ascii("}}");
      }
      case BsonBytes.DB_POINTER -> {
        out.ascii("{\"$dbPointer\":{\"$ref\":");
        text(bson, offset + 4, end - 13, out);
        out.ascii(",\"$id\":");
        objectId(bson, end - 12, out);
        out.ascii("}}");
      }
      case BsonBytes.JAVASCRIPT -> {
        out.ascii("{\"$code\":");
        text(bson, offset + 4, end - 1, out);
        out.ascii('}');
      }
      case BsonBytes.JAVASCRIPT_WITH_SCOPE -> {
        int codeEnd = BsonBytes.stringEnd(bson, offset + 4, end);
        out.ascii("{\"$code\":");
        text(bson, offset + 8, codeEnd - 1, out);
        out.ascii(",\"$scope\":");
        fields(bson, codeEnd, end, out, depth + 1);
        out.ascii('}');
      }
      case BsonBytes.UNDEFINED -> out.ascii("{\"$undefined\":true}");
      case BsonBytes.MIN_KEY -> out.ascii("{\"$minKey\":1}");
      case BsonBytes.MAX_KEY -> out.ascii("{\"$maxKey\":1}");
      default -> throw BsonBytes.unknownType(type, offset);
    }
  }

  private static void fields(byte[] bson, int offset, int limit, JsonBuffer out, int depth) {
    BsonBytes.checkDepth(depth, offset);
    int last = BsonBytes.documentEnd(bson, offset, limit) - 1;
    int at = offset + 4;
    out.ascii('{');
    while (at < last) {
      if (at > offset + 4) {
        out.ascii(',');
      }
      int nameEnd = BsonBytes.cstringEnd(bson, at + 1, last);
      name(bson, at + 1, nameEnd, out);
      out.ascii(':');
      at = value(bson[at], bson, nameEnd + 1, last, out, depth);
    }
    out.ascii('}');
  }

  private static void array(byte[] bson, int offset, int limit, JsonBuffer out, int depth) {
    BsonBytes.checkDepth(depth, offset);
    int last = BsonBytes.documentEnd(bson, offset, limit) - 1;
    int at = offset + 4;
    out.ascii('[');
    while (at < last) {
      if (at > offset + 4) {
        out.ascii(',');
      }
      int nameEnd = BsonBytes.cstringEnd(bson, at + 1, last);
      at = value(bson[at], bson, nameEnd + 1, last, out, depth);
    }
    out.ascii(']');
  }

  private static void name(byte[] bson, int from, int end, JsonBuffer out) {
    out.ascii('"');
    if (!Utf8.isValid(bson, from, end)) {
      out.ascii(NAME_PREFIX).base64(bson, from, end - from);
    } else {
      if (from < end && bson[from] == '$') {
        out.ascii('$');
      }
      escaped(bson, from, end, out);
    }
    out.ascii('"');
  }

  private static void text(byte[] bson, int from, int end, JsonBuffer out) {
    if (!Utf8.isValid(bson, from, end)) {
      out.ascii("{\"$utf8\":\"").base64(bson, from, end - from);
      out.ascii("\"}");
      return;
    }
    out.ascii('"');
    escaped(bson, from, end, out);
    out.ascii('"');
  }

  private static void escaped(byte[] bson, int from, int end, JsonBuffer out) {
    int plainFrom = from;
    for (int i = from; i < end; i++) {
      byte b = bson[i];
      if (b == '"' || b == '\\' || (b >= 0 && b < 0x20) || b == 0x7f) {
        out.raw(bson, plainFrom, i - plainFrom).escaped(bson, i, 1);
        plainFrom = i + 1;
      }
    }
    out.raw(bson, plainFrom, end - plainFrom);
  }

  private static void objectId(byte[] bson, int offset, JsonBuffer out) {
    out.ascii("{\"$oid\":\"").hex(bson, offset, 12);
    out.ascii("\"}");
  }

  private static void float64(double value, JsonBuffer out) {
    if (value >= -TWO_TO_63 && value < TWO_TO_63 && value == Math.rint(value)) {
      out.number((long) value);
    } else {
      out.ascii(Double.toString(value));
    }
  }

  private static void decimal(long high, long low, JsonBuffer out) {
    if (Numbers.isDecimalNaN(high)) {
      out.ascii("NaN");
    } else if (Numbers.isDecimalInfinite(high)) {
      out.ascii(high < 0 ? "-Infinity" : "Infinity");
    } else {
      decimal(Numbers.decimal(high, low), out);
    }
  }

  private static void decimal(BigDecimal value, JsonBuffer out) {
    BigDecimal stripped = value.stripTrailingZeros();
    if (stripped.scale() <= 0 && stripped.precision() - stripped.scale() <= 19) {
      BigInteger integral = stripped.toBigIntegerExact();
      if (integral.bitLength() <= 63) {
        out.number(integral.longValue());
        return;
      }
    }
    double nearest = stripped.doubleValue();
    if (Double.isFinite(nearest) && nearest != 0 && isExactly(nearest, stripped)) {
      out.ascii(Double.toString(nearest));
    } else {
      out.ascii(stripped.toString()).ascii('m');
    }
  }

  /** Whether the double has the value of a decimal of 34 digits at most, compared exactly. */
  private static boolean isExactly(double value, BigDecimal decimal) {
    return decimal.precision() <= MAX_DECIMAL_DIGITS
        && new BigDecimal(value).compareTo(decimal) == 0;
  }
}
