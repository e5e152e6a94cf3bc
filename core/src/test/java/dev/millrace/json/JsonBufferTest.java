package dev.millrace.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Base64;
import java.util.Random;
import org.junit.jupiter.api.Test;

class JsonBufferTest {
  @Test
  void growsFromAlmostNothing() {
    JsonBuffer out = new JsonBuffer(0);
    StringBuilder expected = new StringBuilder();
    for (int i = 0; i < 5_000; i++) {
      out.ascii('[').number(i).ascii(", ").number(-1L << (i % 64)).raw(Ascii.of("]"));
      out.quoted("x\"é".repeat(i % 40));
      expected.append('[').append(i).append(", ").append(-1L << (i % 64)).append(']');
      expected.append('"').append("x\\\"é".repeat(i % 40)).append('"');
    }
    assertThat(out.toString()).isEqualTo(expected.toString());
    assertThat(out.toByteArray()).hasSize(out.size());
  }

  @Test
  void spellsNumbersAsLongDoes() {
    JsonBuffer out = new JsonBuffer();
    Random random = new Random(1);
    for (int i = 0; i < 100_000; i++) {
      long value = random.nextLong() >> random.nextInt(64);
      out.clear();
      out.number(value);
      if (!out.toString().equals(Long.toString(value))) {
        assertThat(out.toString()).isEqualTo(Long.toString(value));
      }
    }
  }

  @Test
  void encodesBase64AsTheJdkDoes() {
    JsonBuffer out = new JsonBuffer();
    Random random = new Random(2);
    for (int length = 0; length < 200; length++) {
      byte[] data = new byte[length + 2];
      random.nextBytes(data);
      out.clear();
      out.base64(data, 1, length);
      byte[] exact = java.util.Arrays.copyOfRange(data, 1, length + 1);
      assertThat(out.toString()).isEqualTo(Base64.getEncoder().encodeToString(exact));
    }
  }

  @Test
  void letsAHugeArrayGoWhenCleared() {
    JsonBuffer out = new JsonBuffer();
    out.raw(new byte[JsonBuffer.RETAINED_BYTES / 2]);
    byte[] kept = out.array();
    out.clear();
    assertThat(out.array()).isSameAs(kept);
    out.raw(new byte[JsonBuffer.RETAINED_BYTES + 1]);
    out.clear();
    assertThat(out.size()).isZero();
    assertThat(out.array().length).isLessThan(JsonBuffer.RETAINED_BYTES);
  }

  @Test
  void goesBackToAnEarlierSize() {
    JsonBuffer out = new JsonBuffer();
    out.ascii("abc").truncate(1);
    assertThat(out.toString()).isEqualTo("a");
    assertThatThrownBy(() -> out.truncate(2)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> out.truncate(-1)).isInstanceOf(IllegalArgumentException.class);
  }
}
