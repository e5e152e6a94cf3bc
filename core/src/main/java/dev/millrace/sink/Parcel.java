package dev.millrace.sink;

import dev.millrace.model.Change;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.MillraceException;

/**
 * Changes on their way, already in the target's form. Filled by one thread, while the parcel before
 * it is under way; sent at most once.
 */
public interface Parcel {
  /**
   * Takes one change in, converting it at once; the change's bytes are not kept. All or nothing:
   * after a failure the parcel is as before and may be sent.
   *
   * @throws MillraceException {@code Fatal} for a change that the sink will never take; {@link
   *     #send} and {@link Delivery#await} throw it for what only the target can refuse
   */
  void add(Change change);

  /** How many changes were added. */
  int changes();

  /** Bytes held. */
  long bytes();

  /** Whether the sink would rather have it sent than filled further; never while it is empty. */
  boolean isFull();

  /**
   * How many changes more it can take at most, full or not, so that a transaction of the source
   * stays whole. A sink whose parcels are no unit to those who read it need not say.
   */
  default int room() {
    return isFull() ? 0 : Integer.MAX_VALUE;
  }

  /**
   * Sends it. Where the sink keeps checkpoints this one becomes durable with the changes, as one
   * unit, also where there are no changes: what is still to be copied may be the news. Parcels
   * become durable in the order they are sent; the next is sent only after this one's {@link
   * Delivery#await} returned.
   *
   * @throws MillraceException as {@link Delivery#await}
   */
  Delivery send(Checkpoint through);
}
