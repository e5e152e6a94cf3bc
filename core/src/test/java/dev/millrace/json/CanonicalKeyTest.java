package dev.millrace.json;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.bson.BsonArray;
import org.bson.BsonBinary;
import org.bson.BsonBoolean;
import org.bson.BsonDateTime;
import org.bson.BsonDecimal128;
import org.bson.BsonDocument;
import org.bson.BsonDouble;
import org.bson.BsonInt32;
import org.bson.BsonInt64;
import org.bson.BsonJavaScriptWithScope;
import org.bson.BsonMaxKey;
import org.bson.BsonMinKey;
import org.bson.BsonNull;
import org.bson.BsonObjectId;
import org.bson.BsonString;
import org.bson.BsonSymbol;
import org.bson.BsonTimestamp;
import org.bson.BsonUndefined;
import org.bson.BsonValue;
import org.bson.types.Decimal128;
import org.bson.types.ObjectId;
import org.junit.jupiter.api.Test;

class CanonicalKeyTest {
  @Test
  void spellsNumbersByValue() {
    assertSameKey(
        "1", int32(1), int64(1), float64(1), decimal("1"), decimal("1.00"), decimal("10E-1"));
    assertSameKey(
        "0",
        int32(0),
        int64(0),
        float64(0),
        float64(-0.0),
        decimal("0"),
        decimal("-0"),
        decimal("0E+30"),
        decimal("0.000"));
    assertSameKey("-7", int32(-7), float64(-7), decimal("-7.0"));
    assertSameKey(
        "NaN",
        float64(Double.NaN),
        float64(Double.longBitsToDouble(0xfff8000000000001L)),
        decimal("NaN"),
        decimal("-NaN"));
    assertSameKey("Infinity", float64(1 / 0.0), decimal("Infinity"));
    assertSameKey("-Infinity", float64(-1 / 0.0), decimal("-Infinity"));
    assertSameKey("0.5", float64(0.5), decimal("0.5"), decimal("0.50"));
    assertSameKey("0.1", float64(0.1));
    assertSameKey("0.1m", decimal("0.1"), decimal("0.1000"));
    assertSameKey("-0.1m", decimal("-0.10"));
    assertSameKey("10000000", int32(10_000_000), float64(1e7), decimal("1E+7"));
    assertSameKey(
        "9007199254740992", int64(1L << 53), float64(0x1p53), decimal("9007199254740992"));
    assertSameKey("9007199254740993", int64((1L << 53) + 1), decimal("9007199254740993"));
    assertSameKey("9223372036854775807", int64(Long.MAX_VALUE), decimal("9223372036854775807"));
    assertSameKey(
        "-9223372036854775808",
        int64(Long.MIN_VALUE),
        float64(-0x1p63),
        decimal("-9223372036854775808"));
    assertSameKey(Double.toString(0x1p63), float64(0x1p63), decimal("9223372036854775808"));
    assertSameKey("9223372036854775809m", decimal("9223372036854775809"));
    assertSameKey("1.0E22", float64(1e22), decimal("1E+22"));
    assertSameKey("1.0E23", float64(1e23));
    assertSameKey("1E+23m", decimal("1E+23"));
    assertSameKey("1E+6144m", decimal("1E+6144"));
    assertSameKey("1E-6176m", decimal("1E-6176"));
    assertSameKey("4.9E-324", float64(Double.MIN_VALUE));
    assertSameKey("1.7976931348623157E308", float64(Double.MAX_VALUE));
  }

  @Test
  void takesDecimalsThatAreNotCanonicalForZero() {
    // A coefficient of 2^113 - 1 has 35 digits; the second form spells out a "large" coefficient.
    assertSameKey(
        "0", new BsonDecimal128(Decimal128.fromIEEE754BIDEncoding(0x3041ffffffffffffL, -1L)));
    assertSameKey(
        "0", new BsonDecimal128(Decimal128.fromIEEE754BIDEncoding(0x6c10000000000000L, 5L)));
  }

  @Test
  void keepsFriendlyTextsBare() {
    assertSameKey(
        "507f1f77bcf86cd799439011", new BsonObjectId(new ObjectId("507f1f77bcf86cd799439011")));
    assertSameKey("true", BsonBoolean.TRUE);
    assertSameKey("null", BsonNull.VALUE);
    for (String bare :
        List.of(
            "a",
            "m",
            "E",
            "+1",
            ".5",
            "user@example.org",
            "a b",
            "é",
            "日本",
            "$x",
            "%",
            "a\"b",
            "a{",
            "True",
            "550e8400-e29b-11d4-a716-446655440000",
            "12 Elm St",
            "2024-01-01T00:00",
            "1e5",
            "0x1f")) {
      assertSameKey(bare, new BsonString(bare), new BsonSymbol(bare));
    }
  }

  @Test
  void quotesStringsThatReadAsSomethingElse() {
    for (String quoted :
        List.of(
            "",
            "1",
            "-1",
            "1.5",
            "0.1m",
            "1E+23m",
            "2024-01-01",
            "true",
            "false",
            "null",
            "-",
            "NaN",
            "Infinity",
            "-Infinity",
            "MinKey",
            "MaxKey",
            "{}",
            "{",
            "[1]",
            "507f1f77bcf86cd799439011",
            "507F1F77BCF86CD799439011",
            "111111111111111111111111")) {
      assertSameKey("\"" + quoted + "\"", new BsonString(quoted));
    }
    assertSameKey("\"\\\"\"", new BsonString("\""));
    assertSameKey("\"a\\nb\"", new BsonString("a\nb"));
    assertSameKey("\"\\u0000\\u007f\\\\é\u2028😀\"", new BsonString("\0\u007f\\é\u2028😀"));
  }

  @Test
  void spellsTheOtherTypesAsCompactExtendedJson() {
    assertSameKey("{\"$date\":{\"$numberLong\":\"-5\"}}", new BsonDateTime(-5));
    assertSameKey(
        "{\"$binary\":{\"base64\":\"AQI=\",\"subType\":\"80\"}}",
        new BsonBinary((byte) 0x80, new byte[] {1, 2}));
    assertSameKey("{\"$timestamp\":{\"t\":4294967295,\"i\":1}}", new BsonTimestamp(-1, 1));
    assertSameKey("{\"$minKey\":1}", new BsonMinKey());
    assertSameKey("{\"$maxKey\":1}", new BsonMaxKey());
    assertSameKey("{\"$undefined\":true}", new BsonUndefined());
    BsonDocument one =
        BsonDocument.parse(
            "{a: 1, b: {c: [1, 'x', null, NumberDecimal('0.10')], d: ObjectId('507f1f77bcf86cd799439011')}}");
    BsonDocument other =
        BsonDocument.parse(
            "{a: NumberLong(1), b: {c: [1.0, 'x', null, NumberDecimal('0.1')], d: ObjectId('507f1f77bcf86cd799439011')}}");
    assertSameKey(
        "{\"a\":1,\"b\":{\"c\":[1,\"x\",null,0.1m],\"d\":{\"$oid\":\"507f1f77bcf86cd799439011\"}}}",
        one,
        other);
    assertSameKey("{}", new BsonDocument());
    assertSameKey("[]", new BsonArray());
    assertSameKey("{\"\":\"\"}", new BsonDocument("", new BsonString("")));
  }

  @Test
  void tellsDocumentsFromTheTypesTheyImitate() {
    assertSameKey(
        "{\"$$oid\":\"507f1f77bcf86cd799439011\"}",
        BsonDocument.parse("{}").append("$oid", new BsonString("507f1f77bcf86cd799439011")));
    assertSameKey(
        "{\"a\":{\"$$minKey\":1}}", new BsonDocument("a", new BsonDocument("$minKey", int32(1))));
    assertSameKey("{\"$$\":1}", new BsonDocument("$", int32(1)));
    assertSameKey("{\"$$$a\":1}", new BsonDocument("$$a", int32(1)));
    assertSameKey("{\"$$utf8:/w==\":1}", new BsonDocument("$utf8:/w==", int32(1)));
  }

  @Test
  void keepsDifferentIdsApart() {
    assertThat(
            Set.of(
                CanonicalKey.of(BsonDocument.parse("{a: 1, b: 2}")),
                CanonicalKey.of(BsonDocument.parse("{b: 2, a: 1}")),
                CanonicalKey.of(int32(1)),
                CanonicalKey.of(new BsonString("1")),
                CanonicalKey.of(new BsonBinary((byte) 0, new byte[] {1})),
                CanonicalKey.of(new BsonBinary((byte) 2, new byte[] {1})),
                CanonicalKey.of(new BsonBinary((byte) 5, new byte[] {1})),
                CanonicalKey.of(BsonBoolean.TRUE),
                CanonicalKey.of(new BsonString("true"))))
        .hasSize(9);
  }

  @Test
  void keepsTextsThatAreNotUtf8Apart() {
    byte[] bson = {8, 0, 0, 0, 2, 'a', 0, 2, 0, 0, 0, (byte) 0xff, 0};
    assertThat(CanonicalKey.of(BsonBytes.STRING, bson, 7)).isEqualTo("{\"$utf8\":\"/w==\"}");
    assertThat(KeyReader.read("{\"$utf8\":\"/w==\"}")).isEqualTo(new BsonString("\uFFFD"));
    byte[] name = {8, 0, 0, 0, 10, (byte) 0xfe, 0, 0};
    assertThat(CanonicalKey.of(BsonBytes.DOCUMENT, name, 0)).isEqualTo("{\"$utf8:/g==\":null}");
    assertThat(KeyReader.read("{\"$utf8:/g==\":null}"))
        .isEqualTo(new BsonDocument("\uFFFD", BsonNull.VALUE));
  }

  @Test
  void givesEqualIdsEqualKeysAndOthersOthers() {
    List<BsonValue> values = new ArrayList<>();
    RandomBson random = new RandomBson(42);
    Random variants = new Random(42);
    for (int i = 0; i < 1_500; i++) {
      BsonValue value = random.value(1);
      values.add(value);
      values.add(respelled(value, variants));
    }
    for (int i = 0; i < 1_000; i++) {
      values.add(random.number());
      values.add(new BsonString(random.text()));
    }
    List<String> keys = values.stream().map(CanonicalKey::of).toList();
    int equal = 0;
    for (int i = 0; i < values.size(); i++) {
      for (int j = 0; j < i; j++) {
        boolean same = sameId(values.get(i), values.get(j));
        equal += same ? 1 : 0;
        if (same != keys.get(i).equals(keys.get(j))) {
          assertThat(keys.get(i))
              .as("%s and %s", values.get(i), values.get(j))
              .isEqualTo(same ? keys.get(j) : "another");
        }
      }
    }
    assertThat(equal).isGreaterThan(3_000);
  }

  /** MongoDB's notion of the same _id, told independently of the key's text. */
  static boolean sameId(BsonValue a, BsonValue b) {
    if (isNumber(a) && isNumber(b)) {
      return sameNumber(a, b);
    }
    if (isText(a) && isText(b)) {
      return text(a).equals(text(b));
    }
    if (a.getBsonType() != b.getBsonType()) {
      return false;
    }
    return switch (a.getBsonType()) {
      case DOCUMENT -> sameDocument(a.asDocument(), b.asDocument());
      case ARRAY -> sameArray(a.asArray(), b.asArray());
      case JAVASCRIPT_WITH_SCOPE -> {
        BsonJavaScriptWithScope one = a.asJavaScriptWithScope();
        BsonJavaScriptWithScope other = b.asJavaScriptWithScope();
        yield one.getCode().equals(other.getCode())
            && sameDocument(one.getScope(), other.getScope());
      }
      default -> a.equals(b);
    };
  }

  private static boolean sameDocument(BsonDocument a, BsonDocument b) {
    if (a.size() != b.size()) {
      return false;
    }
    Iterator<Map.Entry<String, BsonValue>> others = b.entrySet().iterator();
    for (Map.Entry<String, BsonValue> entry : a.entrySet()) {
      Map.Entry<String, BsonValue> other = others.next();
      if (!entry.getKey().equals(other.getKey()) || !sameId(entry.getValue(), other.getValue())) {
        return false;
      }
    }
    return true;
  }

  private static boolean sameArray(BsonArray a, BsonArray b) {
    if (a.size() != b.size()) {
      return false;
    }
    for (int i = 0; i < a.size(); i++) {
      if (!sameId(a.get(i), b.get(i))) {
        return false;
      }
    }
    return true;
  }

  private static boolean isText(BsonValue value) {
    return value.isString() || value.isSymbol();
  }

  private static String text(BsonValue value) {
    return value.isString() ? value.asString().getValue() : value.asSymbol().getSymbol();
  }

  private static boolean isNumber(BsonValue value) {
    return value.isNumber();
  }

  private static boolean sameNumber(BsonValue a, BsonValue b) {
    Object one = exact(a);
    Object other = exact(b);
    if (one instanceof BigDecimal x && other instanceof BigDecimal y) {
      // Comparing 1E+6144 with 1E-6176 digit by digit would take forever; signs and sizes do first.
      long sizes = ((long) x.precision() - x.scale()) - ((long) y.precision() - y.scale());
      return x.signum() == y.signum() && (x.signum() == 0 || (sizes == 0 && x.compareTo(y) == 0));
    }
    return one.equals(other);
  }

  private static Object exact(BsonValue value) {
    if (value.isDecimal128()) {
      Decimal128 decimal = value.asDecimal128().getValue();
      if (decimal.isNaN()) {
        return "NaN";
      }
      if (decimal.isInfinite()) {
        return decimal.isNegative() ? "-Infinity" : "Infinity";
      }
      return new BigDecimal(decimal.toString());
    }
    if (value.isDouble()) {
      double number = value.asDouble().getValue();
      return Double.isFinite(number) ? new BigDecimal(number) : Double.toString(number);
    }
    return new BigDecimal(value.asNumber().longValue());
  }

  /** The same value in another of its spellings, where there is one. */
  private static BsonValue respelled(BsonValue value, Random random) {
    if (value.isDocument()) {
      BsonDocument document = new BsonDocument();
      value.asDocument().forEach((name, field) -> document.put(name, respelled(field, random)));
      return document;
    }
    if (value.isArray()) {
      return new BsonArray(value.asArray().stream().map(item -> respelled(item, random)).toList());
    }
    if (value.isString()) {
      return new BsonSymbol(value.asString().getValue());
    }
    if (!isNumber(value)) {
      return value;
    }
    Object exact = exact(value);
    if (!(exact instanceof BigDecimal number)) {
      return random.nextBoolean()
          ? decimal((String) exact)
          : float64(Double.parseDouble((String) exact));
    }
    List<BsonValue> spellings = new ArrayList<>();
    spellings.add(float64(number.doubleValue()));
    spellings.add(int64(number.longValue()));
    spellings.add(int32(number.intValue()));
    if (number.stripTrailingZeros().precision() <= 34) {
      spellings.add(new BsonDecimal128(new Decimal128(number.stripTrailingZeros())));
    }
    spellings.removeIf(
        spelling -> exact(spelling) instanceof String || !sameNumber(spelling, value));
    return spellings.isEmpty() ? value : spellings.get(random.nextInt(spellings.size()));
  }

  private static void assertSameKey(String key, BsonValue... values) {
    for (BsonValue value : values) {
      assertThat(CanonicalKey.of(value)).isEqualTo(key);
    }
    assertThat(CanonicalKey.of(KeyReader.read(key))).isEqualTo(key);
  }

  private static BsonInt32 int32(int value) {
    return new BsonInt32(value);
  }

  private static BsonInt64 int64(long value) {
    return new BsonInt64(value);
  }

  private static BsonDouble float64(double value) {
    return new BsonDouble(value);
  }

  private static BsonDecimal128 decimal(String value) {
    return new BsonDecimal128(Decimal128.parse(value));
  }
}
