package dev.millrace.source;

import dev.millrace.model.Checkpoint;
import dev.millrace.model.CopyState;
import dev.millrace.model.MillraceException;
import java.util.Optional;

/** Opens a {@link Source}, with connections of its own, each time one is needed. */
public interface SourceOpener {
  /**
   * Opens after the checkpoint's position or, where there is none, where {@code first} says.
   *
   * @param edits what was changed of the scope while running
   * @throws MillraceException with {@code PositionLost} when the source's history no longer reaches
   *     back so far; {@code Fatal} when the position is of another deployment or of the future, or
   *     when the source cannot be followed at all
   */
  Source open(Optional<Checkpoint> checkpoint, StartFrom first, CopyState.Edits edits);

  /**
   * Opens what copies are read with.
   *
   * @param edits what was changed of the scope while running
   */
  CopySource copying(CopyState.Edits edits);
}
