package dev.millrace.engine;

import dev.millrace.engine.CopyPlan.HistoryLost;
import dev.millrace.engine.DeliverStage.Reached;
import dev.millrace.engine.Opened.Beginning;
import dev.millrace.model.Failure;
import dev.millrace.model.Position;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What to do after each end of a pipeline: the one switch over {@link Failure}. Says how long to
 * wait, how to begin, and when to give up. Belongs to one thread.
 */
final class Attempts {
  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);
  private static final int MOST_LOSSES = 3;

  private Duration pause = FIRST_PAUSE;
  private Beginning beginning = Beginning.STORED;
  private int losses;

  /** Where the last pipeline began that could be opened; null before the first. */
  private @Nullable Position began;

  /** Everything up to here is in the sink; null while none was opened. */
  private @Nullable Position reached;

  /** What comes next. */
  sealed interface Next {
    /** Start again, in the same term. */
    record After(Duration pause) implements Next {}

    /** Stay down, visibly, until a person acts. */
    record Stop(Failure failure) implements Next {}
  }

  Beginning beginning() {
    return beginning;
  }

  /** A pipeline was opened, and what it begins with is stored. */
  void begun(Position at) {
    beginning = Beginning.STORED;
    began = at;
  }

  /**
   * A pipeline ended, or could not be opened.
   *
   * @param came how far; null where it could not be opened
   */
  Next next(Failure failure, CopyPlan copy, @Nullable Reached came) {
    reached = came == null ? reached : came.position();
    return switch (failure) {
      case Failure.Transient passes -> {
        pause = came != null && came.delivered() ? FIRST_PAUSE : longer(pause);
        yield new Next.After(pause);
      }
      case Failure.Again wanted -> {
        pause = FIRST_PAUSE;
        yield new Next.After(Duration.ZERO);
      }
      case Failure.PositionLost lost ->
          copy.isOn() && copy.historyLost() == HistoryLost.RESNAPSHOT
              ? copyAnew(lost)
              : new Next.Stop(lost);
      case Failure.Fenced fenced -> new Next.Stop(fenced);
      case Failure.Fatal fatal -> new Next.Stop(fatal);
    };
  }

  private Next copyAnew(Failure.PositionLost lost) {
    Position from = began;
    Position to = reached;
    boolean cameOn = from != null && to != null && to.compareTo(from) > 0;
    losses = cameOn ? 1 : losses + 1;
    began = to;
    beginning = Beginning.ANEW;
    return losses >= MOST_LOSSES
        ? new Next.Stop(
            new Failure.PositionLost(
                "MR-HISTORY-LOST-AGAIN",
                "the history was lost %d times and nothing of the stream was delivered in between: the oplog is too small for this sink (replSetResizeOplog). Last: %s"
                    .formatted(losses, lost.message())))
        : new Next.After(FIRST_PAUSE);
  }

  private static Duration longer(Duration pause) {
    Duration doubled = pause.multipliedBy(2);
    return doubled.compareTo(LONGEST_PAUSE) < 0 ? doubled : LONGEST_PAUSE;
  }
}
