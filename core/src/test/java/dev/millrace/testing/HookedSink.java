package dev.millrace.testing;

import dev.millrace.model.Change;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.Namespace;
import dev.millrace.model.Term;
import dev.millrace.sink.Delivery;
import dev.millrace.sink.Parcel;
import dev.millrace.sink.Sink;
import dev.millrace.testing.Hooks.Point;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A sink with {@link Hooks} in it. */
record HookedSink(Hooks hooks, Sink inner) implements Sink {
  @Override
  public Optional<Checkpoint> fence(Term term, Optional<Checkpoint> stored) {
    hooks.aliveOrThrow();
    Optional<Checkpoint> from = inner.fence(term, stored);
    hooks.journal().started(from);
    return from;
  }

  @Override
  public boolean keepsCheckpoint() {
    return inner.keepsCheckpoint();
  }

  @Override
  public boolean copiesBeside(Namespace namespace) {
    return hooks.isBesideAnyway() || inner.copiesBeside(namespace);
  }

  @Override
  public long deadLetters() {
    return inner.deadLetters();
  }

  @Override
  public Parcel newParcel() {
    return new HookedParcel(hooks, inner.newParcel());
  }

  @Override
  public void close() {
    inner.close();
  }

  /** Remembers what is in it. */
  private static final class HookedParcel implements Parcel {
    private final Hooks hooks;
    private final Parcel inner;
    private final List<Change> changes = new ArrayList<>();

    HookedParcel(Hooks hooks, Parcel inner) {
      this.hooks = hooks;
      this.inner = inner;
    }

    @Override
    public void add(Change change) {
      inner.add(change);
      changes.add(change);
    }

    @Override
    public int changes() {
      return inner.changes();
    }

    @Override
    public long bytes() {
      return inner.bytes();
    }

    @Override
    public boolean isFull() {
      return hooks.isFull(changes.size()) || inner.isFull();
    }

    @Override
    public int room() {
      return inner.room();
    }

    @Override
    public Delivery send(Checkpoint through) {
      Moment moment = new Moment.Sending(changes, through);
      hooks.pass(Point.BEFORE_SEND, moment);
      Delivery delivery = inner.send(through);
      hooks.pass(Point.AFTER_SEND, moment);
      return () -> {
        Checkpoint durable = delivery.await();
        hooks.journal().acknowledged(changes.stream().map(hooks.journal()::note).toList());
        hooks.pass(Point.AFTER_ACK, moment);
        return durable;
      };
    }
  }
}
