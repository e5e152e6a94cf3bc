package dev.millrace.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.engine.Attempts.Next;
import dev.millrace.engine.CopyPlan.HistoryLost;
import dev.millrace.engine.CopyPlan.Snapshot;
import dev.millrace.engine.Opened.Beginning;
import dev.millrace.model.Failure;
import org.junit.jupiter.api.Test;

/** What follows from an end: lost history is never passed over in silence. */
class AttemptsTest {
  private static final Failure LOST = new Failure.PositionLost("MR-HISTORY-LOST", "gone");

  private final Attempts attempts = new Attempts();

  private static CopyPlan plan(Snapshot snapshot, HistoryLost then) {
    return new CopyPlan(snapshot, 1, 1, true, then);
  }

  @Test
  void lostHistoryIsCopiedAnewFromThePresent() {
    attempts.begun(Fakes.position(1));
    assertThat(attempts.next(LOST, plan(Snapshot.INITIAL, HistoryLost.RESNAPSHOT), null))
        .isInstanceOf(Next.After.class);
    assertThat(attempts.beginning()).isEqualTo(Beginning.ANEW);
  }

  @Test
  void lostHistoryStopsWhereThatIsWanted() {
    attempts.begun(Fakes.position(1));
    assertThat(attempts.next(LOST, plan(Snapshot.INITIAL, HistoryLost.FAIL), null))
        .isEqualTo(new Next.Stop(LOST));
    assertThat(attempts.beginning()).isEqualTo(Beginning.STORED);
  }

  @Test
  void lostHistoryStopsWhatCopiesNothing() {
    attempts.begun(Fakes.position(1));
    assertThat(attempts.next(LOST, plan(Snapshot.NEVER, HistoryLost.RESNAPSHOT), null))
        .isEqualTo(new Next.Stop(LOST));
    assertThat(attempts.beginning()).isEqualTo(Beginning.STORED);
  }
}
