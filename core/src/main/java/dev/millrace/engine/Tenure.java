package dev.millrace.engine;

import dev.millrace.checkpoint.CheckpointStore;
import dev.millrace.checkpoint.CheckpointStore.Begun;
import dev.millrace.checkpoint.CheckpointStore.Owner;
import dev.millrace.checkpoint.CheckpointStore.Stored;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;
import dev.millrace.model.Term;
import dev.millrace.sink.Sink;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One leadership over one pipeline: its term is begun once and kept over every restart, so that a
 * server that is down for an hour does not raise it seven hundred times. Belongs to one thread.
 */
final class Tenure {
  private static final Logger LOG = LoggerFactory.getLogger(Tenure.class);

  private final Owner owner;
  private @Nullable Term term;

  /** Whether the sink's fence was ever taken in this term. */
  private boolean fenced;

  Tenure(Owner owner) {
    this.owner = owner;
  }

  /**
   * Takes the term, or sees that it still holds, and then the sink's fence.
   *
   * <p>Where the sink knows a later term than the store when a leadership begins, the store was
   * lost or put back: nobody can have begun that term in it. The leadership is then raised above
   * it, and what the sink keeps decides.
   *
   * @param lost whether all is copied anew in any case, so that a sink made anew will do
   * @return the term, and where to go on from
   * @throws MillraceException {@code Fenced} when another leadership began since
   */
  Begun take(CheckpointStore store, Sink sink, boolean lost) {
    Term mine = term;
    Begun begun = mine == null ? store.begin(owner) : store.resume(mine);
    term = begun.term();
    try {
      begun = new Begun(begun.term(), fence(sink, begun, lost));
    } catch (MillraceException e) {
      if (fenced || !(e.failure() instanceof Failure.Fenced by) || !isUnknownTo(store, by.by())) {
        throw e;
      }
      begun = raise(store, begun, by.by());
      begun = new Begun(begun.term(), fence(sink, begun, lost));
    }
    fenced = true;
    return begun;
  }

  /** A sink that lost what the stored checkpoint says is taken as it is, where that is wanted. */
  private static Optional<Checkpoint> fence(Sink sink, Begun begun, boolean lost) {
    try {
      return sink.fence(begun.term(), begun.checkpoint());
    } catch (MillraceException e) {
      if (!lost || !(e.failure() instanceof Failure.PositionLost)) {
        throw e;
      }
      sink.fence(begun.term(), Optional.empty());
      return begun.checkpoint().map(checkpoint -> checkpoint.marked(""));
    }
  }

  private static boolean isUnknownTo(CheckpointStore store, Term later) {
    return store.read().map(Stored::term).orElse(Term.NONE).compareTo(later) < 0;
  }

  private Begun raise(CheckpointStore store, Begun begun, Term above) {
    LOG.warn(
        "MR-STATE-BEHIND: the sink was written in term {} and the checkpoint store knows none later than {}: it was lost or put back; going on from what the sink says",
        above,
        begun.term());
    Begun raised = begun;
    while (raised.term().compareTo(above) <= 0) {
      raised = store.begin(owner);
      term = raised.term();
    }
    return raised;
  }
}
