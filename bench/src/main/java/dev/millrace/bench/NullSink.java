package dev.millrace.bench;

import dev.millrace.model.Change;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.Term;
import dev.millrace.sink.Delivery;
import dev.millrace.sink.Parcel;
import dev.millrace.sink.Sink;
import java.util.Optional;

/** Takes changes, decoded, and counts them. */
final class NullSink implements Sink {
  private static final int FULL = 1_000;

  @Override
  public Optional<Checkpoint> fence(Term term, Optional<Checkpoint> stored) {
    return stored;
  }

  /** As the sinks do that take part in a copy: nobody waits for the store beside it. */
  @Override
  public boolean keepsCheckpoint() {
    return true;
  }

  @Override
  public Parcel newParcel() {
    return new Counted();
  }

  @Override
  public void close() {}

  private static final class Counted implements Parcel {
    private int changes;
    private long bytes;

    @Override
    public void add(Change change) {
      changes++;
      bytes +=
          switch (change) {
            case Change.Streamed streamed -> streamed.event().raw().length();
            case Change.Read read -> read.document().length();
            case Change.Renewed r -> r.id().length();
            case Change.Reset r -> 0;
            case Change.Swept s -> 0;
            case Change.Committed c -> 0;
          };
    }

    @Override
    public int changes() {
      return changes;
    }

    @Override
    public long bytes() {
      return bytes;
    }

    @Override
    public boolean isFull() {
      return changes >= FULL;
    }

    @Override
    public Delivery send(Checkpoint through) {
      return () -> through;
    }
  }
}
