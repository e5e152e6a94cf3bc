package dev.millrace.sink;

import dev.millrace.model.Checkpoint;
import dev.millrace.model.MillraceException;
import dev.millrace.model.Namespace;
import dev.millrace.model.Term;
import java.util.Optional;

/**
 * The second seam: where changes go. An open sink belongs to one thread, but for {@link #close},
 * which any thread may call and which makes a waiting {@link Delivery#await} fail at once, with
 * {@code Transient}, whatever the target does. It is opened, fenced, and then filled; after any
 * failure it is closed and another one opened.
 *
 * <p>What the engine does otherwise for one sink than for another follows from two answers alone,
 * {@link #keepsCheckpoint} and {@link #copiesBeside}. A sink that keeps the checkpoint with its
 * rows may also be the pipeline's {@code CheckpointStore}; it is one more class then, over the same
 * tables. CONTRIBUTING says what else is to be written for a new sink.
 */
public interface Sink extends AutoCloseable {
  /**
   * Shuts the door behind every older term, as far as the sink can, and says from where to go on.
   * Fence and state are read as one: nothing of an older term can come between. Called once before
   * anything else, and again on the same open sink where that failed: with a higher term after
   * {@code Fenced}, with nothing stored after {@code PositionLost}.
   *
   * @param stored what the checkpoint store has
   * @return the checkpoint that holds: the sink's own where it keeps one with its rows and that one
   *     supersedes the stored one, else the stored one; empty for a first start
   * @throws MillraceException {@code Fenced} when a higher term was here already, and its {@code
   *     by} is that term; {@code PositionLost} when the sink no longer has what the stored
   *     checkpoint says that it has
   */
  Optional<Checkpoint> fence(Term term, Optional<Checkpoint> stored);

  /**
   * Whether the checkpoint of a parcel becomes durable with its changes. Where not, it is durable
   * only once the checkpoint store has it.
   */
  boolean keepsCheckpoint();

  /**
   * Whether rows of this collection can be copied while its changes are delivered. Where not, it is
   * copied first and streamed after, and the {@link dev.millrace.model.Change.Reset} that begins
   * the copy must empty what is there: nothing could tell old rows from new at its end. True for
   * what the sink began itself and for what is not there yet: only what it found may lack what that
   * takes. Asked after {@link #fence}, also while a parcel is under way, and once for each
   * collection.
   */
  default boolean copiesBeside(Namespace namespace) {
    return true;
  }

  /**
   * How many documents there are whose newest state it could not take and keeps aside, as far as is
   * known; any thread.
   */
  default long deadLetters() {
    return 0;
  }

  /** An empty parcel to fill; at most one is filled while one is under way. */
  Parcel newParcel();

  @Override
  void close();
}
