package dev.millrace.engine;

import dev.millrace.engine.Assembly.Beginning;
import dev.millrace.model.Failure;
import dev.millrace.model.Position;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What to do after each end of a pipeline: how long to wait, how to begin, and when to give up.
 * Belongs to one thread.
 */
final class Attempts {
  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);
  private static final int MOST_LOSSES = 3;

  private Duration pause = FIRST_PAUSE;
  private Beginning beginning = Beginning.STORED;
  private int losses;
  private @Nullable Position began;

  /** What comes next. */
  sealed interface Next {
    record After(Duration pause) implements Next {}

    record Stop(Failure failure) implements Next {}
  }

  Beginning beginning() {
    return beginning;
  }

  /**
   * A pipeline was opened, and what it begins with is stored.
   *
   * @param at where it begins
   */
  void begun(@Nullable Position at) {
    beginning = Beginning.STORED;
    began = at;
  }

  /**
   * A pipeline ended, or could not be opened.
   *
   * @param delivered whether anything was delivered since the last time
   * @param reached everything up to here is in the sink; null where nothing ever was
   */
  Next next(Failure failure, CopyPlan copy, boolean delivered, @Nullable Position reached) {
    return switch (Reaction.to(failure, copy)) {
      case Reaction.Stop stop -> new Next.Stop(failure);
      case Reaction.Retry retry -> {
        pause = delivered || failure instanceof Failure.Again ? FIRST_PAUSE : longer(pause);
        yield new Next.After(failure instanceof Failure.Again ? Duration.ZERO : pause);
      }
      case Reaction.CopyAnew anew -> {
        Position from = began;
        boolean cameOn = reached != null && from != null && reached.compareTo(from) > 0;
        losses = cameOn ? 1 : losses + 1;
        began = reached;
        beginning = Beginning.ANEW;
        yield losses >= MOST_LOSSES
            ? new Next.Stop(
                new Failure.PositionLost(
                    "MR-HISTORY-LOST-AGAIN",
                    "the history was lost %d times and nothing of the stream was delivered in between: the oplog is too small for this sink (replSetResizeOplog). Last: %s"
                        .formatted(losses, failure.message())))
            : new Next.After(FIRST_PAUSE);
      }
    };
  }

  private static Duration longer(Duration pause) {
    Duration doubled = pause.multipliedBy(2);
    return doubled.compareTo(LONGEST_PAUSE) < 0 ? doubled : LONGEST_PAUSE;
  }
}
