package dev.millrace.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class CloserTest {
  private final List<String> closed = new ArrayList<>();
  private final Closer closer = new Closer();

  private AutoCloseable named(String name) {
    return () -> {
      closed.add(name);
      throw new IllegalStateException(name + " does not close well");
    };
  }

  @Test
  void closesInReverseWhateverBecomesOfEach() {
    closer.keep(named("store"));
    closer.keep(named("sink"));
    closer.keep(named("source"));
    closer.close();
    assertThat(closed).containsExactly("source", "sink", "store");
    closer.close();
    assertThat(closed).hasSize(3);
  }

  @Test
  void closesAtOnceWhatComesTooLate() {
    closer.close();
    assertThatThrownBy(() -> closer.keep(named("source")))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("after all was closed");
    assertThat(closed).containsExactly("source");
  }
}
