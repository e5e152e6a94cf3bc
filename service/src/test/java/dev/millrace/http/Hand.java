package dev.millrace.http;

import dev.millrace.checkpoint.CheckpointStore;
import dev.millrace.checkpoint.CheckpointStore.Owner;
import dev.millrace.engine.CopyPlan;
import dev.millrace.engine.PipelinePlan;
import dev.millrace.engine.Supervisor;
import dev.millrace.ha.SoloLeadership;
import dev.millrace.model.Batch;
import dev.millrace.model.Change;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.CopyState;
import dev.millrace.model.Failure;
import dev.millrace.model.Operation;
import dev.millrace.model.Position;
import dev.millrace.model.Term;
import dev.millrace.sink.Delivery;
import dev.millrace.sink.Parcel;
import dev.millrace.sink.Sink;
import dev.millrace.source.CopySource;
import dev.millrace.source.Source;
import dev.millrace.source.SourceOpener;
import dev.millrace.source.StartFrom;
import java.time.Duration;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.Optional;
import org.bson.BsonTimestamp;

/** Pipelines made by hand, with nothing behind them. */
final class Hand {
  static final Position AT = Position.of("826B0182B1000000022B0229296E04");

  private Hand() {}

  /** A pipeline that runs and has nothing to do. */
  static Supervisor quiet(String name) {
    return supervisor(name, new QuietSource());
  }

  /** A pipeline that stops at its first look at the source. */
  static Supervisor failing(String name) {
    return supervisor(
        name,
        new QuietSource() {
          @Override
          public Batch poll(long waitMillis) {
            throw Failure.fatal("MR-TEST", "<b>no more</b>");
          }
        });
  }

  private static Supervisor supervisor(String name, Source source) {
    PipelinePlan plan =
        new PipelinePlan(
            name,
            new Quiet(source),
            QuietSink::new,
            QuietStore::new,
            new StartFrom.Now(),
            EnumSet.allOf(Operation.class),
            1 << 20,
            1 << 20,
            Duration.ofMillis(300),
            Duration.ofSeconds(4),
            CopyPlan.none());
    return new Supervisor(plan, new SoloLeadership(), new Owner("test", ""));
  }

  private record Quiet(Source source) implements SourceOpener {
    @Override
    public Source open(Optional<Checkpoint> checkpoint, StartFrom first, CopyState.Edits edits) {
      return source;
    }

    @Override
    public CopySource copying(CopyState.Edits edits) {
      throw new UnsupportedOperationException("nothing is copied here");
    }
  }

  private static class QuietSource implements Source {
    @Override
    public Position opened() {
      return AT;
    }

    @Override
    public String deployment() {
      return "d";
    }

    @Override
    public String scope() {
      return "s";
    }

    @Override
    public Batch poll(long waitMillis) {
      try {
        Thread.sleep(20);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      return new Nothing();
    }

    @Override
    public void keepAlive() {}

    @Override
    public void close() {}
  }

  private record Nothing() implements Batch {
    @Override
    public Iterator<Change.Streamed> changes() {
      return Collections.emptyIterator();
    }

    @Override
    public Position through() {
      return AT;
    }

    @Override
    public long bytes() {
      return 1;
    }

    @Override
    public long frontier() {
      return AT.clusterTime();
    }

    @Override
    public BsonTimestamp sourceTime() {
      return new BsonTimestamp(AT.clusterTime());
    }
  }

  private static final class QuietSink implements Sink {
    @Override
    public Optional<Checkpoint> fence(Term term, Optional<Checkpoint> stored) {
      return stored;
    }

    @Override
    public boolean keepsCheckpoint() {
      return false;
    }

    @Override
    public Parcel newParcel() {
      return new EmptyParcel();
    }

    @Override
    public void close() {}
  }

  private static final class EmptyParcel implements Parcel {
    @Override
    public void add(Change change) {}

    @Override
    public int changes() {
      return 0;
    }

    @Override
    public long bytes() {
      return 0;
    }

    @Override
    public boolean isFull() {
      return false;
    }

    @Override
    public Delivery send(Checkpoint through) {
      return () -> through;
    }
  }

  private static final class QuietStore implements CheckpointStore {
    @Override
    public Begun begin(Owner owner) {
      return new Begun(new Term(1), Optional.empty());
    }

    @Override
    public Begun resume(Term term) {
      return new Begun(term, Optional.empty());
    }

    @Override
    public Optional<BsonTimestamp> save(Checkpoint checkpoint) {
      return Optional.empty();
    }

    @Override
    public Optional<Stored> read() {
      return Optional.empty();
    }

    @Override
    public void release(Term term) {}

    @Override
    public void close() {}
  }
}
