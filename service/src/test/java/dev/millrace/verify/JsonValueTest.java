package dev.millrace.verify;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonValueTest {
  private static String text(String json) {
    return JsonValue.text(json.getBytes(StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "1 | 1 1.0 1.00 1E0 1e+0 10E-1 0.1e1",
        "0 | 0 0.0 -0.0 -0 0E+30 0e-7",
        "-7 | -7 -7.0 -70e-1",
        "9007199254740993 | 9007199254740993 9007199254740993.0",
        "10000000000000000000000 | 1.0E+22 1e22 10000000000000000000000",
        "18446744073709551616 | 18446744073709551616 1.8446744073709551616E+19",
        "0.1 | 0.1 0.10 1e-1",
        "1E+300 | 1.0E+300 1e300",
        "4.9E-324 | 4.9E-324 0.49e-323",
      })
  void numbersGoByValue(String wanted, String spelled) {
    List<String> spellings = Arrays.asList(spelled.split(" "));
    assertThat(spellings).allSatisfy(each -> assertThat(text(each)).isEqualTo(wanted));
  }

  @Test
  void largeNumbersAreTheSameWrittenOut() {
    assertThat(text("1" + "0".repeat(308))).isEqualTo(text("1.0E+308"));
    assertThat(text("0." + "0".repeat(323) + "49")).isEqualTo(text("4.9E-324"));
    assertThat(text("1e999999999")).isNotEqualTo(text("1e999999998"));
  }

  @Test
  void fieldsComeInAnyOrderAndTheLastOfANameCounts() {
    assertThat(text("{\"b\": {\"y\": 1, \"x\": 2}, \"a\": [2, 1]}"))
        .isEqualTo(text("{\"a\":[2,1],\"b\":{\"x\":2,\"y\":1.0}}"));
    assertThat(text("{\"a\": 1, \"a\": 2}")).isEqualTo(text("{\"a\": 2}"));
    assertThat(text("[1, 2]")).isNotEqualTo(text("[2, 1]"));
  }

  @Test
  void stringsGoByTheirCharacters() {
    assertThat(text("\"\\u00e9\\n\\/\"")).isEqualTo(text("\"é\\u000a/\""));
    assertThat(text("\"\\ud83d\\ude00\"")).isEqualTo(text("\"😀\""));
  }

  @Test
  void escapedStringsAreWhatTheySpell() {
    assertThat(text("{\"s\": {\"$escaped\": \"a\\\\u0000\\\\\\\"b\"}}"))
        .isEqualTo(text("{\"s\": \"a\\u0000\\\"b\"}"));
    assertThat(text("{\"$escaped\": \"\\\"\"}")).isEqualTo("{\"$escaped\":\"\\\"\",}");
    assertThat(text("{\"$escaped\": 1}")).isEqualTo("{\"$escaped\":1,}");
    assertThat(text("{\"$escaped\": \"a\", \"b\": 1}")).contains("$escaped");
  }

  @Test
  void whatIsNotTheSameHasAnotherText() {
    List<String> all =
        List.of(
            "1",
            "\"1\"",
            "[1]",
            "[]",
            "{}",
            "null",
            "\"null\"",
            "true",
            "false",
            "\"\"",
            "[[],[]]",
            "[[]]",
            "[\"a,b\"]",
            "[\"a\",\"b\"]",
            "[\"a\\\",\\\"b\"]",
            "{\"a\":null}",
            "{\"a\":{}}",
            "{\"a\":1,\"b\":1}",
            "{\"a\":{\"b\":1}}",
            "{\"$numberDouble\":\"NaN\"}");
    assertThat(all.stream().map(JsonValueTest::text)).doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "{", "{\"a\":}", "nonsense", "1 2", "{\"a\":NaN}"})
  void whatIsNoJsonIsOnlyLikeItself(String text) {
    assertThat(text(text)).isEqualTo("!" + text);
  }

  @Test
  void depthHasAnEnd() {
    String deep = "[".repeat(1_500) + "]".repeat(1_500);
    assertThat(text(deep)).isEqualTo("[".repeat(1_500) + "],".repeat(1_499) + "]");
    String deeper = "[".repeat(100_000) + "]".repeat(100_000);
    assertThat(text(deeper)).startsWith("!");
  }
}
