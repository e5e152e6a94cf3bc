package dev.millrace.sink.crate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.json.BsonJson;
import dev.millrace.json.JsonBuffer;
import dev.millrace.json.JsonMode;
import dev.millrace.lab.EdgeValues;
import dev.millrace.model.RawValue;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import org.bson.BsonDocument;
import org.bson.BsonValue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FittingTest {
  private final Column data = new Column(Column.Type.OPEN, 0, new HashMap<>());

  /** A key and its type, as information_schema.columns has them. */
  private FittingTest with(List<String> path, String type) {
    data.put(Reply.JSON.valueToTree(path), Column.of(type, "dynamic"));
    return this;
  }

  private Fitting.Fit fit(String json) {
    return Fitting.of(json.getBytes(StandardCharsets.UTF_8), data, true);
  }

  private static String text(Fitting.Fit fit) {
    return new String(fit.data(), StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "bigint           | 5                      | true",
        "bigint           | -9223372036854775807   | true",
        "bigint           | -9223372036854775808   | false",
        "bigint           | 9223372036854775807    | false",
        "bigint           | 2.0                    | true",
        "bigint           | -0.0                   | false",
        "bigint           | 1.5                    | false",
        "bigint           | \"5\"                  | false",
        "bigint           | true                   | false",
        "bigint           | null                   | true",
        "bigint           | {\"a\": 1}             | false",
        "bigint           | [1]                    | false",
        "double precision | 1.5                    | true",
        "double precision | 5                      | true",
        "double precision | 9007199254740993       | false",
        "double precision | 9007199254740994       | true",
        "text             | \"x\"                  | true",
        "text             | 5                      | false",
        "text             | {\"a\": 1}             | false",
        "boolean          | false                  | true",
        "boolean          | 0                      | false",
        "object           | {}                     | true",
        "object           | {\"x\": 5}             | true",
        "object           | \"x\"                  | false",
        "bigint_array     | [1, null, 3]           | true",
        "bigint_array     | []                     | true",
        "bigint_array     | [1, \"x\"]             | false",
        "bigint_array     | 1                      | false",
        "bigint_array     | [[1]]                  | false",
        "bigint_array_array | [[1], []]            | true",
        "object_array     | [{\"x\": 1}, null, {}] | true",
        "object_array     | {\"x\": 1}             | false",
        "undefined        | null                   | true",
        "undefined_array  | [null]                 | true",
        "timestamp with time zone | 5              | true",
        "timestamp with time zone | {\"$date\": 5} | false",
        "geo_shape        | {\"type\": \"Point\"}  | true",
      })
  void holdsValuesAgainstTheirColumns(String type, String value, boolean fits) {
    with(List.of("a"), type).with(List.of("a", "x"), "bigint");
    Fitting.Fit fit = fit("{\"b\": %s, \"a\": %s, \"c\": 1}".formatted("1", value));
    assertThat(fit.isCut()).isEqualTo(!fits);
    assertThat(fit.brings()).isEqualTo(2);
    assertThat(text(fit))
        .isEqualTo(
            fits ? "{\"b\": 1, \"a\": %s, \"c\": 1}".formatted(value) : "{\"b\": 1, \"c\": 1}");
    assertThat(fit.cut()).isEqualTo(fits ? "" : "data['a']");
  }

  @Test
  void cutsAllThatDoesNotFitAndNothingElse() {
    with(List.of("a"), "bigint")
        .with(List.of("o"), "object")
        .with(List.of("o", "x"), "text")
        .with(List.of("l"), "object_array")
        .with(List.of("l", "x"), "text");
    Fitting.Fit fit =
        fit(
            """
            {"a": "1, }", "o": {"x": 1, "y": {"z": [1, "]"]}}, "l": [{"x": "q"}, {"x": 2, "w": true}], "a.b": 1}\
            """);
    assertThat(text(fit)).isEqualTo("{\"o\": {\"y\": {}}, \"l\": [{\"x\": \"q\"}, {\"w\": true}]}");
    assertThat(fit.brings()).isEqualTo(2);
    assertThat(fit.cut()).isEqualTo("data['a']");
    assertThat(fit("{\"o\": {\"y\": {\"z.\": 1}}}").cut()).isEqualTo("data['o']['y']['z.']");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "[1, 1.5, null]                    | true",
        "[1.5, 1]                          | true",
        "[9007199254740993, 1]             | true",
        "[9007199254740993, 1.5]           | false",
        "[1, \"x\"]                        | false",
        "[true, 1]                         | false",
        "[1, [2]]                          | false",
        "[1, {}]                           | false",
        "[{\"x\": 1}, {\"y\": [\"z\"]}]    | true",
        "[[], [1]]                         | true",
        "9223372036854775807               | false",
      })
  void looksAtWhatIsNew(String value, boolean fits) {
    assertThat(fit("{\"a\": %s}".formatted(value)).isCut()).isEqualTo(!fits);
  }

  @Test
  void countsColumnsOnce() {
    assertThat(
            fit("{\"a\": [1, 2, 3], \"o\": {\"x\": 1}, \"l\": [{\"x\": 1}, {\"x\": 1}]}").brings())
        .isEqualTo(5);
  }

  @Test
  void knowsThatATypeIsStillToCome() {
    with(List.of("a"), "undefined").with(List.of("l"), "undefined_array");
    assertThat(fit("{\"a\": null, \"l\": []}").brings()).isZero();
    assertThat(fit("{\"a\": 1}").brings()).isEqualTo(1);
    assertThat(fit("{\"l\": [1]}").brings()).isEqualTo(1);
    assertThat(fit("{\"a\": []}").brings()).isEqualTo(1);
    assertThat(fit("{\"l\": [[]]}").brings()).isPositive();
    assertThat(fit("{\"new\": null}").brings()).isEqualTo(1);
  }

  @Test
  void takesNothingNewWhereThereIsNoRoom() {
    with(List.of("a"), "bigint");
    Fitting.Fit fit =
        Fitting.of("{\"b\": [1], \"a\": 1}".getBytes(StandardCharsets.UTF_8), data, false);
    assertThat(text(fit)).isEqualTo("{\"a\": 1}");
    assertThat(fit.brings()).isZero();
  }

  @Test
  void measuresTextsAsAnIndexDoes() {
    String long1 = "x".repeat(32_766);
    assertThat(fit("{\"a\": \"%s\"}".formatted(long1)).isCut()).isFalse();
    assertThat(fit("{\"a\": \"%sx\"}".formatted(long1)).isCut()).isTrue();
    assertThat(fit("{\"a\": \"%s\"}".formatted("\\n".repeat(32_766))).isCut()).isFalse();
    assertThat(fit("{\"a\": \"%s\"}".formatted("\\u00e9".repeat(16_383))).isCut()).isFalse();
    assertThat(fit("{\"a\": \"%s\"}".formatted("\\u00e9".repeat(16_384))).isCut()).isTrue();
  }

  @Test
  void stopsAtTheDepthOfColumns() {
    assertThat(fit("{\"d\": ".repeat(99) + "1" + "}".repeat(99)).isCut()).isFalse();
    assertThat(fit("{\"d\": ".repeat(100) + "1" + "}".repeat(100)).isCut()).isTrue();
    assertThat(fit("{\"d\": ".repeat(300) + "1" + "}".repeat(300)).isCut()).isTrue();
  }

  @Test
  void findsItsWayThroughEveryType() {
    for (BsonValue value : EdgeValues.values()) {
      BsonDocument document = new BsonDocument("b", value).append("last", value);
      RawValue raw = RawValue.of(document);
      for (JsonMode mode : JsonMode.values()) {
        JsonBuffer json = new JsonBuffer();
        BsonJson.document(raw.bytes(), raw.offset(), mode, json);
        for (boolean takesNew : new boolean[] {true, false}) {
          Fitting.Fit fit = Fitting.of(json.toByteArray(), data, takesNew);
          assertThat(Reply.JSON.readTree(fit.data()).isObject()).isTrue();
        }
      }
    }
  }

  @Test
  void writesWhatIsBeyondTheFirstPlaneAsItIs() {
    String escaped = "{\"\\ud83d\\ude80\": \"\\\\ud83d\\ude80 \\ud83d \\ud83d\\ude80\"}";
    assertThat(
            new String(
                Surrogates.inUtf8(escaped.getBytes(StandardCharsets.UTF_8)),
                StandardCharsets.UTF_8))
        .isEqualTo("{\"\ud83d\ude80\": \"\\\\ud83d\\ude80 \\ud83d \ud83d\ude80\"}");
    byte[] plain = "{\"a\": \"\\u00e9\\n\"}".getBytes(StandardCharsets.UTF_8);
    assertThat(Surrogates.inUtf8(plain)).isSameAs(plain);
  }
}
