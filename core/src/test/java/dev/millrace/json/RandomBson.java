package dev.millrace.json;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Random;
import java.util.UUID;
import org.bson.BsonArray;
import org.bson.BsonBinary;
import org.bson.BsonBinaryWriter;
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
import org.bson.codecs.BsonDocumentCodec;
import org.bson.codecs.EncoderContext;
import org.bson.io.BasicOutputBuffer;
import org.bson.types.Decimal128;
import org.bson.types.ObjectId;

/** Values of every BSON type, edges far more often than chance would have it. */
final class RandomBson {
  private static final double[] DOUBLES = {
    0.0,
    -0.0,
    1,
    -1,
    0.1,
    1e-3,
    9.999e-4,
    1e7,
    9999999.999999,
    1e15,
    1e16,
    1e22,
    1e23,
    9007199254740992d,
    0x1p63,
    -0x1p63,
    1.8e19,
    Double.MIN_VALUE,
    Double.MIN_NORMAL,
    Double.MAX_VALUE,
    2e-323,
    Double.NaN,
    Double.POSITIVE_INFINITY,
    Double.NEGATIVE_INFINITY
  };
  private static final long[] LONGS = {
    0,
    1,
    -1,
    9,
    10,
    99,
    100,
    Integer.MAX_VALUE,
    Integer.MIN_VALUE,
    9007199254740992L,
    9007199254740993L,
    Long.MAX_VALUE,
    Long.MIN_VALUE,
    1000000000000000000L,
    999999999999999999L
  };
  private static final long[] DATES = {
    0,
    -1,
    1,
    999,
    1000,
    100,
    10,
    951782400000L,
    951868799999L,
    1582934400000L,
    4107542399999L,
    253402300799999L,
    253402300800000L,
    Long.MIN_VALUE,
    Long.MAX_VALUE
  };
  private static final String[] DECIMALS = {
    "0",
    "-0",
    "0.0",
    "0E+3",
    "-0E-10",
    "1",
    "1.00",
    "1E+2",
    "0.1",
    "-1.5",
    "0.000001",
    "0.0000001",
    "1E-6176",
    "9.999999999999999999999999999999999E+6144",
    "1234567890123456789012345678901234",
    "NaN",
    "Infinity",
    "-Infinity",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775808",
    "9007199254740993",
    "1E+19",
    "1E+400",
    "0.5",
    "123.4500",
    "0.1000000000000000055511151231257827",
    "12345678901234567890.5"
  };
  private static final String[] STRINGS = {
    "",
    "a",
    "id",
    "0",
    "1",
    "-1",
    "1.0",
    "1E5",
    "NaN",
    "Infinity",
    "-Infinity",
    "true",
    "false",
    "null",
    "{",
    "[",
    "\"",
    "\\",
    "$oid",
    "$$a",
    "$",
    "{\"$oid\":\"x\"}",
    "507f1f77bcf86cd799439011",
    "507F1F77BCF86CD799439011",
    "0.1m",
    "a.b",
    "*",
    ">",
    "%",
    " ",
    "\u0000",
    "\u007f",
    "\u0080",
    "\u2028",
    "é",
    "日本語",
    "😀",
    "\uFFFD",
    "\u02b0",
    "\u0301",
    "\ue000",
    "\ufeff",
    "MinKey",
    "$utf8:",
    "$utf8:/w=="
  };

  private final Random random;

  RandomBson(long seed) {
    random = new Random(seed);
  }

  static byte[] bytes(BsonDocument document) {
    BasicOutputBuffer buffer = new BasicOutputBuffer();
    try (BsonBinaryWriter writer = new BsonBinaryWriter(buffer)) {
      new BsonDocumentCodec().encode(writer, document, EncoderContext.builder().build());
    }
    return buffer.toByteArray();
  }

  BsonDocument document(int depth) {
    BsonDocument document = new BsonDocument();
    int fields = random.nextInt(depth > 3 ? 3 : 8);
    for (int i = 0; i < fields; i++) {
      document.put(name(), value(depth + 1));
    }
    return document;
  }

  BsonValue value(int depth) {
    return switch (random.nextInt(depth > 4 ? 22 : 26)) {
      case 0, 1 -> number();
      case 2, 3 -> new BsonString(text());
      case 4 -> new BsonObjectId(objectId());
      case 5 -> BsonBoolean.valueOf(random.nextBoolean());
      case 6 -> BsonNull.VALUE;
      case 7 -> new BsonDateTime(date());
      case 8 -> new BsonBinary((byte) random.nextInt(256), data());
      case 9 -> new BsonBinary(new UUID(random.nextLong(), random.nextLong()));
      case 10 -> new BsonBinary((byte) random.nextInt(10), data());
      case 11 -> new BsonTimestamp(random.nextInt(), random.nextInt());
      case 12 -> new BsonRegularExpression(cstring(), "imsxu\u00e9".substring(random.nextInt(7)));
      case 13 -> new BsonDbPointer(text(), objectId());
      case 14 -> new BsonSymbol(text());
      case 15 -> new BsonJavaScript(text());
      case 16 -> new BsonUndefined();
      case 17 -> random.nextBoolean() ? new BsonMinKey() : new BsonMaxKey();
      case 18, 19, 20, 21 -> number();
      case 22 -> new BsonJavaScriptWithScope(text(), document(depth + 1));
      case 23 -> array(depth);
      default -> document(depth);
    };
  }

  BsonValue number() {
    return switch (random.nextInt(10)) {
      case 0 -> new BsonInt32(random.nextInt());
      case 1 -> new BsonInt32((int) LONGS[random.nextInt(LONGS.length)]);
      case 2 -> new BsonInt64(random.nextLong() >> random.nextInt(64));
      case 3 -> new BsonInt64(LONGS[random.nextInt(LONGS.length)] + random.nextInt(3) - 1);
      case 4 -> new BsonDouble(DOUBLES[random.nextInt(DOUBLES.length)]);
      case 5 -> new BsonDouble(Double.longBitsToDouble(random.nextLong()));
      case 6 ->
          new BsonDouble((random.nextInt(2_000_001) - 1_000_000) / Math.pow(10, random.nextInt(8)));
      case 7 -> new BsonDouble(random.nextInt(20));
      case 8 -> new BsonDecimal128(Decimal128.parse(DECIMALS[random.nextInt(DECIMALS.length)]));
      default -> new BsonDecimal128(decimal());
    };
  }

  String text() {
    if (random.nextInt(3) == 0) {
      return STRINGS[random.nextInt(STRINGS.length)];
    }
    StringBuilder text = new StringBuilder();
    int length = random.nextInt(random.nextInt(8) == 0 ? 200 : 20);
    int kind = random.nextInt(5);
    for (int i = 0; i < length; i++) {
      text.appendCodePoint(
          switch (kind) {
            case 0 -> random.nextInt(128);
            case 1 -> random.nextInt(8) == 0 ? random.nextInt(0xd800) : 'a' + random.nextInt(26);
            case 2 -> random.nextInt(0xd800);
            case 3 ->
                random.nextInt(4) == 0
                    ? 0x10000 + random.nextInt(0x100000)
                    : 0xe000 + random.nextInt(0x2000);
            default -> ' ' + random.nextInt(95);
          });
    }
    return text.toString();
  }

  private String name() {
    return cstring();
  }

  private String cstring() {
    return text().replace("\u0000", "");
  }

  private BsonArray array(int depth) {
    BsonArray array = new BsonArray();
    int length = random.nextInt(5);
    for (int i = 0; i < length; i++) {
      array.add(value(depth + 1));
    }
    return array;
  }

  private ObjectId objectId() {
    byte[] bytes = new byte[12];
    random.nextBytes(bytes);
    return new ObjectId(bytes);
  }

  private byte[] data() {
    byte[] data = new byte[random.nextInt(20)];
    random.nextBytes(data);
    return data;
  }

  private long date() {
    return switch (random.nextInt(3)) {
      case 0 -> DATES[random.nextInt(DATES.length)];
      case 1 -> random.nextLong();
      default ->
          (long) (random.nextDouble() * 253402300800000d)
              / (random.nextBoolean() ? 1 : 1000)
              * 1000;
    };
  }

  private Decimal128 decimal() {
    BigInteger digits = new BigInteger(random.nextInt(112), random);
    BigDecimal value = new BigDecimal(digits, random.nextInt(40) - 10);
    return new Decimal128(random.nextBoolean() ? value : value.negate());
  }
}
