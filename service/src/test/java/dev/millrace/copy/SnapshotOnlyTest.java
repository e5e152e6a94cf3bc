package dev.millrace.copy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.engine.CopyPlan;
import dev.millrace.engine.PipelineState;
import dev.millrace.model.Change;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;

/** A pipeline that copies and then ends. */
class SnapshotOnlyTest extends Scenario {
  @OnTableAndLog
  @DisplayName("snapshot: only ends by itself, with a commit point")
  void endsByItselfOnceAllIsCopied(Pipe.Target target) throws Exception {
    origin().fill("a", 0, 500).fill("b", 0, 20);
    Pipe pipe = pipe(target).snapshot(CopyPlan.Snapshot.ONLY);
    pipe.start();
    assertThat(pipe.supervisor().end().get(30, TimeUnit.SECONDS))
        .isInstanceOf(PipelineState.Ended.class);
    assertThat(pipe.stored().orElseThrow().copy().consistent()).isTrue();
    assertThat(PublishedPoints.of(pipe)).isEqualTo(1);
    assertThat(pipe.judge().documents()).isEqualTo(520);

    pipe.start();
    assertThat(pipe.supervisor().end().get(30, TimeUnit.SECONDS))
        .isInstanceOf(PipelineState.Ended.class);
    assertThat(pipe.delivered(Change.Read.class, "a")).isEqualTo(500);
  }
}
