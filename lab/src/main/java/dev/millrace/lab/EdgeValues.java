package dev.millrace.lab;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.bson.BsonArray;
import org.bson.BsonBinary;
import org.bson.BsonBinarySubType;
import org.bson.BsonBoolean;
import org.bson.BsonDateTime;
import org.bson.BsonDbPointer;
import org.bson.BsonDecimal128;
import org.bson.BsonDocument;
import org.bson.BsonDouble;
import org.bson.BsonInt32;
import org.bson.BsonInt64;
import org.bson.BsonJavaScript;
import org.bson.BsonJavaScriptWithScope;
import org.bson.BsonMaxKey;
import org.bson.BsonMinKey;
import org.bson.BsonNull;
import org.bson.BsonObjectId;
import org.bson.BsonRegularExpression;
import org.bson.BsonString;
import org.bson.BsonSymbol;
import org.bson.BsonTimestamp;
import org.bson.BsonUndefined;
import org.bson.BsonValue;
import org.bson.UuidRepresentation;
import org.bson.types.Decimal128;
import org.bson.types.ObjectId;

/**
 * BSON values at the edges of what MongoDB stores, every type among them. All are small, and a real
 * server takes each and gives it back as it was. The lists are always the same and immutable.
 */
public final class EdgeValues {
  private static final UUID SOME_UUID = UUID.fromString("00112233-4455-6677-8899-aabbccddeeff");
  private static final List<BsonValue> VALUES = List.copyOf(makeValues());
  private static final List<BsonValue> IDS = List.copyOf(makeIds());

  private EdgeValues() {}

  /** Values for fields other than {@code _id}. */
  public static List<BsonValue> values() {
    return VALUES;
  }

  /**
   * Values for {@code _id}: no arrays, regular expressions or undefined, which the server refuses,
   * and no two that it holds to be equal, so one collection can have them all.
   */
  public static List<BsonValue> ids() {
    return IDS;
  }

  private static List<BsonValue> makeValues() {
    List<BsonValue> values = new ArrayList<>();
    addNumbers(values);
    addTexts(values);
    addBinaries(values);
    addDates(values);
    values.add(new BsonObjectId(new ObjectId("000000000000000000000000")));
    values.add(new BsonObjectId(new ObjectId("ffffffffffffffffffffffff")));
    values.add(BsonBoolean.TRUE);
    values.add(BsonBoolean.FALSE);
    values.add(BsonNull.VALUE);
    values.add(new BsonUndefined());
    values.add(new BsonMinKey());
    values.add(new BsonMaxKey());
    values.add(new BsonRegularExpression("^a/b\\d\"", "imsx"));
    values.add(new BsonRegularExpression(""));
    values.add(new BsonDbPointer("db.coll", new ObjectId("0123456789abcdef01234567")));
    values.add(new BsonJavaScript("function () { return \"é\"; }"));
    values.add(
        new BsonJavaScriptWithScope("x", new BsonDocument("x", new BsonInt64(Long.MIN_VALUE))));
    values.add(new BsonSymbol("symbol \u00e9"));
    addContainers(values);
    return values;
  }

  private static void addNumbers(List<BsonValue> values) {
    double[] doubles = {
      0.0,
      -0.0,
      1.0,
      0.1,
      -1.5e-300,
      1e22,
      123456789.125,
      Double.MIN_VALUE,
      Double.MAX_VALUE,
      9007199254740992.0,
      Double.NaN,
      Double.POSITIVE_INFINITY,
      Double.NEGATIVE_INFINITY
    };
    for (double number : doubles) {
      values.add(new BsonDouble(number));
    }
    for (int number : new int[] {0, 1, -1, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
      values.add(new BsonInt32(number));
    }
    long[] longs = {0, 1, 1L << 31, (1L << 53) + 1, Long.MIN_VALUE, Long.MAX_VALUE};
    for (long number : longs) {
      values.add(new BsonInt64(number));
    }
    String[] decimals = {
      "0",
      "-0",
      "0.1",
      "1.0",
      "1E+6144",
      "-1E-6176",
      "9.999999999999999999999999999999999E+6144",
      "12345678901234567890.1234567890",
      "NaN",
      "Infinity",
      "-Infinity"
    };
    for (String number : decimals) {
      values.add(new BsonDecimal128(Decimal128.parse(number)));
    }
  }

  private static void addTexts(List<BsonValue> values) {
    String[] texts = {
      "",
      " ",
      "plain",
      "a.b $c/d",
      "quotes \" ' ` and \\ backslash",
      "line\nfeed\r\ttab\b\f",
      "zero \u0000 inside",
      "control \u0001\u001f\u007f\u0085",
      "separators \u2028\u2029 \ufeff",
      "Gr\u00fc\u00dfe, \u041f\u0440\u0438\u0432\u0435\u0442, \u4f60\u597d",
      "emoji \ud83d\ude80\ud83d\udc69\u200d\ud83d\udcbb",
      "</script><!-- & -->",
      "{\"$oid\": \"0123456789abcdef01234567\"}",
      "NaN",
      "null"
    };
    for (String text : texts) {
      values.add(new BsonString(text));
    }
  }

  private static void addBinaries(List<BsonValue> values) {
    byte[] sixteen = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
    for (BsonBinarySubType type : BsonBinarySubType.values()) {
      // Encrypted and compressed-column data have an inner form that servers may come to check.
      if (type != BsonBinarySubType.ENCRYPTED && type != BsonBinarySubType.COLUMN) {
        values.add(new BsonBinary(type, sixteen));
      }
    }
    values.add(new BsonBinary(BsonBinarySubType.BINARY, new byte[0]));
    values.add(new BsonBinary(BsonBinarySubType.OLD_BINARY, new byte[0]));
    values.add(new BsonBinary((byte) 0xff, new byte[] {0, -1, 127, -128}));
    values.add(new BsonBinary(SOME_UUID, UuidRepresentation.STANDARD));
    values.add(new BsonBinary(SOME_UUID, UuidRepresentation.JAVA_LEGACY));
  }

  private static void addDates(List<BsonValue> values) {
    long[] millis = {
      0,
      1,
      -1,
      1_700_000_000_123L,
      1_700_000_000_000L,
      // The last millisecond that relaxed JSON writes as text, and the first that it does not.
      253_402_300_799_999L,
      253_402_300_800_000L,
      -62_135_596_800_000L,
      Long.MIN_VALUE,
      Long.MAX_VALUE
    };
    for (long milli : millis) {
      values.add(new BsonDateTime(milli));
    }
    // Not (0, 0): a server puts its own time in place of that at the top of a document.
    values.add(new BsonTimestamp(1, 1));
    values.add(new BsonTimestamp(-1, -1));
  }

  private static void addContainers(List<BsonValue> values) {
    values.add(new BsonDocument());
    values.add(new BsonArray());
    values.add(new BsonDocument("", new BsonString("empty name")));
    values.add(
        new BsonDocument("a.b", new BsonInt32(1))
            .append("0", new BsonTimestamp(0, 0))
            .append(
                "\u00e9 \"", new BsonDocument("deep", new BsonArray(List.of(new BsonArray())))));
    values.add(
        new BsonArray(
            List.of(
                new BsonInt32(1),
                new BsonString("two"),
                BsonNull.VALUE,
                new BsonDouble(Double.NaN),
                new BsonDocument("x", new BsonMinKey()))));
    BsonValue nested = new BsonInt64(1);
    for (int depth = 0; depth < 40; depth++) {
      nested = depth % 2 == 0 ? new BsonDocument("d", nested) : new BsonArray(List.of(nested));
    }
    values.add(nested);
  }

  private static List<BsonValue> makeIds() {
    List<BsonValue> ids = new ArrayList<>();
    ids.add(new BsonObjectId(new ObjectId("0123456789abcdef01234567")));
    ids.add(new BsonString("0123456789abcdef01234567"));
    ids.add(new BsonInt32(0));
    ids.add(new BsonInt32(-7));
    ids.add(new BsonInt64((1L << 53) + 1));
    ids.add(new BsonInt64(Long.MIN_VALUE));
    ids.add(new BsonDouble(0.1));
    ids.add(new BsonDouble(Double.NaN));
    ids.add(new BsonDouble(Double.NEGATIVE_INFINITY));
    ids.add(new BsonDouble(1L << 53));
    ids.add(new BsonDecimal128(Decimal128.parse("0.1")));
    ids.add(new BsonDecimal128(Decimal128.parse("1E+40")));
    String[] texts = {
      "",
      " leading and trailing ",
      "a.b.c",
      "$dollar",
      "sl/ash?q=1&r=%20*>",
      "\u00fcn\u00efc\u00f6de \ud83d\ude80",
      "line\nfeed",
      "zero \u0000 inside",
      "-7",
      "quote \" and \\"
    };
    for (String text : texts) {
      ids.add(new BsonString(text));
    }
    ids.add(new BsonDocument());
    ids.add(new BsonDocument("a", new BsonInt32(1)).append("b", new BsonString("x")));
    ids.add(new BsonDocument("b", new BsonString("x")).append("a", new BsonInt32(1)));
    ids.add(new BsonDocument("list", new BsonArray(List.of(new BsonInt32(1), new BsonInt32(2)))));
    ids.add(new BsonBinary(SOME_UUID, UuidRepresentation.STANDARD));
    ids.add(new BsonBinary(SOME_UUID, UuidRepresentation.JAVA_LEGACY));
    ids.add(new BsonBinary(new byte[0]));
    ids.add(new BsonBinary((byte) 0x80, new byte[] {1}));
    ids.add(new BsonDateTime(0));
    ids.add(new BsonDateTime(-62_135_596_800_001L));
    ids.add(BsonBoolean.TRUE);
    ids.add(BsonBoolean.FALSE);
    ids.add(BsonNull.VALUE);
    ids.add(new BsonTimestamp(7, 1));
    ids.add(new BsonMinKey());
    ids.add(new BsonMaxKey());
    ids.add(new BsonJavaScript("x"));
    ids.add(new BsonJavaScriptWithScope("x", new BsonDocument("x", new BsonInt32(1))));
    return ids;
  }
}
