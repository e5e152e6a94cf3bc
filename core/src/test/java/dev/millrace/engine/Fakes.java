package dev.millrace.engine;

import dev.millrace.checkpoint.CheckpointStore;
import dev.millrace.model.Batch;
import dev.millrace.model.Change;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.CopyState;
import dev.millrace.model.Event;
import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;
import dev.millrace.model.Namespace;
import dev.millrace.model.Operation;
import dev.millrace.model.Position;
import dev.millrace.model.RawValue;
import dev.millrace.model.Term;
import dev.millrace.sink.Delivery;
import dev.millrace.sink.Parcel;
import dev.millrace.sink.Sink;
import dev.millrace.source.CopySource;
import dev.millrace.source.Source;
import dev.millrace.source.SourceOpener;
import dev.millrace.source.StartFrom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonTimestamp;
import org.jspecify.annotations.Nullable;

/**
 * A numbered stream of changes, a sink that remembers and a store in memory, all of them breakable.
 */
final class Fakes {
  static final Namespace NAMESPACE = new Namespace("d", "c");

  private Fakes() {}

  /** The position of change n; of n = 0, the start of everything. */
  static Position position(int n) {
    return Position.of("82%08X%08X2B022C010029%08X".formatted(1_700_000_000, n + 1, n));
  }

  /** A high-water token just behind change n. */
  static Position behind(int n, int ticks) {
    return Position.of("82%08X%08X2B0229".formatted(1_700_000_000, n + 1 + ticks));
  }

  static Change.Streamed change(int n) {
    RawValue id = RawValue.of(new BsonDocument("_id", new BsonInt32(n)));
    RawValue token = RawValue.of(position(n).token());
    RawValue raw =
        RawValue.of(new BsonDocument("_id", position(n).token()).append("n", new BsonInt32(n)));
    Event event =
        new Event(raw, Operation.INSERT, NAMESPACE, token, position(n).clusterTime(), false);
    return new Change.Upsert(event, id, id);
  }

  static int number(Change change) {
    return ((Change.Streamed) change).event().raw().toDocument().getInt32("n").getValue();
  }

  record Changes(
      List<Change.Streamed> list, Position through, long bytes, Consumer<Integer> beforeDecode)
      implements Batch {
    @Override
    public Iterator<Change.Streamed> changes() {
      return list.stream().peek(change -> beforeDecode.accept(number(change))).iterator();
    }

    @Override
    public long frontier() {
      return through.clusterTime();
    }

    @Override
    public BsonTimestamp sourceTime() {
      return new BsonTimestamp(through.clusterTime());
    }
  }

  /** Hands out changes 1..last in batches, then nothing; a new one starts after the checkpoint. */
  static final class Stream implements SourceOpener {
    final int last;
    final int perBatch;
    final AtomicInteger keptAlive = new AtomicInteger();
    final AtomicInteger polled = new AtomicInteger();
    final List<Position> openedAt = new CopyOnWriteArrayList<>();
    volatile Consumer<Integer> beforePoll = n -> {};
    volatile Consumer<Integer> beforeDecode = n -> {};
    long bytesPerBatch = 100;

    Stream(int last, int perBatch) {
      this.last = last;
      this.perBatch = perBatch;
    }

    @Override
    public Source open(Optional<Checkpoint> checkpoint, StartFrom first, CopyState.Edits edits) {
      Position from = checkpoint.map(Checkpoint::position).orElse(position(0));
      openedAt.add(from);
      return new Source() {
        private int next = next(from);
        private volatile boolean closed;

        @Override
        public Position opened() {
          return from;
        }

        @Override
        public String deployment() {
          return "set";
        }

        @Override
        public String scope() {
          return "d/*";
        }

        @Override
        public Batch poll(long waitMillis) {
          beforePoll.accept(next);
          if (closed) {
            throw Failure.transientFailure("MR-TEST", "closed", null);
          }
          polled.incrementAndGet();
          List<Change.Streamed> list = new ArrayList<>();
          while (list.size() < perBatch && next <= last) {
            list.add(change(next++));
          }
          if (list.isEmpty()) {
            LockSupport.parkNanos(20_000_000);
          }
          return new Changes(list, position(next - 1), bytesPerBatch, beforeDecode);
        }

        @Override
        public void keepAlive() {
          keptAlive.incrementAndGet();
        }

        @Override
        public void close() {
          closed = true;
        }
      };
    }

    @Override
    public CopySource copying(CopyState.Edits edits) {
      throw new UnsupportedOperationException("this one has only a stream");
    }

    private static int next(Position position) {
      return (int) position.clusterTime();
    }
  }

  /** Remembers what became durable; {@code beforeAwait} and {@code onAdd} break it. */
  static final class Remembering {
    final List<Integer> durable = new CopyOnWriteArrayList<>();
    final AtomicInteger opened = new AtomicInteger();
    volatile Consumer<List<Integer>> beforeAwait = numbers -> {};
    volatile Consumer<Integer> onAdd = n -> {};
    volatile Consumer<Term> beforeFence = term -> {};
    int full = 10;

    Sink open() {
      opened.incrementAndGet();
      return new Sink() {
        @Override
        public Optional<Checkpoint> fence(Term term, Optional<Checkpoint> stored) {
          beforeFence.accept(term);
          return stored;
        }

        @Override
        public boolean keepsCheckpoint() {
          return true;
        }

        @Override
        public Parcel newParcel() {
          return new Numbers();
        }

        @Override
        public void close() {}
      };
    }

    private final class Numbers implements Parcel {
      private final List<Integer> numbers = new ArrayList<>();

      @Override
      public void add(Change change) {
        onAdd.accept(number(change));
        numbers.add(number(change));
      }

      @Override
      public int changes() {
        return numbers.size();
      }

      @Override
      public long bytes() {
        return numbers.size() * 10L;
      }

      @Override
      public boolean isFull() {
        return numbers.size() >= full;
      }

      @Override
      public Delivery send(Checkpoint through) {
        return () -> {
          beforeAwait.accept(numbers);
          durable.addAll(numbers);
          return through.marked("after " + numbers.getLast());
        };
      }
    }
  }

  /** One pipeline's state; {@code beforeSave} breaks it. */
  static final class Store {
    final List<Checkpoint> saved = new CopyOnWriteArrayList<>();
    volatile Consumer<Checkpoint> beforeSave = c -> {};
    final AtomicLong term = new AtomicLong();
    volatile boolean released;
    volatile @Nullable BsonTimestamp ownWrite;

    CheckpointStore open() {
      return new CheckpointStore() {
        @Override
        public Begun begin(Owner owner) {
          return new Begun(new Term(term.incrementAndGet()), newest());
        }

        @Override
        public Begun resume(Term mine) {
          check(mine);
          return new Begun(mine, newest());
        }

        @Override
        public Optional<BsonTimestamp> save(Checkpoint checkpoint) {
          beforeSave.accept(checkpoint);
          check(checkpoint.term());
          saved.add(checkpoint);
          return Optional.ofNullable(ownWrite);
        }

        @Override
        public Optional<Stored> read() {
          return Optional.of(new Stored(new Term(term.get()), newest(), Optional.empty()));
        }

        @Override
        public void release(Term mine) {
          released = true;
        }

        @Override
        public void close() {}
      };
    }

    private void check(Term mine) {
      if (mine.number() != term.get()) {
        throw Failure.fenced("term " + term);
      }
    }

    Optional<Checkpoint> newest() {
      return saved.isEmpty() ? Optional.empty() : Optional.of(saved.getLast());
    }
  }

  static PipelinePlan plan(Stream stream, Remembering sink, Store store) {
    return new PipelinePlan(
        "test",
        stream,
        sink::open,
        store::open,
        new StartFrom.Now(),
        EnumSet.allOf(Operation.class),
        1_000,
        1_000,
        Duration.ofMillis(5),
        Duration.ofSeconds(4),
        CopyPlan.none());
  }

  static MillraceException passing() {
    return Failure.transientFailure("MR-TEST", "it passes", null);
  }
}
