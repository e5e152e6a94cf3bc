package dev.millrace.testing;

import dev.millrace.checkpoint.CheckpointStore;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.Term;
import dev.millrace.testing.Hooks.Point;
import java.util.Optional;
import org.bson.BsonTimestamp;

/** A store with {@link Hooks} in it. */
record HookedStore(Hooks hooks, CheckpointStore inner) implements CheckpointStore {
  @Override
  public Begun begin(Owner owner) {
    hooks.aliveOrThrow();
    return inner.begin(owner);
  }

  @Override
  public Begun resume(Term term) {
    hooks.aliveOrThrow();
    return inner.resume(term);
  }

  @Override
  public Optional<BsonTimestamp> save(Checkpoint checkpoint) {
    Moment moment = new Moment.Saving(checkpoint);
    hooks.pass(Point.BEFORE_SAVE, moment);
    Optional<BsonTimestamp> saved = inner.save(checkpoint);
    hooks.pass(Point.AFTER_SAVE, moment);
    return saved;
  }

  @Override
  public Optional<Stored> read() {
    return inner.read();
  }

  @Override
  public void release(Term term) {
    hooks.aliveOrThrow();
    inner.release(term);
  }

  @Override
  public void close() {
    inner.close();
  }
}
