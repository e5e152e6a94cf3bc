package dev.millrace.engine;

import dev.millrace.model.Failure;

/** What the supervisor does about a failure. The one place where that is decided. */
sealed interface Reaction {
  /** Start again in the same term. */
  record Retry() implements Reaction {}

  /** Start again at the present, in the same term, and copy everything anew. */
  record CopyAnew() implements Reaction {}

  /** Stay down, visibly, until a person acts. */
  record Stop() implements Reaction {}

  static Reaction to(Failure failure, CopyPlan copy) {
    return switch (failure) {
      case Failure.Transient t -> new Retry();
      case Failure.Again a -> new Retry();
      case Failure.PositionLost p ->
          copy.isOn() && copy.historyLost() == CopyPlan.HistoryLost.RESNAPSHOT
              ? new CopyAnew()
              : new Stop();
      case Failure.Fenced f -> new Stop();
      case Failure.Fatal f -> new Stop();
    };
  }
}
