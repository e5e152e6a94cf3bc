package dev.millrace.cli;

import dev.millrace.checkpoint.CheckpointStore.Owner;
import dev.millrace.checkpoint.CheckpointStore.Stored;
import dev.millrace.http.RunningInstance;
import java.util.Optional;
import java.util.Set;

/** Finds out whether whoever is noted as a pipeline's owner is still there. */
final class Owners {
  private static final Set<String> OVER = Set.of("stopped", "ended");

  private Owners() {}

  /** The owner, if it answers where it said that it would, as the very same process. */
  static Optional<Owner> running(Stored stored) {
    return stored
        .owner()
        .filter(owner -> !owner.address().isEmpty())
        .filter(owner ->
            new RunningInstance(owner.address()).id().filter(owner.instance()::equals).isPresent());
  }

  /** Whether the owner answers, and its pipeline is one that will move on. */
  static boolean isMoving(Stored stored, String pipeline) {
    return running(stored)
        .flatMap(owner -> new RunningInstance(owner.address()).pipelines())
        .filter(all ->
            all.values().stream()
                .filter(one -> one.path("name").asString("").equals(pipeline))
                .noneMatch(one -> OVER.contains(one.path("state").asString(""))))
        .isPresent();
  }
}
