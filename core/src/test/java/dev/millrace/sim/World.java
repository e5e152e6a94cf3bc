package dev.millrace.sim;

import dev.millrace.model.Checkpoint;
import dev.millrace.model.CopyState;
import dev.millrace.model.Namespace;
import dev.millrace.source.CopySource;
import dev.millrace.source.Source;
import dev.millrace.source.SourceOpener;
import dev.millrace.source.StartFrom;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;

/** Everything around the engine in one simulation: deployment, sink, store, faults and referee. */
final class World {
  static final Namespace A = new Namespace(SimMongo.DATABASE, "a");
  static final Namespace B = new Namespace(SimMongo.DATABASE, "b");
  static final Namespace C = new Namespace(SimMongo.DATABASE, "c");
  static final Namespace VIEW = new Namespace(SimMongo.DATABASE, "view");

  /** Not followed, unless somebody adds it. */
  static final Namespace OUTSIDE = new Namespace(SimMongo.DATABASE, "outside");

  static final List<Namespace> NAMES = List.of(A, B, C, OUTSIDE);

  /**
   * How large a scripted world is.
   *
   * @param keys how many different keys documents have
   */
  record Shape(int keys, boolean lookups, int pageRows, int parcelItems, int readers, long whole) {
    static final Shape SMALL = new Shape(6, false, 2, 4, 1, 1 << 20);

    Shape withKeys(int count) {
      return new Shape(count, lookups, pageRows, parcelItems, readers, whole);
    }

    Shape withLookups() {
      return new Shape(keys, true, pageRows, parcelItems, readers, whole);
    }

    Shape withParcelsOf(int items) {
      return new Shape(keys, lookups, pageRows, items, readers, whole);
    }

    Shape withReaders(int count) {
      return new Shape(keys, lookups, pageRows, parcelItems, count, whole);
    }

    /** No transaction is small enough to be kept whole. */
    Shape withTransactionsInParts() {
      return new Shape(keys, lookups, pageRows, parcelItems, readers, 0);
    }
  }

  final SplittableRandom random;
  final Trace trace;
  final Baton baton;
  final SimMongo mongo;
  final SinkKind kind;
  final SimStore store;
  final SimSinkServer sink;
  final Chaos chaos;
  final Auditor auditor;
  final Mutant mutant;

  /** Whether updates carry the document as it is when they are read. */
  final boolean lookups;

  /** Most rows that one read brings. */
  final int pageRows;

  /** Most changes in one parcel. */
  final int parcelItems;

  final int readers;

  /** Up to which size transactions are whole. */
  final long transactionBytes;

  /** Most chunks read ahead of the sink. */
  final int prefetchedChunks;

  final Set<Namespace> configured = new TreeSet<>(List.of(A, B, VIEW));
  private final List<Instance> instances = new ArrayList<>();

  /** Remembers what scripted runs ask for. */
  final Witness witness = new Witness();

  /** Rows that came from copies, over all instances. */
  long rowsCopied;

  /** Those of them that were told again on request. */
  long rowsRenewed;

  World(long seed, SinkKind kind, Mutant mutant, Trace trace) {
    this.random = new SplittableRandom(seed);
    this.trace = trace;
    this.kind = kind;
    this.mutant = mutant;
    this.baton = new Baton(random, 1 + 1_000_000 * (1 + random.nextInt(20)));
    Keys keys = new Keys(random, 4 + random.nextInt(5));
    this.mongo = new SimMongo(keys, random, trace);
    this.chaos = new Chaos(random);
    this.store = new SimStore(this, random.nextInt(4) > 0);
    this.sink = new SimSinkServer(this, kind);
    this.auditor = new Auditor(this);
    this.lookups = random.nextInt(5) < 3;
    this.pageRows = 1 + random.nextInt(3);
    this.parcelItems = 1 + random.nextInt(6);
    this.readers = 1 + random.nextInt(4);
    this.transactionBytes = random.nextInt(4) == 0 ? 2 * SimSink.ITEM_BYTES : 1 << 20;
    // None is one: a bound below the size of a chunk does not keep anything from being read.
    this.prefetchedChunks = random.nextInt(7);
    if (random.nextBoolean()) {
      configured.add(C);
    }
  }

  /** A world in which nothing goes wrong by itself, and of known size. */
  World(long seed, SinkKind kind, Shape shape, Trace trace) {
    this.random = new SplittableRandom(seed);
    this.trace = trace;
    this.kind = kind;
    this.mutant = Mutant.NONE;
    this.baton = new Baton(random, 1_000_000);
    this.mongo = new SimMongo(new Keys(random, shape.keys()), random, trace);
    this.chaos = new Chaos(random);
    this.chaos.off();
    this.store = new SimStore(this, true);
    this.sink = new SimSinkServer(this, kind);
    this.auditor = new Auditor(this);
    this.lookups = shape.lookups();
    this.pageRows = shape.pageRows();
    this.parcelItems = shape.parcelItems();
    this.readers = shape.readers();
    this.transactionBytes = shape.whole();
    this.prefetchedChunks = 1 + shape.readers();
    this.witness.watch();
  }

  /** Who does what is going on, for traces. */
  String who() {
    return baton.isRunning()
        ? baton.nanos() / 1_000_000 % 1_000_000 + " " + baton.current()
        : "before";
  }

  List<Instance> instances() {
    return instances;
  }

  Instance newInstance() {
    Instance instance = new Instance("#" + (instances.size() + 1));
    instances.add(instance);
    return instance;
  }

  /** What is followed, where the configuration was edited so. */
  Set<Namespace> scope(CopyState.Edits edits) {
    if (edits.isEmpty()) {
      return configured;
    }
    Set<Namespace> scope = new TreeSet<>(configured);
    edits.added().forEach(name -> scope.add(Namespace.parse(name)));
    edits.removed().forEach(name -> scope.remove(Namespace.parse(name)));
    return scope;
  }

  /** What is followed as far as is stored. */
  Set<Namespace> followed() {
    Checkpoint durable = auditor.newestDurable();
    return durable == null ? configured : scope(durable.copy().edits());
  }

  boolean isFollowed(Op op) {
    Set<Namespace> followed = followed();
    return followed.contains(op.namespace()) || (op.to() != null && followed.contains(op.to()));
  }

  SourceOpener sourceOf(Instance instance) {
    return new SourceOpener() {
      @Override
      public Source open(Optional<Checkpoint> checkpoint, StartFrom first, CopyState.Edits edits) {
        SimSource source = SimSource.open(World.this, checkpoint, first, scope(edits));
        instance.opened(source.opened());
        if (checkpoint.isEmpty()) {
          instance.startFrom(null);
        }
        return source;
      }

      @Override
      public CopySource copying(CopyState.Edits edits) {
        return new SimCopySource(World.this, scope(edits), instance);
      }
    };
  }
}
