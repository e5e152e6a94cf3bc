package dev.millrace.tap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.lab.EdgeValues;
import dev.millrace.model.MillraceException;
import java.util.Objects;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonInt64;
import org.bson.BsonValue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BookmarkValueTest {
  private static BsonValue value(String json) {
    return Objects.requireNonNull(BsonDocument.parse("{v: " + json + "}").get("v"));
  }

  @Test
  void everyValueComesBackAsItWas() {
    for (BsonValue value : EdgeValues.values()) {
      BookmarkValue kept = BookmarkValue.of(value);
      // The text of a document is compared, for NaN is not equal to itself.
      assertThat(new BsonDocument("v", kept.toValue("here")).toJson())
          .as("%s", kept)
          .isEqualTo(new BsonDocument("v", value).toJson());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "{$oid: '0000000000000000000000ff'}, 0000000000000000000000ff, ObjectId",
    "'\"abc\"', abc, str",
    "7, 7, int",
    "{$numberLong: '7'}, 7, Int64",
    "1.5, 1.5, float",
    "{$date: '2024-01-03T00:00:00Z'}, 2024-01-03T00:00:00.000000Z, datetime",
    "'{$timestamp: {t: 7, i: 9}}', 7.9, Timestamp",
    "'{$binary: {base64: \"AAH+\", subType: \"00\"}}', AAH+, bytes",
    "{$uuid: '00000000-0000-0000-0000-000000000007'}, 00000000-0000-0000-0000-000000000007, Binary"
  })
  void speaksOfTypesAsTapMongodbDoes(String json, String text, String type) {
    assertThat(BookmarkValue.of(value(json))).isEqualTo(new BookmarkValue(text, type));
  }

  @Test
  void readsWhatPythonWrites() {
    assertThat(new BookmarkValue("3000000000", "int").toValue("here"))
        .isEqualTo(new BsonInt64(3_000_000_000L));
    assertThat(new BookmarkValue("3", "int").toValue("here")).isEqualTo(new BsonInt32(3));
    assertThat(new BookmarkValue("2024-01-03T00:00:00+00:00", "datetime").toValue("here"))
        .isEqualTo(BsonDocument.parse("{v: {$date: '2024-01-03T00:00:00Z'}}").get("v"));
    assertThat(new BookmarkValue("00000000-0000-0000-0000-000000000007", "UUID").toValue("here"))
        .isEqualTo(
            new BookmarkValue("00000000-0000-0000-0000-000000000007", "Binary").toValue("here"));
  }

  @ParameterizedTest
  @CsvSource({"x, ObjectId", "x, int", "x, datetime", "1, Decimal", "7, Timestamp", "x, bson"})
  void saysWhereOneIsThatCannotBeRead(String text, String type) {
    assertThatThrownBy(() -> new BookmarkValue(text, type).toValue("bookmarks.shop-orders.max_id"))
        .isInstanceOf(MillraceException.class)
        .hasMessageStartingWith("MR-TAP-STATE: bookmarks.shop-orders.max_id: \"" + text);
  }
}
