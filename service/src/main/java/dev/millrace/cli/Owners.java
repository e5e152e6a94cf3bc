package dev.millrace.cli;

import dev.millrace.checkpoint.CheckpointStore.Owner;
import dev.millrace.checkpoint.CheckpointStore.Stored;
import dev.millrace.http.RunningInstance;
import java.util.Optional;

/** Finds out whether whoever is noted as a pipeline's owner is still there. */
final class Owners {
  private Owners() {}

  /** The owner, if it answers where it said that it would, as the very same process. */
  static Optional<Owner> running(Stored stored) {
    return stored
        .owner()
        .filter(owner -> !owner.address().isEmpty())
        .filter(owner ->
            new RunningInstance(owner.address()).id().filter(owner.instance()::equals).isPresent());
  }
}
