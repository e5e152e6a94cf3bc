package dev.millrace.letters;

import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;
import java.util.List;
import java.util.Optional;

/**
 * A pipeline's dead letters, over a connection of its own: whether the pipeline runs, here or
 * elsewhere, or not. For one thread. Every method fails with what the target answers, as a sink's
 * do; where the sink never was there are simply none.
 *
 * <p>A letter ends by itself when its document's state fits, and with the document or its
 * collection. Whoever removes one with {@link #discard} has the target stay as it is.
 */
public interface DeadLetterBox extends AutoCloseable {
  /** As many are looked at together. */
  int PAGE = 1_000;

  /**
   * How many there are.
   *
   * @throws MillraceException when they cannot be read
   */
  long count(Which which);

  /**
   * The next of them, in an order that stays while letters come and go.
   *
   * @param after the last one that was seen; empty to begin
   * @param limit the most to give, up to {@link #PAGE}
   * @return without their documents
   * @throws MillraceException when they cannot be read
   */
  List<DeadLetter> page(Which which, Optional<Address> after, int limit);

  /**
   * The newest of all, for a glance: fewer where the target cannot tell more at once.
   *
   * @return the newest first, without their documents
   * @throws MillraceException when they cannot be read
   */
  List<DeadLetter> newest(int limit);

  /**
   * One with its document, as far as that is kept.
   *
   * @throws MillraceException when it cannot be read
   */
  Optional<DeadLetter> find(Address address);

  /**
   * Removes these, but those that are of a later state by now.
   *
   * @return how many there were of them
   * @throws MillraceException when that fails
   */
  int discard(List<DeadLetter> letters);

  /** Why there is no box of a pipeline. */
  static MillraceException none(String pipeline, String kind) {
    return Failure.fatal(
        "MR-LETTERS-NONE",
        "pipeline %s has no dead letters: its sink is %s, which keeps nothing aside; what it does not take stops the pipeline"
            .formatted(pipeline, kind));
  }

  @Override
  void close();
}
