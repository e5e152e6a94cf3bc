package dev.millrace.bench;

import dev.millrace.checkpoint.CheckpointStore;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.Term;
import java.util.Optional;
import org.bson.BsonTimestamp;

/** Checkpoints that live as long as the run. */
final class MemoryStore implements CheckpointStore {
  private Term term = Term.NONE;
  private Optional<Checkpoint> checkpoint = Optional.empty();

  @Override
  public synchronized Begun begin(Owner owner) {
    term = term.next();
    return new Begun(term, checkpoint);
  }

  @Override
  public synchronized Begun resume(Term wanted) {
    return new Begun(wanted, checkpoint);
  }

  @Override
  public synchronized Optional<BsonTimestamp> save(Checkpoint next) {
    checkpoint = Optional.of(next);
    return Optional.empty();
  }

  @Override
  public synchronized Optional<Stored> read() {
    return Optional.of(new Stored(term, checkpoint, Optional.empty()));
  }

  @Override
  public void release(Term released) {}

  @Override
  public void close() {}
}
