package dev.millrace.sink;

import dev.millrace.model.Checkpoint;
import dev.millrace.model.MillraceException;
import dev.millrace.model.Namespace;
import dev.millrace.model.Term;
import java.util.Optional;

/**
 * The second seam: where changes go. An open sink belongs to one thread, but for {@link #close},
 * which any thread may call and which makes a waiting {@link Delivery#await} fail.
 *
 * <p>To add one: a package with an implementation and its configuration record, one name in {@code
 * SinkConfig}, one arm in {@code Wiring}, one subclass of {@code SinkContractTest}, one page of
 * docs.
 */
public interface Sink extends AutoCloseable {
  /**
   * Shuts the door behind every older term, as far as the sink can, and says from where to go on.
   * Fence and state are read as one: nothing of an older term can come between.
   *
   * @param stored what the checkpoint store has
   * @return the checkpoint that holds: the sink's own where it keeps one with its rows and that one
   *     supersedes the stored one, else the stored one; empty for a first start
   * @throws MillraceException {@code Fenced} when a higher term was here already
   */
  Optional<Checkpoint> fence(Term term, Optional<Checkpoint> stored);

  /**
   * Whether the checkpoint of a parcel becomes durable with its changes. Where not, it is durable
   * only once the checkpoint store has it.
   */
  boolean keepsCheckpoint();

  /**
   * Whether rows of this collection can be copied while its changes are delivered. Where not, it is
   * copied first and streamed after. Asked after {@link #fence}.
   */
  default boolean copiesBeside(Namespace namespace) {
    return true;
  }

  /** An empty parcel to fill; at most one is filled while one is under way. */
  Parcel newParcel();

  @Override
  void close();
}
