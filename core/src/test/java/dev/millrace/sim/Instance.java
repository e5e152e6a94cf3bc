package dev.millrace.sim;

import dev.millrace.model.Checkpoint;
import dev.millrace.model.Position;
import org.jspecify.annotations.Nullable;

/** One process that runs Millrace, alive or not, and whether it has been replaced. */
final class Instance {
  final Baton.Life life;
  private Moment openedAt = new Moment(0, 0);
  private @Nullable Checkpoint startedFrom;
  private boolean replaced;

  /** What {@link Mutant#TIME_ONCE_PER_TERM} remembers. */
  @Nullable Long rememberedTime;

  Instance(String name) {
    this.life = new Baton.Life(name);
  }

  /** What its pipeline goes on from; null before the first, or where all is copied again. */
  @Nullable Checkpoint startedFrom() {
    return startedFrom;
  }

  void startFrom(@Nullable Checkpoint checkpoint) {
    startedFrom = checkpoint;
  }

  /** Where its stream was opened last. */
  Moment openedAt() {
    return openedAt;
  }

  void opened(Position position) {
    openedAt = Moment.of(position);
  }

  /** Another instance has taken the pipeline; this one may not know. */
  boolean isReplaced() {
    return replaced;
  }

  void replace() {
    replaced = true;
  }

  @Override
  public String toString() {
    return life.toString();
  }
}
