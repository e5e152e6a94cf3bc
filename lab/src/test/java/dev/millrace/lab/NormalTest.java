package dev.millrace.lab;

import static org.assertj.core.api.Assertions.assertThat;

import org.bson.BsonDecimal128;
import org.bson.BsonDocument;
import org.bson.BsonDouble;
import org.bson.BsonInt32;
import org.bson.BsonInt64;
import org.bson.BsonString;
import org.bson.BsonValue;
import org.bson.json.JsonMode;
import org.bson.json.JsonWriterSettings;
import org.bson.types.Decimal128;
import org.junit.jupiter.api.Test;

class NormalTest {
  @Test
  void everyEdgeValueComesThroughRelaxedJsonAsItself() {
    JsonWriterSettings relaxed = JsonWriterSettings.builder().outputMode(JsonMode.RELAXED).build();
    for (BsonValue value : EdgeValues.values()) {
      BsonDocument document = new BsonDocument("v", value);
      BsonDocument read = BsonDocument.parse(document.toJson(relaxed));
      assertThat(Normal.digest(read)).as("%s", value).isEqualTo(Normal.digest(document));
    }
  }

  @Test
  void edgeIdsStayDistinct() {
    assertThat(EdgeValues.ids().stream().map(Normal::id)).doesNotHaveDuplicates();
  }

  @Test
  void idsThatTheServerHoldsToBeEqualAreOne() {
    assertThat(Normal.id(new BsonInt32(1)))
        .isEqualTo("1")
        .isEqualTo(Normal.id(new BsonInt64(1)))
        .isEqualTo(Normal.id(new BsonDouble(1)))
        .isEqualTo(Normal.id(new BsonDecimal128(Decimal128.parse("1.00"))))
        .isNotEqualTo(Normal.id(new BsonString("1")));
    assertThat(Normal.id(new BsonDouble(-0.0)))
        .isEqualTo("0")
        .isEqualTo(Normal.id(new BsonDecimal128(Decimal128.parse("-0E+3"))));
    assertThat(Normal.id(new BsonDouble(Double.NaN)))
        .isEqualTo(Normal.id(new BsonDecimal128(Decimal128.NaN)));
    assertThat(Normal.id(new BsonDouble(0.1)))
        .isNotEqualTo(Normal.id(new BsonDecimal128(Decimal128.parse("0.1"))));
    assertThat(Normal.id(BsonDocument.parse("{a: 1, b: {c: 2.0}}")))
        .isEqualTo(Normal.id(BsonDocument.parse("{a: 1.0, b: {c: 2}}")))
        .isNotEqualTo(Normal.id(BsonDocument.parse("{b: {c: 2}, a: 1}")));
  }
}
