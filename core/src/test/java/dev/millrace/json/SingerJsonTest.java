package dev.millrace.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.model.RawValue;
import java.util.UUID;
import org.bson.BsonArray;
import org.bson.BsonBinary;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SingerJsonTest {
  private final SingerSchema schema = new SingerSchema();

  private String record(BsonDocument document) {
    RawValue raw = RawValue.of(document);
    JsonBuffer out = new JsonBuffer();
    int end = SingerJson.document(raw.bytes(), raw.offset(), schema, out);
    assertThat(end).isEqualTo(raw.offset() + raw.length());
    return out.toString();
  }

  private String value(BsonValue value) {
    String record = record(new BsonDocument("v", value));
    return record.substring("{\"v\": ".length(), record.length() - 1);
  }

  private String schema() {
    JsonBuffer out = new JsonBuffer();
    schema.write(out);
    return out.toString();
  }

  private static BsonDocument json(String json) {
    return BsonDocument.parse(json);
  }

  @Test
  void spellsEveryTypeAsTargetsKnowIt() {
    UUID seven = new UUID(0, 7);
    assertThat(value(new BsonString("text é 漢\n"))).isEqualTo("\"text é 漢\\n\"");
    assertThat(value(new BsonInt32(42))).isEqualTo("42");
    assertThat(value(new BsonInt64(9007199254740993L))).isEqualTo("9007199254740993");
    assertThat(value(new BsonDouble(1.5))).isEqualTo("1.5");
    assertThat(value(new BsonNull())).isEqualTo("null");
    assertThat(value(new BsonUndefined())).isEqualTo("null");
    assertThat(value(new BsonDateTime(1_714_979_289_123L)))
        .isEqualTo("\"2024-05-06T07:08:09.123000Z\"");
    assertThat(value(new BsonTimestamp(1_700_000_000, 1)))
        .isEqualTo("\"2023-11-14T22:13:20.000000Z\"");
    assertThat(value(new BsonObjectId(new ObjectId("0000000000000000000000ff"))))
        .isEqualTo("\"0000000000000000000000ff\"");
    assertThat(value(new BsonBinary(seven, UuidRepresentation.STANDARD)))
        .isEqualTo("\"00000000-0000-0000-0000-000000000007\"");
    assertThat(
            value(
                new BsonBinary(
                    (byte) 3, new BsonBinary(seven, UuidRepresentation.STANDARD).getData())))
        .isEqualTo("\"00000000-0000-0000-0000-000000000007\"");
    assertThat(value(new BsonBinary(new byte[] {0, 1, (byte) 0xfe}))).isEqualTo("\"AAH+\"");
    assertThat(value(new BsonBinary((byte) 5, new byte[16])))
        .isEqualTo("\"AAAAAAAAAAAAAAAAAAAAAA==\"");
    assertThat(value(new BsonBinary((byte) 2, new byte[] {0, 1, (byte) 0xfe})))
        .isEqualTo("\"AAH+\"");
    assertThat(value(new BsonRegularExpression("^a.*z$", "im")))
        .isEqualTo("{\"pattern\": \"^a.*z$\", \"flags\": 10}");
    assertThat(value(new BsonJavaScript("function(){return 1}")))
        .isEqualTo("\"function(){return 1}\"");
    assertThat(
            value(
                new BsonJavaScriptWithScope(
                    "f(x)", json("{x: 1, d: {$date: {$numberLong: '0'}}}"))))
        .isEqualTo(
            "{\"value\": \"f(x)\", \"scope\": \"{\\\"x\\\": 1, \\\"d\\\": \\\"1970-01-01T00:00:00.000000Z\\\"}\"}");
    assertThat(value(new BsonSymbol("s"))).isEqualTo("\"s\"");
    assertThat(value(new BsonDbPointer("db.c", new ObjectId("000000000000000000000009"))))
        .isEqualTo(
            "{\"id\": \"000000000000000000000009\", \"collection\": \"db.c\", \"database\": null}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "123.4567890123456789012345678901234 | 123.4567890123456789012345678901234",
        "1E+3                                | 1E+3",
        "-0                                  | -0",
        "0.000001                            | 0.000001",
        "NaN                                 | \"NaN\"",
        "-Infinity                           | \"-Infinity\""
      })
  void keepsEveryDigitOfADecimal(String decimal, String expected) {
    assertThat(value(new BsonDecimal128(Decimal128.parse(decimal)))).isEqualTo(expected);
  }

  @Test
  void writesNoNumberThatJsonDoesNotHave() {
    assertThat(value(new BsonDouble(Double.NaN))).isEqualTo("\"NaN\"");
    assertThat(value(new BsonDouble(Double.NEGATIVE_INFINITY))).isEqualTo("\"-Infinity\"");
  }

  @ParameterizedTest
  @CsvSource({
    "0, 1970-01-01T00:00:00.000000Z",
    "-1, 1969-12-31T23:59:59.999000Z",
    "951782400000, 2000-02-29T00:00:00.000000Z",
    "-62135596800000, 0001-01-01T00:00:00.000000Z",
    "-62135596800001, 0001-01-01T00:00:00.000000Z",
    "253402300799999, 9999-12-31T23:59:59.999000Z",
    "253402300800000, 9999-12-31T23:59:59.999000Z",
    "9223372036854775807, 9999-12-31T23:59:59.999000Z"
  })
  void keepsTimesWithinTheYearsThatTargetsRead(long millis, String expected) {
    assertThat(value(new BsonDateTime(millis))).isEqualTo('"' + expected + '"');
  }

  @Test
  void leavesOutTheEndsOfAllKeys() {
    BsonDocument document =
        new BsonDocument("min", new BsonMinKey())
            .append("a", new BsonInt32(1))
            .append("max", new BsonMaxKey())
            .append("deep", new BsonDocument("min", new BsonMinKey()));
    assertThat(record(document)).isEqualTo("{\"a\": 1, \"deep\": {}}");
    // But not a record's key.
    assertThat(record(new BsonDocument("_id", new BsonMinKey()).append("_i", new BsonMinKey())))
        .isEqualTo("{\"_id\": \"MinKey\"}");
    JsonBuffer key = new JsonBuffer();
    SingerJson.value(BsonBytes.MAX_KEY, new byte[0], 0, key);
    assertThat(key.toString()).isEqualTo("\"MaxKey\"");
    BsonArray array = new BsonArray();
    array.add(new BsonMaxKey());
    assertThat(value(array)).isEqualTo("[null]");
  }

  @Test
  void knowsAReference() {
    BsonDocument reference =
        new BsonDocument("$ref", new BsonString("other"))
            .append("$id", new BsonObjectId(new ObjectId("000000000000000000000009")))
            .append("$db", new BsonString("samples"));
    assertThat(value(reference))
        .isEqualTo(
            "{\"id\": \"000000000000000000000009\", \"collection\": \"other\", \"database\": \"samples\"}");
    reference.remove("$db");
    reference.put("$id", new BsonInt32(7));
    assertThat(value(reference))
        .isEqualTo("{\"id\": \"7\", \"collection\": \"other\", \"database\": null}");
    assertThat(schema()).isEqualTo("{\"type\": \"object\", \"properties\": {}}");
    // Only one of those names makes none.
    assertThat(value(new BsonDocument("$ref", new BsonString("other"))))
        .isEqualTo("{\"$ref\": \"other\"}");
  }

  @Test
  void theSchemaSaysWhatJsonDoesNot() {
    record(
        json(
            """
            {_id: 1, text: 'x', n: 1, double: 1.5, dec: {$numberDecimal: '1'}, date: {$date: {$numberLong: '0'}},
             ts: {$timestamp: {t: 1, i: 1}}, obj: {a: 1, deep: {x: 1.25}}, plain: {a: 1},
             arr: [1, 'two', 3.5, {k: {$date: {$numberLong: '0'}}}], none: []}
            """));
    assertThat(schema())
        .isEqualTo(
            "{\"type\": \"object\", \"properties\": {"
                + "\"double\": {\"anyOf\": [{\"type\": \"number\"}, {}]}, "
                + "\"dec\": {\"anyOf\": [{\"type\": \"number\"}, {}]}, "
                + "\"date\": {\"anyOf\": [{\"type\": \"string\", \"format\": \"date-time\"}, {}]}, "
                + "\"ts\": {\"anyOf\": [{\"type\": \"string\", \"format\": \"date-time\"}, {}]}, "
                + "\"obj\": {\"anyOf\": [{\"type\": \"object\", \"properties\": {"
                + "\"deep\": {\"anyOf\": [{\"type\": \"object\", \"properties\": {\"x\": {\"anyOf\": [{\"type\": \"number\"}, {}]}}}, {}]}}}, {}]}, "
                + "\"plain\": {\"anyOf\": [{}]}, "
                + "\"arr\": {\"anyOf\": [{\"type\": \"array\", \"items\": {\"anyOf\": [{\"type\": \"number\"}, {\"type\": \"object\", \"properties\": {\"k\": {\"anyOf\": [{\"type\": \"string\", \"format\": \"date-time\"}, {}]}}}, {}]}}, {}]}, "
                + "\"none\": {\"anyOf\": [{}]}}}");
  }

  @Test
  void theSchemaGrowsAndNeverNarrows() {
    record(json("{a: 1}"));
    assertThat(schema.grew()).isFalse();
    record(json("{a: 1.5}"));
    assertThat(schema.grew()).isTrue();
    record(json("{a: 2.5, b: {}}"));
    assertThat(schema.grew()).isFalse();
    record(json("{a: {$date: {$numberLong: '0'}}}"));
    assertThat(schema.grew()).isTrue();
    record(json("{a: {$numberDecimal: '1'}}"));
    assertThat(schema.grew()).isFalse();
    record(json("{c: {$numberDecimal: '1'}}"));
    assertThat(schema.grew()).isTrue();
    for (int i = 0; i < 3; i++) {
      record(json("{c: {$numberDecimal: '1'}, a: 1.5}"));
      record(json("{a: 1.5, c: 1.5}"));
    }
    assertThat(schema.grew()).isFalse();
    assertThat(schema())
        .contains(
            "\"a\": {\"anyOf\": [{\"type\": \"string\", \"format\": \"date-time\"}, {\"type\": \"number\"}, {}]}",
            "\"c\": {\"anyOf\": [{\"type\": \"number\"}, {}]}");
  }

  @Test
  void fieldNamesThatAreDataDoNotFillTheMemory() {
    for (int i = 0; i < SingerSchema.MOST_PROPERTIES; i++) {
      assertThat(schema.isFull()).isFalse();
      record(new BsonDocument("f" + i, new BsonDouble(1.5)));
    }
    assertThat(schema.isFull()).isTrue();
    assertThat(schema.grew()).isTrue();
    assertThat(record(json("{new: 1.5, f7: 1.5, deep: {new: 1.5}}")))
        .isEqualTo("{\"new\": 1.5, \"f7\": 1.5, \"deep\": {\"new\": 1.5}}");
    assertThat(schema.grew()).isFalse();
    record(json("{f7: {$date: {$numberLong: '0'}}}"));
    assertThat(schema.grew()).isTrue();
  }

  @Test
  void refusesWhatIsNoBson() {
    byte[] bad = {12, 0, 0, 0, 0x2a, 'a', 0, 1, 0, 0, 0, 0};
    assertThatThrownBy(() -> SingerJson.document(bad, 0, schema, new JsonBuffer()))
        .isInstanceOf(MalformedBsonException.class);
    BsonDocument deep = new BsonDocument();
    for (int i = 0; i < 1_000; i++) {
      deep = new BsonDocument("d", deep);
    }
    RawValue raw = RawValue.of(deep);
    assertThatThrownBy(
            () -> SingerJson.document(raw.bytes(), raw.offset(), schema, new JsonBuffer()))
        .isInstanceOf(MalformedBsonException.class);
  }
}
