package dev.millrace.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.bson.BsonArray;
import org.bson.BsonBinary;
import org.bson.BsonDateTime;
import org.bson.BsonDecimal128;
import org.bson.BsonDocument;
import org.bson.BsonDouble;
import org.bson.BsonInt32;
import org.bson.BsonInt64;
import org.bson.BsonJavaScriptWithScope;
import org.bson.BsonRegularExpression;
import org.bson.BsonString;
import org.bson.BsonTimestamp;
import org.bson.BsonValue;
import org.bson.RawBsonDocument;
import org.bson.json.JsonWriterSettings;
import org.bson.types.Decimal128;
import org.junit.jupiter.api.Test;

class BsonJsonTest {
  private static final JsonWriterSettings RELAXED =
      JsonWriterSettings.builder().outputMode(org.bson.json.JsonMode.RELAXED).build();
  private static final JsonWriterSettings EXTENDED =
      JsonWriterSettings.builder().outputMode(org.bson.json.JsonMode.EXTENDED).build();

  private final JsonBuffer out = new JsonBuffer();

  @Test
  void agreesWithTheDriverOnRandomDocuments() {
    RandomBson random = new RandomBson(20261121);
    for (int i = 0; i < 30_000; i++) {
      assertAgrees(random.document(0));
    }
  }

  @Test
  void agreesWithTheDriverOnEveryCharacter() {
    for (int start = 0; start < 0x11000; start += 64) {
      StringBuilder text = new StringBuilder();
      for (int c = start; c < start + 64; c++) {
        if (c < 0xd800 || c > 0xdfff) {
          text.appendCodePoint(c);
        }
      }
      assertAgrees(new BsonString(text.toString()));
      assertAgrees(new BsonDocument(text.toString().replace("\0", ""), new BsonInt32(1)));
    }
  }

  @Test
  void agreesWithTheDriverOnSpecialCharactersAtEveryPosition() {
    for (String special :
        List.of("\"", "\\", "\n", "\0", "\u007f", "\u001f", "é", "\u2028", "😀")) {
      for (int before = 0; before < 20; before++) {
        for (int after = 0; after < 10; after++) {
          String text = "x".repeat(before) + special + "~ ".repeat(after);
          assertAgrees(new BsonString(text));
          assertAgrees(new BsonDocument(text.replace("\0", ""), new BsonInt32(1)));
        }
      }
    }
  }

  @Test
  void agreesWithTheDriverOnDoubles() {
    Random random = new Random(7);
    for (int i = 0; i < 100_000; i++) {
      int decimals = random.nextInt(9);
      double near = random.nextInt(20_000_000) / Math.pow(10, decimals);
      assertSpelled(near);
      assertSpelled(Math.nextUp(near));
      assertSpelled(-Math.nextDown(near));
      assertSpelled(Double.longBitsToDouble(random.nextLong()));
      assertSpelled(random.nextDouble() * 1000);
      assertSpelled((double) (random.nextLong() >> random.nextInt(64)));
    }
    for (int exponent = -1074; exponent < 1024; exponent++) {
      double power = Math.scalb(1.0, exponent);
      assertSpelled(power);
      assertSpelled(Math.nextUp(power));
      assertSpelled(Math.nextDown(power));
    }
    for (int exponent = -323; exponent <= 308; exponent++) {
      double power = Double.parseDouble("1e" + exponent);
      assertSpelled(power);
      assertSpelled(-Math.nextUp(power));
      assertSpelled(Math.nextDown(power));
      assertAgrees(new BsonDouble(power));
    }
    for (double edge : new double[] {0.0, -0.0, Double.NaN, 1 / 0.0, -1 / 0.0, Double.MAX_VALUE}) {
      assertAgrees(new BsonDouble(edge));
    }
  }

  @Test
  void agreesWithTheDriverOnDates() {
    for (long day = 0; day <= 2_932_897; day += 1 + day % 37) {
      long millis = day * 86_400_000L;
      assertAgrees(new BsonDateTime(millis + day * 7919 % 86_400_000L));
    }
    for (int year = 1970; year < 10_000; year += year < 2110 ? 1 : 97) {
      long march = java.time.LocalDate.of(year, 3, 1).toEpochDay() * 86_400_000L;
      assertAgrees(new BsonDateTime(march));
      assertAgrees(new BsonDateTime(march - 1));
      long january = java.time.LocalDate.of(year, 1, 1).toEpochDay() * 86_400_000L;
      assertAgrees(new BsonDateTime(january));
      assertAgrees(new BsonDateTime(january - 10));
    }
    for (long edge :
        new long[] {
          0,
          -1,
          253402300799999L,
          253402300800000L,
          Long.MIN_VALUE,
          Long.MAX_VALUE,
          100,
          120,
          123,
          5
        }) {
      assertAgrees(new BsonDateTime(edge));
    }
  }

  @Test
  void agreesWithTheDriverOnIntegers() {
    long power = 1;
    for (int digits = 1; digits <= 19; digits++) {
      for (long near = power - 2; near <= power + 2; near++) {
        assertAgrees(new BsonInt64(near));
        assertAgrees(new BsonInt64(-near));
        assertAgrees(new BsonInt32((int) near));
        assertAgrees(new BsonTimestamp(near));
      }
      power *= 10;
    }
    assertAgrees(new BsonInt64(Long.MIN_VALUE));
    assertAgrees(new BsonInt64(Long.MAX_VALUE));
    assertAgrees(new BsonTimestamp(-1, -1));
  }

  @Test
  void agreesWithTheDriverOnDecimals() {
    for (int exponent = -6176;
        exponent <= 6111;
        exponent += exponent > -45 && exponent < 45 ? 1 : 61) {
      for (String digits :
          List.of("0", "1", "10", "1234567", "9223372036854775807", "9223372036854775808")) {
        assertAgrees(new BsonDecimal128(Decimal128.parse(digits + "E" + exponent)));
        assertAgrees(new BsonDecimal128(Decimal128.parse("-" + digits + "E" + exponent)));
      }
    }
    Random random = new Random(3);
    for (int i = 0; i < 20_000; i++) {
      long high = random.nextLong();
      // The driver itself refuses to print some of the bit patterns nobody writes.
      Decimal128 decimal =
          Decimal128.fromIEEE754BIDEncoding(high, random.nextLong() >> random.nextInt(64));
      assertAgrees(new BsonDecimal128(decimal));
    }
  }

  @Test
  void agreesWithTheDriverOnBinaryOfEverySubtypeAndLength() {
    for (int subType = 0; subType < 256; subType++) {
      for (int length : new int[] {0, 1, 2, 3, 16, 17}) {
        byte[] data = new byte[length];
        new Random(length).nextBytes(data);
        assertAgrees(new BsonBinary((byte) subType, data));
      }
    }
  }

  @Test
  void sortsRegularExpressionOptionsAsTheDriverDoes() {
    for (String options :
        List.of("", "i", "xi", "mix", "é", "zé", "i😀a", "😀", "\"i", "\u2028i")) {
      byte[] utf8 = options.getBytes(StandardCharsets.UTF_8);
      ByteBuffer document = ByteBuffer.allocate(utf8.length + 11).order(ByteOrder.LITTLE_ENDIAN);
      document.putInt(document.capacity()).put((byte) 0x0b).put((byte) 'r').put((byte) 0);
      document.put((byte) '"').put((byte) 0).put(utf8).put((byte) 0).put((byte) 0);
      assertAgrees(document.array());
    }
    assertAgrees(new BsonRegularExpression("^a\"\\d/\n$", "im"));
  }

  @Test
  void replacesTextThatIsNotUtf8AsTheDriverDoes() {
    Random random = new Random(11);
    for (int i = 0; i < 50_000; i++) {
      byte[] text = new byte[1 + random.nextInt(12)];
      for (int j = 0; j < text.length; j++) {
        text[j] =
            (byte)
                switch (random.nextInt(4)) {
                  case 0 -> 'a';
                  case 1 -> 0xc0 + random.nextInt(64);
                  default -> 0x80 + random.nextInt(64);
                };
      }
      ByteBuffer document =
          ByteBuffer.allocate(2 * text.length + 12).order(ByteOrder.LITTLE_ENDIAN);
      document.putInt(document.capacity()).put((byte) 0x02).put(text).put((byte) 0);
      document.putInt(text.length + 1).put(text).put((byte) 0).put((byte) 0);
      assertAgrees(document.array());
    }
  }

  @Test
  void writesNestingAsDeepAsTheServerStoresAndBeyond() {
    for (int depth : new int[] {100, 200, 990}) {
      BsonValue inner = new BsonInt32(1);
      for (int i = 0; i < depth; i++) {
        inner =
            switch (i % 3) {
              case 0 -> new BsonDocument("a", inner);
              case 1 ->
                  new BsonArray(List.of(inner, inner.isDocument() ? new BsonInt32(2) : inner));
              default -> new BsonJavaScriptWithScope("f", new BsonDocument("s", inner));
            };
      }
      if (depth <= 200) {
        assertAgrees(new BsonDocument("d", inner));
      } else {
        byte[] bson = RandomBson.bytes(new BsonDocument("d", inner));
        BsonJson.document(bson, 0, JsonMode.RELAXED, out);
      }
    }
  }

  @Test
  void refusesNestingThatWouldEatTheStack() {
    int depth = 100_000;
    ByteBuffer bson = ByteBuffer.allocate(8 * depth).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < depth; i++) {
      bson.putInt(8 * depth - 7 * i - i).put((byte) 3).put((byte) 'a').put((byte) 0);
      if (bson.remaining() < 8) {
        break;
      }
    }
    assertThatThrownBy(() -> BsonJson.document(bson.array(), 0, JsonMode.RELAXED, out))
        .isInstanceOf(MalformedBsonException.class)
        .hasMessageContaining("nested deeper");
  }

  @Test
  void leavesOutTheNamedFieldsOfTheTopLevelOnly() {
    BsonDocument document = BsonDocument.parse("{a: 1, b: {a: 2, ab: 3}, ab: [1], '': 5, c: 'x'}");
    byte[] bson = RandomBson.bytes(document);
    assertThat(without(bson, "a"))
        .isEqualTo("{\"b\": {\"a\": 2, \"ab\": 3}, \"ab\": [1], \"\": 5, \"c\": \"x\"}");
    assertThat(without(bson, "ab", ""))
        .isEqualTo("{\"a\": 1, \"b\": {\"a\": 2, \"ab\": 3}, \"c\": \"x\"}");
    assertThat(without(bson, "c"))
        .isEqualTo("{\"a\": 1, \"b\": {\"a\": 2, \"ab\": 3}, \"ab\": [1], \"\": 5}");
    assertThat(without(bson, "a", "b", "c", "ab", "")).isEqualTo("{}");
    assertThat(without(bson, "x")).isEqualTo(document.toJson(RELAXED));
  }

  @Test
  void readsADocumentInTheMiddleOfAnArrayAndSaysWhereItEnds() throws Exception {
    byte[] one = RandomBson.bytes(BsonDocument.parse("{a: 1}"));
    byte[] two = RandomBson.bytes(BsonDocument.parse("{longerName: 'x'}"));
    ByteArrayOutputStream both = new ByteArrayOutputStream();
    both.write(one);
    both.write(two);
    int end = BsonJson.document(both.toByteArray(), 0, JsonMode.RELAXED, out);
    assertThat(end).isEqualTo(one.length);
    end = BsonJson.document(both.toByteArray(), end, JsonMode.RELAXED, out);
    assertThat(end).isEqualTo(one.length + two.length);
    assertThat(out.toString()).isEqualTo("{\"a\": 1}{\"longerName\": \"x\"}");
  }

  @Test
  void skipsEveryValueExactlyAsFarAsItWrites() {
    RandomBson random = new RandomBson(5);
    for (int i = 0; i < 3_000; i++) {
      byte[] bson = RandomBson.bytes(new BsonDocument("v", random.value(0)));
      byte type = bson[4];
      int end = BsonBytes.skipValue(type, bson, 7);
      assertThat(end).isEqualTo(bson.length - 1);
      out.clear();
      assertThat(BsonJson.value(type, bson, 7, JsonMode.RELAXED, out)).isEqualTo(end);
      assertThat("{\"v\": " + out + "}").isEqualTo(new RawBsonDocument(bson).toJson(RELAXED));
    }
  }

  @Test
  void findsAFieldByItsWholeName() {
    byte[] bson = RandomBson.bytes(BsonDocument.parse("{ab: 1, a: 'x', _id: 7}"));
    assertThat(BsonBytes.findField(bson, 0, Ascii.of("ab"))).isEqualTo(4);
    int at = BsonBytes.findField(bson, 0, Ascii.of("_id"));
    assertThat(bson[at]).isEqualTo(BsonBytes.INT32);
    assertThat(BsonBytes.readInt32(bson, at + 5)).isEqualTo(7);
    assertThat(BsonBytes.findField(bson, 0, Ascii.of("b"))).isEqualTo(-1);
  }

  /** Broken bytes end in the one exception or in some output, never in an index error or a loop. */
  @Test
  void answersBrokenBytesWithOneException() {
    RandomBson documents = new RandomBson(13);
    Random random = new Random(13);
    int refused = 0;
    for (int i = 0; i < 40_000; i++) {
      byte[] bson = RandomBson.bytes(documents.document(2));
      if (random.nextBoolean()) {
        bson = java.util.Arrays.copyOf(bson, random.nextInt(bson.length));
      } else {
        for (int j = random.nextInt(3); j >= 0; j--) {
          bson[random.nextInt(bson.length)] = (byte) random.nextInt();
        }
      }
      out.clear();
      try {
        BsonJson.document(bson, 0, JsonMode.CANONICAL, out);
      } catch (MalformedBsonException e) {
        refused++;
        assertThat(e.getMessage()).startsWith("Malformed BSON at byte ");
      }
      try {
        CanonicalKey.of(BsonBytes.DOCUMENT, bson, 0);
      } catch (MalformedBsonException e) {
        assertThat(e.offset()).isNotNegative();
      }
    }
    assertThat(refused).isGreaterThan(15_000);
  }

  private String without(byte[] bson, String... names) {
    byte[][] skip = new byte[names.length][];
    for (int i = 0; i < names.length; i++) {
      skip[i] = Ascii.of(names[i]);
    }
    out.clear();
    BsonJson.documentWithout(skip, bson, 0, JsonMode.RELAXED, out);
    return out.toString();
  }

  private void assertSpelled(double value) {
    out.clear();
    Numbers.append(value, out);
    String expected = Double.toString(value).replaceFirst("E(\\d)", "E+$1");
    if (!out.toString().equals(expected)) {
      assertThat(out.toString()).isEqualTo(expected);
    }
  }

  private void assertAgrees(BsonValue value) {
    assertAgrees(new BsonDocument("v", value));
  }

  private void assertAgrees(BsonDocument document) {
    assertAgrees(RandomBson.bytes(document));
  }

  private void assertAgrees(byte[] bson) {
    RawBsonDocument raw = new RawBsonDocument(bson);
    assertAgrees(bson, raw.toJson(RELAXED), JsonMode.RELAXED);
    assertAgrees(bson, raw.toJson(EXTENDED), JsonMode.CANONICAL);
  }

  private void assertAgrees(byte[] bson, String driver, JsonMode mode) {
    out.clear();
    assertThat(BsonJson.document(bson, 0, mode, out)).isEqualTo(bson.length);
    // Compared as bytes first: AssertJ would take most of the time.
    if (!java.util.Arrays.equals(out.toByteArray(), driver.getBytes(StandardCharsets.UTF_8))) {
      assertThat(out.toString()).isEqualTo(driver);
    }
  }
}
