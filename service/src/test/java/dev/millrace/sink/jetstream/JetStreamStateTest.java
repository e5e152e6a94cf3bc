package dev.millrace.sink.jetstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.model.CopyState;
import dev.millrace.model.Generation;
import dev.millrace.model.Namespace;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How states and ids are made, without a server. */
class JetStreamStateTest {
  private static final CopyState COPY = JetStreamCopyCases.manyCollections(3);
  private static final long NOW = 77;

  @Test
  void aLargeStateIsPointedToWhileItIsNearAndTheSame() {
    HeldCopy held = new HeldCopy(COPY, 100, 200_000, NOW);
    assertThat(held.standsFor(JetStreamCopyCases.manyCollections(3), 10_099, NOW)).isTrue();
    assertThat(held.standsFor(JetStreamCopyCases.manyCollections(4), 101, NOW)).isFalse();
    assertThat(held.standsFor(COPY, 10_100, NOW)).isFalse();
    assertThat(held.standsFor(COPY, 101, NOW + Duration.ofMinutes(1).toNanos())).isFalse();
    assertThat(new HeldCopy(COPY, 100, 2_000, NOW).standsFor(COPY, 101, NOW)).isFalse();
    assertThat(HeldCopy.found(COPY).standsFor(COPY, 101, NOW)).isFalse();
    assertThat(HeldCopy.found(COPY).is(JetStreamCopyCases.manyCollections(3))).isTrue();
    HeldCopy none = new HeldCopy(CopyState.NONE, 100, 200_000, NOW);
    assertThat(none.standsFor(CopyState.NONE, 101, NOW)).isFalse();
  }

  @Test
  void rowsHaveTheSameIdInTheSameGenerationOnly() {
    MessageIds ids = new MessageIds();
    Namespace docs = new Namespace("a", "docs");
    Namespace other = new Namespace("a.docs", "");
    Generation first = new Generation("82AA", 1);
    Generation second = new Generation("82AB", 1);
    List<String> all = new ArrayList<>();
    for (int round = 0; round < 2; round++) {
      all.add(text(ids.row(docs, first, "7")));
      all.add(text(ids.row(docs, first, "8")));
      all.add(text(ids.row(docs, second, "7")));
      all.add(text(ids.row(other, second, "7")));
      all.add(text(ids.row(docs, second, "x".repeat(65))));
      all.add(text(ids.row(docs, second, "x".repeat(66))));
    }
    assertThat(all.subList(0, 6)).doesNotHaveDuplicates().isEqualTo(all.subList(6, 12));
    assertThat(all).allMatch(id -> id.matches("read\\.[0-9a-f]{32}\\.[!-~]{1,64}"));
  }

  @Test
  void marksNeverHaveTheSameId() {
    MessageIds ids = new MessageIds();
    assertThat(
            List.of(
                text(ids.unique("commit")),
                text(ids.unique("commit")),
                text(new MessageIds().unique("commit"))))
        .doesNotHaveDuplicates();
  }

  private static String text(byte[] id) {
    return new String(id, StandardCharsets.US_ASCII);
  }
}
