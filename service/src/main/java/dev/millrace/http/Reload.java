package dev.millrace.http;

import dev.millrace.model.MillraceException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Takes the configuration in anew. */
@FunctionalInterface
public interface Reload {
  /**
   * Reads it again, and has the pipelines go on as it says.
   *
   * @param pipeline the one that is meant; empty means all
   * @return completes with a sentence on what changed, once that is stored
   * @throws MillraceException {@code MR-CONFIG} with all faults of it, {@code MR-RELOAD-RESTART}
   *     where it takes a restart; nothing is changed then
   */
  CompletableFuture<String> reload(Optional<String> pipeline);
}
