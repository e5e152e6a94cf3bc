package dev.millrace.source;

import dev.millrace.model.Position;
import org.bson.BsonTimestamp;

/** Where a pipeline without a stored position begins. */
public sealed interface StartFrom {
  /** With what happens after the stream was opened. */
  record Now() implements StartFrom {}

  /** With the first change at or after this cluster time. */
  record At(BsonTimestamp time) implements StartFrom {}

  /** With the first change after this token. */
  record After(Position position) implements StartFrom {}
}
