package dev.millrace.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.bson.BsonString;
import org.junit.jupiter.api.Test;

class SubjectTokenTest {
  @Test
  void leavesOrdinaryTextsAsTheyAre() {
    for (String text :
        List.of("orders", "507f1f77bcf86cd799439011", "-1", "a$b", "{\"a\":1}", "a/b~!")) {
      assertThat(SubjectToken.encode(text)).isSameAs(text);
      assertThat(decoded(text)).isEqualTo(text);
    }
  }

  @Test
  void encodesWhatSubjectsGiveAMeaning() {
    assertEncoded("", "%");
    assertEncoded("%", "%25");
    assertEncoded("a.b", "a%2Eb");
    assertEncoded("*", "%2A");
    assertEncoded(">", "%3E");
    assertEncoded("a b\t\r\n", "a%20b%09%0D%0A");
    assertEncoded("\0\u007f", "%00%7F");
    assertEncoded("$state", "%24state");
    assertEncoded("$$.", "%24$%2E");
    assertEncoded("é", "%C3%A9");
    assertEncoded("😀", "%F0%9F%98%80");
    assertEncoded("1.5", "1%2E5");
  }

  @Test
  void bringsBackEveryTextAndSharesNoToken() {
    RandomBson texts = new RandomBson(8);
    Random random = new Random(8);
    Map<String, String> seen = new HashMap<>();
    for (int i = 0; i < 50_000; i++) {
      String text = texts.text();
      if (random.nextInt(3) == 0) {
        text = CanonicalKey.of(new BsonString(text));
      }
      String token = SubjectToken.encode(text);
      if (!decoded(token).equals(text)
          || !token.matches("[!-~&&[^.*>]]+")
          || token.startsWith("$")) {
        assertThat(token).as(text).isNull();
      }
      String earlier = seen.putIfAbsent(token, text);
      if (earlier != null && !earlier.equals(text)) {
        assertThat(earlier).as(token).isEqualTo(text);
      }
    }
  }

  @Test
  void refusesWhatHasNoUtf8() {
    assertThatThrownBy(() -> SubjectToken.encode("\ud83d"))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static void assertEncoded(String text, String token) {
    assertThat(SubjectToken.encode(text)).isEqualTo(token);
    assertThat(decoded(token)).isEqualTo(text);
  }

  /** As any consumer would. */
  private static String decoded(String token) {
    return token.equals("%")
        ? ""
        : URLDecoder.decode(token.replace("+", "%2B"), StandardCharsets.UTF_8);
  }
}
