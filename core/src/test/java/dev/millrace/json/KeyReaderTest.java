package dev.millrace.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.bson.BsonString;
import org.bson.BsonValue;
import org.junit.jupiter.api.Test;

/** Also the proof that a key says all that tells one {@code _id} from another. */
class KeyReaderTest {
  @Test
  void readsBackAValueOfTheSameClass() {
    RandomBson random = new RandomBson(4711);
    Map<String, BsonValue> seen = new HashMap<>();
    for (int i = 0; i < 30_000; i++) {
      BsonValue value = random.value(1);
      String key = CanonicalKey.of(value);
      BsonValue back = KeyReader.read(key);
      if (!CanonicalKeyTest.sameId(value, back) || !CanonicalKey.of(back).equals(key)) {
        assertThat(back).as(key).isEqualTo(value);
      }
      BsonValue earlier = seen.putIfAbsent(key, value);
      if (earlier != null && !CanonicalKeyTest.sameId(earlier, value)) {
        assertThat(value).as(key).isEqualTo(earlier);
      }
    }
    assertThat(seen).hasSizeGreaterThan(15_000);
  }

  /**
   * Strings made of the key syntax itself are the ones most likely to be taken for something else.
   */
  @Test
  void readsBackStringsMadeOfSyntax() {
    Random random = new Random(99);
    String alphabet = "{}[]\":,$\\u0019.-+Em truefalsnoidNaIy%é\n\0";
    Set<String> strings = new HashSet<>();
    Set<String> keys = new HashSet<>();
    for (int i = 0; i < 100_000; i++) {
      StringBuilder text = new StringBuilder();
      for (int j = random.nextInt(8); j > 0; j--) {
        text.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      strings.add(text.toString());
    }
    for (String string : strings) {
      String key = CanonicalKey.of(new BsonString(string));
      keys.add(key);
      if (!KeyReader.read(key).equals(new BsonString(string))) {
        assertThat(KeyReader.read(key)).as(key).isEqualTo(new BsonString(string));
      }
    }
    assertThat(keys).hasSameSizeAs(strings);
  }

  @Test
  void refusesTextsThatAreNoKeys() {
    for (String text :
        List.of(
            "",
            "1-2",
            "-",
            "1.0.0",
            "{",
            "{\"a\":1",
            "{\"a\" 1}",
            "[1",
            "[1]x",
            "\"",
            "\"\\x\"",
            "\"\\u00\"",
            "{\"$oid\":\"5\"}",
            "{\"$what\":1}",
            "{\"$date\":{\"$numberLong\":\"x\"}}",
            "{\"$timestamp\":{\"t\":null,\"i\":1}}",
            "{\"$timestamp\":{\"t\":\"a\",\"i\":1}}",
            "{\"$binary\":{\"base64\":\"*\",\"subType\":\"00\"}}",
            "{\"$binary\":{\"base64\":\"\",\"subType\":\"xx\"}}",
            "1E+99999m",
            "[1.0d]",
            "[ 1]",
            "[,1]",
            "[1,]",
            "{,}",
            "[".repeat(100_000))) {
      assertThatThrownBy(() -> KeyReader.read(text))
          .as(text)
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
