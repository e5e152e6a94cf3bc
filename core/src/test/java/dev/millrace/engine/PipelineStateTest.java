package dev.millrace.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Locale;
import org.junit.jupiter.api.Test;

class PipelineStateTest {
  @Test
  void namesAreThoseOfAllStates() {
    assertThat(PipelineState.NAMES)
        .containsExactlyInAnyOrderElementsOf(
            Arrays.stream(PipelineState.class.getPermittedSubclasses())
                .map(state -> state.getSimpleName().toLowerCase(Locale.ROOT))
                .toList());
  }
}
