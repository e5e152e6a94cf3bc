package dev.millrace.json;

import org.bson.types.Decimal128;
import org.jspecify.annotations.Nullable;

/**
 * Turns BSON bytes into the JSON of a Singer record, nothing in between, and tells a schema what it
 * saw on the way.
 *
 * <p>Values are spelled as tap-mongodb 3.3.0 does, whose targets know them so: ids, UUIDs and times
 * as text (times in UTC with six digits of the second), decimals as numbers with all their digits,
 * binary data as Base64. Where it fails or writes what is no JSON, docs/TAP.md has what is written
 * here instead.
 */
public final class SingerJson {
  private static final byte[] TRUE = Ascii.of("true");
  private static final byte[] FALSE = Ascii.of("false");
  private static final byte[] NULL = Ascii.of("null");
  private static final byte[] REFERENCE = Ascii.of("$ref");
  private static final byte[] REFERENCE_ID = Ascii.of("$id");
  private static final byte[] REFERENCE_DATABASE = Ascii.of("$db");
  private static final byte[] MICROS = Ascii.of("000Z\"");

  private static final byte UUID_LEGACY = 0x03;
  private static final byte UUID = 0x04;
  private static final int UUID_BYTES = 16;

  /** Bytes, and where the hyphens are. */
  private static final int[] UUID_PARTS = {4, -1, 2, -1, 2, -1, 2, -1, 6};

  /** In the order of Python's flags: I is 2, L 4, M 8, S 16, U 32, X 64. */
  private static final String REGEX_OPTIONS = "ilmsux";

  private SingerJson() {}

  /**
   * Appends the document at {@code offset} as a record.
   *
   * @return the first position after the document
   * @throws MalformedBsonException for bytes that are not BSON, or nested beyond 1,000 levels; part
   *     of it may be written then
   */
  public static int document(byte[] bson, int offset, SingerSchema schema, JsonBuffer out) {
    return fields(bson, offset, bson.length, schema.root(), out, 1);
  }

  /** Appends one value of this BSON type as in a record. */
  public static void value(byte type, byte[] bson, int offset, JsonBuffer out) {
    value(type, bson, offset, bson.length, null, out, 0);
  }

  /** Appends a time with its quotes; of cluster time, which has seconds. */
  public static void time(long millis, JsonBuffer out) {
    out.ascii('"');
    long inRange = Math.clamp(millis, IsoTime.FIRST_MILLIS, IsoTime.LAST_MILLIS);
    int fraction = IsoTime.append(inRange, out);
    out.ascii('.').paddedNumber(fraction, 3);
    out.raw(MICROS);
  }

  private static int fields(
      byte[] bson,
      int offset,
      int limit,
      SingerSchema.@Nullable Properties properties,
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
      if ((type == BsonBytes.MIN_KEY || type == BsonBytes.MAX_KEY)
          && !(depth == 1 && isId(bson, at))) {
        at = BsonBytes.cstringEnd(bson, at, last) + 1;
        continue;
      }
      if (first) {
        first = false;
      } else {
        out.comma();
      }
      int name = at;
      at = out.name(bson, at, last);
      SingerSchema.AnyOf place =
          properties != null && isDescribed(type, bson, at, last)
              ? properties.of(bson, name, at - 1)
              : null;
      at = value(type, bson, at, last, place, out, depth);
    }
    out.ascii('}');
    return end;
  }

  /** A record without its key is none. */
  private static boolean isId(byte[] bson, int name) {
    return bson[name] == '_'
        && bson[name + 1] == 'i'
        && bson[name + 2] == 'd'
        && bson[name + 3] == 0;
  }

  private static boolean isDescribed(byte type, byte[] bson, int value, int limit) {
    return switch (type) {
      case BsonBytes.DOCUMENT -> !isReference(bson, value, limit);
      case BsonBytes.DOUBLE,
          BsonBytes.ARRAY,
          BsonBytes.DATE_TIME,
          BsonBytes.TIMESTAMP,
          BsonBytes.DECIMAL128 ->
          true;
      default -> false;
    };
  }

  private static int array(
      byte[] bson,
      int offset,
      int limit,
      SingerSchema.@Nullable AnyOf items,
      JsonBuffer out,
      int depth) {
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
      at = value(type, bson, at, last, items, out, depth);
    }
    out.ascii(']');
    return end;
  }

  private static int value(
      byte type,
      byte[] bson,
      int offset,
      int limit,
      SingerSchema.@Nullable AnyOf place,
      JsonBuffer out,
      int depth) {
    return switch (type) {
      case BsonBytes.STRING -> {
        int end = BsonBytes.stringEnd(bson, offset, limit);
        out.quoted(bson, offset + 4, end - offset - 5);
        yield end;
      }
      case BsonBytes.INT32 -> {
        out.number(BsonBytes.readInt32(bson, offset, limit));
        yield offset + 4;
      }
      case BsonBytes.INT64 -> {
        out.number(BsonBytes.readInt64(bson, offset, limit));
        yield offset + 8;
      }
      case BsonBytes.DOUBLE -> {
        float64(Double.longBitsToDouble(BsonBytes.readInt64(bson, offset, limit)), place, out);
        yield offset + 8;
      }
      case BsonBytes.DOCUMENT -> object(bson, offset, limit, place, out, depth + 1);
      case BsonBytes.ARRAY ->
          array(bson, offset, limit, place == null ? null : place.items(), out, depth + 1);
      case BsonBytes.OBJECT_ID -> {
        BsonBytes.need(12, offset, limit);
        objectId(bson, offset, out);
        yield offset + 12;
      }
      case BsonBytes.DATE_TIME -> {
        if (place != null) {
          place.time();
        }
        time(BsonBytes.readInt64(bson, offset, limit), out);
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
      default -> rareValue(type, bson, offset, limit, place, out, depth);
    };
  }

  /** Kept apart so that the common types stay small enough for the compiler to inline. */
  private static int rareValue(
      byte type,
      byte[] bson,
      int offset,
      int limit,
      SingerSchema.@Nullable AnyOf place,
      JsonBuffer out,
      int depth) {
    // Also checks everything inside that is not a document.
    int end = BsonBytes.skipValue(type, bson, offset, limit);
    switch (type) {
      case BsonBytes.DECIMAL128 -> decimal(bson, offset, limit, place, out);
      case BsonBytes.BINARY -> binary(bson, offset, end, out);
      case BsonBytes.TIMESTAMP -> {
        if (place != null) {
          place.time();
        }
        time(1_000 * (BsonBytes.readInt64(bson, offset, limit) >>> 32), out);
      }
      case BsonBytes.REGULAR_EXPRESSION -> {
        int patternEnd = BsonBytes.cstringEnd(bson, offset, limit);
        out.ascii("{\"pattern\": ").quoted(bson, offset, patternEnd - offset);
        out.ascii(", \"flags\": ").number(flags(bson, patternEnd + 1, end - 1)).ascii('}');
      }
      case BsonBytes.DB_POINTER -> {
        out.ascii("{\"id\": ");
        objectId(bson, end - 12, out);
        out.ascii(", \"collection\": ").quoted(bson, offset + 4, end - 12 - offset - 5);
        out.ascii(", \"database\": null}");
      }
      case BsonBytes.JAVASCRIPT, BsonBytes.SYMBOL -> out.quoted(bson, offset + 4, end - offset - 5);
      case BsonBytes.JAVASCRIPT_WITH_SCOPE -> {
        int codeEnd = BsonBytes.stringEnd(bson, offset + 4, end);
        out.ascii("{\"value\": ").quoted(bson, offset + 8, codeEnd - offset - 9);
        JsonBuffer scope = new JsonBuffer();
        fields(bson, codeEnd, end, null, scope, depth + 1);
        out.ascii(", \"scope\": ").quoted(scope.array(), 0, scope.size()).ascii('}');
      }
      case BsonBytes.UNDEFINED -> out.raw(NULL);
      case BsonBytes.MIN_KEY -> out.ascii(depth <= 1 ? "\"MinKey\"" : "null");
      case BsonBytes.MAX_KEY -> out.ascii(depth <= 1 ? "\"MaxKey\"" : "null");
      default -> throw BsonBytes.unknownType(type, offset);
    }
    return end;
  }

  private static int object(
      byte[] bson,
      int offset,
      int limit,
      SingerSchema.@Nullable AnyOf place,
      JsonBuffer out,
      int depth) {
    int end = BsonBytes.documentEnd(bson, offset, limit);
    int id = isReference(bson, offset, end) ? BsonBytes.findField(bson, offset, REFERENCE_ID) : -1;
    if (id < 0) {
      SingerSchema.Properties inside = place == null ? null : place.object();
      return fields(bson, offset, limit, inside, out, depth);
    }
    out.ascii("{\"id\": ");
    text(bson, id, end, depth, out);
    out.ascii(", \"collection\": ");
    text(bson, offset + 4, end, depth, out);
    out.ascii(", \"database\": ");
    int database = BsonBytes.findField(bson, offset, REFERENCE_DATABASE);
    if (database < 0) {
      out.raw(NULL);
    } else {
      text(bson, database, end, depth, out);
    }
    out.ascii('}');
    return end;
  }

  private static boolean isReference(byte[] bson, int offset, int end) {
    int name = offset + 5;
    return end - name > REFERENCE.length + 1
        && bson[offset + 4] == BsonBytes.STRING
        && bson[name] == '$'
        && bson[name + 1] == 'r'
        && bson[name + 2] == 'e'
        && bson[name + 3] == 'f'
        && bson[name + 4] == 0;
  }

  /** The value of the field at its type byte, as text whatever its type. */
  private static void text(byte[] bson, int field, int limit, int depth, JsonBuffer out) {
    byte type = bson[field];
    int at = BsonBytes.cstringEnd(bson, field + 1, limit) + 1;
    JsonBuffer json = new JsonBuffer(64);
    value(type, bson, at, limit, null, json, depth);
    if (json.array()[0] == '"') {
      out.raw(json.array(), 0, json.size());
    } else {
      out.quoted(json.array(), 0, json.size());
    }
  }

  private static void objectId(byte[] bson, int offset, JsonBuffer out) {
    out.ascii('"');
    out.hex(bson, offset, 12);
    out.ascii('"');
  }

  private static void float64(double value, SingerSchema.@Nullable AnyOf place, JsonBuffer out) {
    if (place != null) {
      place.fraction();
    }
    if (Double.isFinite(value)) {
      Numbers.append(value, out);
    } else {
      // JSON has no such numbers.
      out.ascii('"').ascii(Double.toString(value)).ascii('"');
    }
  }

  private static void decimal(
      byte[] bson, int offset, int limit, SingerSchema.@Nullable AnyOf place, JsonBuffer out) {
    if (place != null) {
      place.fraction();
    }
    long low = BsonBytes.readInt64(bson, offset, limit);
    long high = BsonBytes.readInt64(bson, offset + 8, limit);
    if (Numbers.isDecimalNaN(high) || Numbers.isDecimalInfinite(high)) {
      out.ascii('"').ascii(Decimal128.fromIEEE754BIDEncoding(high, low).toString()).ascii('"');
    } else if (!Numbers.appendShortDecimal(high, low, out)) {
      out.ascii(Decimal128.fromIEEE754BIDEncoding(high, low).toString());
    }
  }

  /** As a UUID where it says that it is one; subtype 3 in the order that its bytes are in. */
  private static void binary(byte[] bson, int offset, int end, JsonBuffer out) {
    byte subType = bson[offset + 4];
    out.ascii('"');
    if ((subType == UUID || subType == UUID_LEGACY) && end - offset - 5 == UUID_BYTES) {
      int at = offset + 5;
      for (int part : UUID_PARTS) {
        if (part < 0) {
          out.ascii('-');
        } else {
          out.hex(bson, at, part);
          at += part;
        }
      }
    } else {
      int from = subType == BsonBytes.OLD_BINARY ? offset + 9 : offset + 5;
      out.base64(bson, from, end - from);
    }
    out.ascii('"');
  }

  private static int flags(byte[] bson, int from, int end) {
    int flags = 0;
    for (int i = from; i < end; i++) {
      int place = REGEX_OPTIONS.indexOf(bson[i]);
      flags |= place < 0 ? 0 : 2 << place;
    }
    return flags;
  }
}
