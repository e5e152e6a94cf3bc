package dev.millrace.json;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Steps for walking raw BSON without building anything from it.
 *
 * <p>Offsets are positions in the array. A {@code limit} is the first position the step may not
 * touch: the array's length, or the terminator of the enclosing document. Every step checks its
 * bounds and throws {@link MalformedBsonException}, never an index error.
 */
public final class BsonBytes {
  public static final byte DOUBLE = 0x01;
  public static final byte STRING = 0x02;
  public static final byte DOCUMENT = 0x03;
  public static final byte ARRAY = 0x04;
  public static final byte BINARY = 0x05;
  public static final byte UNDEFINED = 0x06;
  public static final byte OBJECT_ID = 0x07;
  public static final byte BOOLEAN = 0x08;
  public static final byte DATE_TIME = 0x09;
  public static final byte NULL = 0x0a;
  public static final byte REGULAR_EXPRESSION = 0x0b;
  public static final byte DB_POINTER = 0x0c;
  public static final byte JAVASCRIPT = 0x0d;
  public static final byte SYMBOL = 0x0e;
  public static final byte JAVASCRIPT_WITH_SCOPE = 0x0f;
  public static final byte INT32 = 0x10;
  public static final byte TIMESTAMP = 0x11;
  public static final byte INT64 = 0x12;
  public static final byte DECIMAL128 = 0x13;
  public static final byte MIN_KEY = (byte) 0xff;
  public static final byte MAX_KEY = 0x7f;

  static final byte OLD_BINARY = 0x02;

  /**
   * Documents nested deeper than this are refused, because the walkers recurse. The server itself
   * stores at most 180 levels.
   */
  static final int MAX_DEPTH = 1000;

  private static final VarHandle INTS =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private BsonBytes() {}

  public static int readInt32(byte[] bson, int offset) {
    return readInt32(bson, offset, bson.length);
  }

  static int readInt32(byte[] bson, int offset, int limit) {
    need(4, offset, limit);
    return (int) INTS.get(bson, offset);
  }

  public static long readInt64(byte[] bson, int offset) {
    return readInt64(bson, offset, bson.length);
  }

  static long readInt64(byte[] bson, int offset, int limit) {
    need(8, offset, limit);
    return (long) LONGS.get(bson, offset);
  }

  /** Where the NUL that ends the name or C string starting at {@code offset} stands. */
  public static int cstringEnd(byte[] bson, int offset, int limit) {
    for (int i = offset; i < limit; i++) {
      if (bson[i] == 0) {
        return i;
      }
    }
    throw new MalformedBsonException("a name or C string does not end", offset);
  }

  /**
   * The first position after the document or array at {@code offset}, having checked that its
   * length fits and that it ends in a NUL; what lies between is not looked at.
   */
  public static int documentEnd(byte[] bson, int offset, int limit) {
    int length = readInt32(bson, offset, limit);
    if (length < 5 || length > limit - offset) {
      throw new MalformedBsonException(
          "a document of " + length + " bytes where " + (limit - offset) + " are left", offset);
    }
    int end = offset + length;
    if (bson[end - 1] != 0) {
      throw new MalformedBsonException("a document does not end in a NUL", end - 1);
    }
    return end;
  }

  /**
   * The first position after the string at {@code offset} and its NUL. The text itself is the bytes
   * from {@code offset + 4} up to one before the result.
   */
  public static int stringEnd(byte[] bson, int offset, int limit) {
    int length = readInt32(bson, offset, limit);
    if (length < 1 || length > limit - offset - 4) {
      throw new MalformedBsonException(
          "a string of " + length + " bytes where " + (limit - offset - 4) + " are left", offset);
    }
    int end = offset + 4 + length;
    if (bson[end - 1] != 0) {
      throw new MalformedBsonException("a string does not end in a NUL", end - 1);
    }
    return end;
  }

  /** The first position after the value of this type at {@code offset}. */
  public static int skipValue(byte type, byte[] bson, int offset) {
    return skipValue(type, bson, offset, bson.length);
  }

  /** As {@link #skipValue(byte, byte[], int)}, for a value that must end at or before a limit. */
  public static int skipValue(byte type, byte[] bson, int offset, int limit) {
    return switch (type) {
      case DOUBLE, DATE_TIME, TIMESTAMP, INT64 -> fixed(8, offset, limit);
      case STRING, JAVASCRIPT, SYMBOL -> stringEnd(bson, offset, limit);
      case DOCUMENT, ARRAY -> documentEnd(bson, offset, limit);
      case BINARY -> binaryEnd(bson, offset, limit);
      case UNDEFINED, NULL, MIN_KEY, MAX_KEY -> offset;
      case OBJECT_ID -> fixed(12, offset, limit);
      case BOOLEAN -> fixed(1, offset, limit);
      case REGULAR_EXPRESSION -> cstringEnd(bson, cstringEnd(bson, offset, limit) + 1, limit) + 1;
      case DB_POINTER -> fixed(12, stringEnd(bson, offset, limit), limit);
      case JAVASCRIPT_WITH_SCOPE -> codeWithScopeEnd(bson, offset, limit);
      case INT32 -> fixed(4, offset, limit);
      case DECIMAL128 -> fixed(16, offset, limit);
      default -> throw unknownType(type, offset);
    };
  }

  /**
   * Where the first top-level field of this name starts, at its type byte, or -1. The value starts
   * {@code name.length + 2} bytes further on.
   *
   * @param name the field's name in UTF-8, without a NUL
   */
  public static int findField(byte[] bson, int offset, byte[] name) {
    int last = documentEnd(bson, offset, bson.length) - 1;
    int at = offset + 4;
    while (at < last) {
      int nameEnd = cstringEnd(bson, at + 1, last);
      if (Arrays.equals(bson, at + 1, nameEnd, name, 0, name.length)) {
        return at;
      }
      at = skipValue(bson[at], bson, nameEnd + 1, last);
    }
    return -1;
  }

  /**
   * The first position after the binary value at {@code offset}, checking subtype 2's inner length.
   */
  static int binaryEnd(byte[] bson, int offset, int limit) {
    need(5, offset, limit);
    int length = readInt32(bson, offset, limit);
    if (length < 0 || length > limit - offset - 5) {
      throw new MalformedBsonException(
          "binary data of " + length + " bytes where " + (limit - offset - 5) + " are left",
          offset);
    }
    if (bson[offset + 4] == OLD_BINARY
        && (length < 4 || readInt32(bson, offset + 5, limit) != length - 4)) {
      throw new MalformedBsonException("old binary data with two different lengths", offset);
    }
    return offset + 5 + length;
  }

  /**
   * The first position after the code with scope at {@code offset}, checking that its parts fit.
   */
  static int codeWithScopeEnd(byte[] bson, int offset, int limit) {
    int length = readInt32(bson, offset, limit);
    // Its own length, the code's, a NUL and an empty document are the least it can hold.
    if (length < 14 || length > limit - offset) {
      throw new MalformedBsonException(
          "code with scope of " + length + " bytes where " + (limit - offset) + " are left",
          offset);
    }
    int end = offset + length;
    if (documentEnd(bson, stringEnd(bson, offset + 4, end), end) != end) {
      throw new MalformedBsonException("code with scope has bytes left over", offset);
    }
    return end;
  }

  static boolean readBoolean(byte[] bson, int offset, int limit) {
    need(1, offset, limit);
    byte value = bson[offset];
    if (value != 0 && value != 1) {
      throw new MalformedBsonException("a boolean that is neither 0 nor 1", offset);
    }
    return value == 1;
  }

  static void need(int bytes, int offset, int limit) {
    if (offset < 0 || bytes > limit - offset) {
      throw new MalformedBsonException(
          bytes + " bytes wanted where " + (limit - offset) + " are left", offset);
    }
  }

  static void checkDepth(int depth, int offset) {
    if (depth > MAX_DEPTH) {
      throw new MalformedBsonException("nested deeper than " + MAX_DEPTH + " levels", offset);
    }
  }

  static MalformedBsonException unknownType(byte type, int offset) {
    return new MalformedBsonException("unknown type 0x" + Integer.toHexString(type & 0xff), offset);
  }

  private static int fixed(int bytes, int offset, int limit) {
    need(bytes, offset, limit);
    return offset + bytes;
  }
}
