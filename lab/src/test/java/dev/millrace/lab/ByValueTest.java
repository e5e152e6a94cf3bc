package dev.millrace.lab;

import static org.assertj.core.api.Assertions.assertThat;

import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonValue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ByValueTest {
  /** The source's {@code _id}, the row's key, and the {@code _id} as the store gives it back. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {b: 'x', a: 1}                     | {"b":"x","a":1}              | {"a": 1, "b": "x"}
          {a: 1, b: 'x'}                     | {"a":1,"b":"x"}              | {"a": 1, "b": "x"}
          {b: {d: 1, c: 2.0}, a: ['1.5m']}   | {"b":{"d":1,"c":2},"a":["1.5m"]} | {"a": ["1.5m"], "b": {"c": 2.0, "d": 1}}
          {b: NumberDecimal('0.1'), a: 0.5}  | {"b":0.1m,"a":0.5}           | {"a": 0.5, "b": {"$numberDecimal": "0.1"}}
          {b: Timestamp(2, 1), $a: 1}        | {"b":{"$timestamp":{"t":2,"i":1}},"$$a":1} | {"$a": 1, "b": {"$timestamp": {"t": 2, "i": 1}}}
          """)
  void anIdThatIsADocumentHasItsFieldsInTheirOrder(String source, String key, String held) {
    BsonValue id = BsonDocument.parse("{_id: %s}".formatted(source)).getDocument("_id");
    BsonDocument row = ByValue.parse("{\"_id\": %s}".formatted(held));

    assertThat(Normal.id(ByValue.id(key, row.getDocument("_id")))).isEqualTo(Normal.id(id));
  }

  @Test
  void otherIdsAreThoseOfTheDocument() {
    assertThat(ByValue.id("\"5\"", new BsonInt32(7))).isEqualTo(new BsonInt32(7));
    BsonDocument half = ByValue.parse("{\"_id\": 0.5}").getDocument("_id");
    assertThat(ByValue.id("0.5", half)).isEqualTo(half);
    BsonDocument lengthy = BsonDocument.parse("{a: 1, b: 2}");
    assertThat(ByValue.id("{\"$sha256\":\"00\"}", lengthy)).isEqualTo(lengthy);
  }
}
