package dev.millrace.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.engine.Fakes.Store;
import dev.millrace.engine.Stage.Progress;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.Position;
import dev.millrace.model.Term;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.bson.BsonTimestamp;
import org.junit.jupiter.api.Test;

/** When a position is written, and when it had better not be. */
class SaveStageTest {
  private final Store store = new Store();
  private final AtomicLong nanos = new AtomicLong();
  private final SaveStage saver =
      new SaveStage("test", store.open(), new PipelineMetrics(), nanos::get, 300, () -> {});

  SaveStageTest() {
    store.term.set(1);
  }

  private static Checkpoint at(Position position) {
    return new Checkpoint(position, new Term(1), "set", "d/*", "");
  }

  private void pass(long millis) {
    nanos.addAndGet(TimeUnit.MILLISECONDS.toNanos(millis));
  }

  @Test
  void writesAtMostOncePerInterval() {
    for (int n = 1; n <= 100; n++) {
      saver.delivered(at(Fakes.position(n)));
      saver.step();
      pass(10);
    }
    assertThat(store.saved).hasSizeBetween(3, 5);
    pass(300);
    assertThat(saver.step()).isEqualTo(Progress.WORKED);
    assertThat(store.saved.getLast().position()).isEqualTo(Fakes.position(100));
    assertThat(saver.step()).isEqualTo(Progress.IDLE);
  }

  @Test
  void anIdleMoveIsWrittenAtMostEveryTenSeconds() {
    saver.delivered(at(Fakes.position(1)));
    saver.step();
    for (int second = 1; second <= 60; second++) {
      saver.idle(at(Fakes.behind(1, 10 * second)), false);
      pass(1_000);
      saver.step();
    }
    assertThat(store.saved).hasSize(1 + 6);
  }

  @Test
  void anIdleMinuteThatOnlyShowsOurOwnWritesWritesNothing() {
    store.ownWrite = new BsonTimestamp(1_700_000_000, 50);
    saver.delivered(at(Fakes.position(1)));
    saver.step();
    for (int second = 1; second <= 60; second++) {
      saver.idle(at(Position.of("82%08X%08X2B0229".formatted(1_700_000_000, 51))), false);
      pass(1_000);
      saver.step();
    }
    assertThat(store.saved).hasSize(1);
    // Somebody else's write, one tick further, is news.
    saver.idle(at(Position.of("82%08X%08X2B0229".formatted(1_700_000_000, 52))), false);
    saver.step();
    assertThat(store.saved).hasSize(2);
  }

  @Test
  void aDrainWritesAtOnceAndEnds() {
    saver.delivered(at(Fakes.position(1)));
    saver.step();
    saver.delivered(at(Fakes.position(2)));
    assertThat(saver.step()).isEqualTo(Progress.IDLE);
    saver.drain(true);
    assertThat(saver.step()).isEqualTo(Progress.WORKED);
    assertThat(saver.step()).isEqualTo(Progress.DONE);
    assertThat(store.saved.getLast().position()).isEqualTo(Fakes.position(2));
  }

  @Test
  void aDrainWritesAlsoWhatOnlyOurOwnWriteMovedPast() {
    store.ownWrite = new BsonTimestamp(1_700_000_000, 50);
    saver.delivered(at(Fakes.position(1)));
    saver.step();
    // Others wrote between that position and our own write.
    Position behindBoth = Position.of("82%08X%08X2B0229".formatted(1_700_000_000, 51));
    saver.idle(at(behindBoth), false);
    assertThat(saver.step()).isEqualTo(Progress.IDLE);
    saver.drain(true);
    assertThat(saver.step()).isEqualTo(Progress.WORKED);
    assertThat(saver.step()).isEqualTo(Progress.DONE);
    assertThat(store.saved.getLast().position()).isEqualTo(behindBoth);
  }

  @Test
  void aRefusedWriteIsTriedAgainWithTheNewestPosition() {
    store.beforeSave =
        c -> {
          throw Fakes.passing();
        };
    saver.delivered(at(Fakes.position(1)));
    assertThat(saver.step()).isEqualTo(Progress.IDLE);
    saver.delivered(at(Fakes.position(2)));
    store.beforeSave = c -> {};
    assertThat(saver.step()).isEqualTo(Progress.IDLE);
    pass(1_000);
    assertThat(saver.step()).isEqualTo(Progress.WORKED);
    assertThat(store.saved).extracting(Checkpoint::position).containsExactly(Fakes.position(2));
  }
}
