package dev.millrace.checkpoint;

import dev.millrace.model.Checkpoint;
import dev.millrace.model.MillraceException;
import dev.millrace.model.Term;
import java.util.Optional;
import org.bson.BsonTimestamp;

/**
 * The third seam: where a pipeline's term and checkpoint are kept. One store object serves one
 * pipeline, one call at a time from changing threads; {@link #close} from any, beside a call: what
 * is asked of a store that is closed, or was meanwhile, fails with {@code Transient}. It is kept
 * open through failures that pass, for hours if need be, and connects again by itself.
 */
public interface CheckpointStore extends AutoCloseable {
  /**
   * Begins a new leadership: raises the term by one, in one compare-and-set, and returns it with
   * the checkpoint as that same write found it.
   */
  Begun begin(Owner owner);

  /**
   * Goes on within a leadership, on a fresh connection.
   *
   * @throws MillraceException {@code Fenced} when the term is no longer the newest
   */
  Begun resume(Term term);

  /**
   * Saves a checkpoint if its term is still the newest. A store over a row that a sink writes as
   * well never moves it back within a term: who saves here lags behind the sink.
   *
   * @return when the write happened, where it was a write to the source itself: the stream will
   *     move by it, and that is no news
   * @throws MillraceException {@code Fenced} when the term is no longer the newest; {@code
   *     Transient} when it may be tried again
   */
  Optional<BsonTimestamp> save(Checkpoint checkpoint);

  /** What is there, without taking or making anything; empty for a pipeline that never ran. */
  Optional<Stored> read();

  /**
   * Says that the owner of this term stopped in good order; nothing when the term is not its own.
   */
  void release(Term term);

  @Override
  void close();

  /** The outcome of {@link #begin} and {@link #resume}. */
  record Begun(Term term, Optional<Checkpoint> checkpoint) {}

  /** The outcome of {@link #read}. */
  record Stored(Term term, Optional<Checkpoint> checkpoint, Optional<Owner> owner) {}

  /**
   * Who runs the pipeline, so that `position set` can ask whether it still does.
   *
   * @param instance unique to one process
   * @param address where its HTTP answers, as {@code host:port}; empty when nowhere
   */
  record Owner(String instance, String address) {}
}
