package dev.millrace.engine;

import dev.millrace.model.Failure;

/** What the supervisor does about a failure. The one place where that is decided. */
sealed interface Reaction {
  /** Start again in the same term. */
  record Retry() implements Reaction {}

  /** Stay down, visibly, until a person acts. */
  record Stop() implements Reaction {}

  static Reaction to(Failure failure) {
    return switch (failure) {
      case Failure.Transient t -> new Retry();
      case Failure.PositionLost p -> new Stop();
      case Failure.Fenced f -> new Stop();
      case Failure.Fatal f -> new Stop();
    };
  }
}
