package dev.millrace.sim;

import dev.millrace.checkpoint.CheckpointStore;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;
import dev.millrace.model.Term;
import java.util.Optional;
import org.bson.BsonTimestamp;
import org.jspecify.annotations.Nullable;

/** Where terms and checkpoints are kept: in the simulated deployment itself, or elsewhere. */
final class SimStore {
  private final World world;
  private final boolean inTheSource;
  private Term term = Term.NONE;
  private @Nullable Checkpoint checkpoint;

  SimStore(World world, boolean inTheSource) {
    this.world = world;
    this.inTheSource = inTheSource;
  }

  Term term() {
    return term;
  }

  Optional<Checkpoint> checkpoint() {
    Checkpoint stored = checkpoint;
    return stored == null ? Optional.empty() : Optional.of(Checkpoint.of(stored.toDocument()));
  }

  CheckpointStore open(Instance instance) {
    return new Connection(instance);
  }

  private Optional<BsonTimestamp> written() {
    return inTheSource
        ? Optional.of(new BsonTimestamp(world.mongo.majorityWrite()))
        : Optional.empty();
  }

  /** Raises the term, and says what was there. */
  CheckpointStore.Begun raise() {
    term = term.next();
    written();
    return new CheckpointStore.Begun(term, checkpoint());
  }

  private final class Connection implements CheckpointStore {
    private final Instance instance;

    Connection(Instance instance) {
      this.instance = instance;
    }

    @Override
    public Begun begin(Owner owner) {
      world.baton.pause("begin");
      failBefore("begin");
      Begun begun = world.mutant.begin(world, SimStore.this);
      world.trace.say(() -> world.who() + " begins term " + begun.term());
      world.baton.pause("begun");
      failAfter("begin");
      return begun;
    }

    @Override
    public Begun resume(Term mine) {
      world.baton.pause("resume");
      failBefore("resume");
      check(mine);
      Begun begun = new Begun(mine, checkpoint());
      world.trace.say(() -> world.who() + " resumes term " + mine);
      world.baton.pause("resumed");
      return begun;
    }

    @Override
    public Optional<BsonTimestamp> save(Checkpoint next) {
      world.baton.pause("save");
      failBefore("save");
      if (world.mutant.checksTerm()) {
        check(next.term());
      }
      if (world.mutant.losesStart(checkpoint == null)) {
        return Optional.empty();
      }
      checkpoint = next;
      Optional<BsonTimestamp> when = written();
      world.trace.say(() -> world.who() + " saves");
      world.auditor.durable(next, "store");
      world.baton.pause("saved");
      failAfter("save");
      return when;
    }

    private void check(Term mine) {
      if (!mine.equals(term)) {
        world.trace.say(() -> world.who() + " is told that term " + mine + " is over");
        throw Failure.fenced("term " + term + " has begun", term);
      }
    }

    private void failBefore(String what) {
      if (world.chaos.storeFails()) {
        throw failed(what + " did not happen");
      }
    }

    private void failAfter(String what) {
      if (world.chaos.storeFails()) {
        throw failed(what + " happened, and nobody was told");
      }
    }

    private MillraceException failed(String what) {
      world.trace.say(() -> world.who() + " fault of the store: " + what);
      return Failure.transientFailure("MR-STORE", what, null);
    }

    @Override
    public Optional<Stored> read() {
      world.baton.pause("read state");
      return term.equals(Term.NONE)
          ? Optional.empty()
          : Optional.of(new Stored(term, checkpoint(), Optional.empty()));
    }

    @Override
    public void release(Term mine) {}

    @Override
    public void close() {}

    @Override
    public String toString() {
      return "store of " + instance;
    }
  }
}
