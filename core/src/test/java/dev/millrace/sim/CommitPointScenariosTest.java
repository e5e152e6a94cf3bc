package dev.millrace.sim;

import static dev.millrace.sim.World.A;
import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.engine.CopyRequest;
import dev.millrace.model.ClusterTime;
import dev.millrace.sim.Scenario.Hold;
import dev.millrace.sim.Witness.Read;
import dev.millrace.source.CopySource.Outcome;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** When a commit point holds, and when it no longer does, beyond the interleavings by number. */
@DisplayName("A commit point")
class CommitPointScenariosTest {
  private static final String KEEPING_NO_CHECKPOINT = "LOG|LOG_WITHOUT_DUPLICATES|VERSIONED_TABLE";

  /** Whether the stored position lies behind all that a read of the collection can have seen. */
  private static boolean isReadCovered(Scenario s) {
    List<Read> reads = s.witness.reads(A);
    return !reads.isEmpty()
        && reads.getLast().outcome() instanceof Outcome.Rows rows
        && ClusterTime.isAfter(s.world.auditor.covered().time(), rows.readAt());
  }

  // A start would find the collection still to be copied, however far the position is.
  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.MATCH_ANY, names = KEEPING_NO_CHECKPOINT)
  @DisplayName("is withheld where what is stored covers the time of the copy, but not its rows")
  void waitsUntilItIsStoredThatTheRowsAreThere(SinkKind kind) {
    Scenario.play(
        kind,
        s -> {
          s.given(A, 0);
          Hold read = s.holdReader("have read", A);
          s.start();
          s.untilHeld(read);
          s.untilStored(s.put(A, 2));
          s.until("a position behind the read", () -> isReadCovered(s));
          Hold saving = s.hold("save", "save");
          s.put(A, 3);
          s.untilHeld(saving);
          read.release();
          s.let(20);
          assertThat(s.witness.copied(A, 0)).isNotEmpty();
          assertThat(s.world.auditor.commits()).isZero();
          saving.release();
          s.settle();
        });
  }

  @ParameterizedTest
  @EnumSource
  @DisplayName("is taken back before what is to be copied again is even looked up")
  void isTakenBackBeforeTheListing(SinkKind kind) {
    Scenario.play(
        kind,
        s -> {
          s.given(A, 0, 1);
          s.start();
          s.untilCommitted();
          Hold listing = s.hold("errands", "list");
          s.ask(new CopyRequest.Again(List.of(A.toString())));
          s.untilHeld(listing);
          s.until("it is taken back", () -> !s.isCommitted());
          s.untilStored(s.put(A, 0));
          s.let(5);
          assertThat(s.isCommitted()).isFalse();
          listing.release();
          s.settle();
        });
  }
}
