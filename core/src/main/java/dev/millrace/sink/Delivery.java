package dev.millrace.sink;

import dev.millrace.model.Checkpoint;
import dev.millrace.model.MillraceException;

/** A parcel under way. */
@FunctionalInterface
public interface Delivery {
  /**
   * Returns once every change of the parcel is durable. Called once. An interrupt, and the closing
   * of the sink, end it with a failure.
   *
   * @return the checkpoint that was sent along, with the sink's mark on it
   * @throws MillraceException when it is not, or when nobody can know: whoever starts again asks
   *     the sink by {@link Sink#fence}. The parcel is never sent a second time.
   */
  Checkpoint await();
}
