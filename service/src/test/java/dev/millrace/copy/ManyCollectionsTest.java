package dev.millrace.copy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.lab.Workload;
import dev.millrace.model.Change;
import org.junit.jupiter.api.DisplayName;

/**
 * Twenty collections and a large one together, written to meanwhile. {@code -Dcopy.large} says how
 * many documents the large one has, 200,000 by default; a fifth of it for JetStream.
 */
class ManyCollectionsTest extends Scenario {
  private static final int LARGE = Integer.getInteger("copy.large", 200_000);

  @OnTableAndLog
  @DisplayName("20 collections and a large one: copied side by side, the small ones not last")
  void aLargeCollectionHoldsUpNoSmallOne(Pipe.Target target) {
    int large = target == Pipe.Target.SQLITE ? LARGE : LARGE / 5;
    Origin origin = origin();
    Workload.fill(origin.collection("large"), large, 120);
    for (int i = 0; i < 20; i++) {
      origin.fill("small" + i, 0, 200);
    }
    Pipe pipe = pipe(target);
    pipe.hooks.rowsPerChunk(2_000);
    pipe.start();
    for (int i = 0; i < 20; i++) {
      origin.update("small" + i, i, "meanwhile").delete("small" + i, 100 + i);
    }
    pipe.awaitCommit(origin.time());
    assertThat(pipe.judge().documents()).isEqualTo(large + 20 * 199);
    int lastOfLarge = last(pipe, Change.Read.class, "large");
    for (int i = 0; i < 20; i++) {
      assertThat(last(pipe, Change.Read.class, "small" + i)).isLessThan(lastOfLarge);
    }
  }
}
