package dev.millrace.copy;

import dev.millrace.checkpoint.CheckpointStore;
import dev.millrace.checkpoint.CheckpointStore.Begun;
import dev.millrace.checkpoint.CheckpointStore.Owner;
import dev.millrace.checkpoint.mongo.MongoCheckpointStore;
import dev.millrace.config.Secret;
import dev.millrace.config.SinkConfig;
import dev.millrace.engine.CopyPlan;
import dev.millrace.engine.CopyRequest;
import dev.millrace.engine.CopyView;
import dev.millrace.engine.PipelinePlan;
import dev.millrace.engine.PipelineState;
import dev.millrace.engine.Supervisor;
import dev.millrace.ha.SoloLeadership;
import dev.millrace.json.JsonMode;
import dev.millrace.lab.Comparison;
import dev.millrace.lab.JetStreamImage;
import dev.millrace.lab.Lab;
import dev.millrace.lab.MongoServers;
import dev.millrace.lab.PostgresImage;
import dev.millrace.lab.PostgresServer;
import dev.millrace.lab.SinkImage;
import dev.millrace.lab.SqliteImage;
import dev.millrace.model.Change;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.CollectionCopy;
import dev.millrace.model.Namespace;
import dev.millrace.model.Operation;
import dev.millrace.model.Position;
import dev.millrace.sink.Sink;
import dev.millrace.sink.jetstream.JetStreamSink;
import dev.millrace.sink.postgres.PostgresSink;
import dev.millrace.sink.sqlite.SqliteSink;
import dev.millrace.source.FullDocument;
import dev.millrace.source.PreImage;
import dev.millrace.source.StartFrom;
import dev.millrace.source.Subset;
import dev.millrace.source.mongo.MongoSourceOpener;
import dev.millrace.source.mongo.MongoSourceOptions;
import dev.millrace.source.mongo.Scope;
import dev.millrace.table.TableName;
import dev.millrace.testing.Hooks;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.assertj.core.api.Assertions;
import org.awaitility.Awaitility;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.jspecify.annotations.Nullable;

/** A pipeline that copies, in this process, started and stopped as a test likes. */
final class Pipe implements AutoCloseable {
  static final String TOKENS = "cs_resume_tokens";

  /** Where to. */
  enum Target {
    SQLITE,
    POSTGRES,
    JETSTREAM
  }

  final String database;
  final Target target;
  final Hooks hooks = new Hooks();
  private final MongoServers servers;
  private final Path file;
  private String uri;
  private List<String> collections = List.of();
  private CopyPlan.Snapshot snapshot = CopyPlan.Snapshot.INITIAL;
  private CopyPlan.HistoryLost historyLost = CopyPlan.HistoryLost.RESNAPSHOT;
  private FullDocument fullDocument = FullDocument.LOOKUP;
  private Set<Operation> operations = EnumSet.allOf(Operation.class);
  private boolean tellsCommitPoints = true;
  private boolean softDeletes;
  private Supplier<PostgresServer> server = Lab::postgres;
  private int parallelism = 4;
  private int batchSize;
  private long transactionBytes = 16L << 20;
  private @Nullable Supervisor supervisor;

  Pipe(MongoServers servers, String database, Target target, Path folder) {
    this.servers = servers;
    this.uri = servers.uri();
    this.database = database;
    this.target = target;
    this.file = folder.resolve("copy.db");
  }

  Pipe following(String... names) {
    collections = List.of(names);
    return this;
  }

  Pipe as(String otherUri) {
    uri = otherUri;
    return this;
  }

  /** Into another PostgreSQL than that of all tests. */
  Pipe into(PostgresServer other) {
    server = () -> other;
    return this;
  }

  Pipe readers(int count) {
    parallelism = count;
    return this;
  }

  Pipe stoppingWhenLost() {
    historyLost = CopyPlan.HistoryLost.FAIL;
    return this;
  }

  Pipe snapshot(CopyPlan.Snapshot wanted) {
    snapshot = wanted;
    return this;
  }

  /** Tells the sink of these alone. */
  Pipe delivering(Set<Operation> wanted) {
    operations = wanted;
    return this;
  }

  Pipe fullDocument(FullDocument wanted) {
    fullDocument = wanted;
    return this;
  }

  /** Does not tell the sink of commit points; the status has them all the same. */
  Pipe withoutCommitPoints() {
    tellsCommitPoints = false;
    return this;
  }

  Pipe softDeletes() {
    softDeletes = true;
    return this;
  }

  /** Most events in one answer of the stream. */
  Pipe batchSize(int events) {
    batchSize = events;
    return this;
  }

  /** Up to which size transactions are whole. */
  Pipe transactionBytes(long most) {
    transactionBytes = most;
    return this;
  }

  Path file() {
    return file;
  }

  Namespace named(String collection) {
    return new Namespace(database, collection);
  }

  Pipe start() {
    Supervisor next = new Supervisor(plan(), new SoloLeadership(), new Owner("test", ""));
    supervisor = next;
    next.start();
    return this;
  }

  Supervisor supervisor() {
    return Objects.requireNonNull(supervisor);
  }

  private PipelinePlan plan() {
    return new PipelinePlan(
        "copy",
        hooks.source(
            new MongoSourceOpener(
                new MongoSourceOptions(
                    uri,
                    new Scope(database, collections, Set.of(new Namespace(database, TOKENS))),
                    Subset.ALL,
                    EnumSet.allOf(Operation.class),
                    fullDocument,
                    PreImage.OFF,
                    batchSize))),
        hooks.sink(sink()),
        hooks.store(this::store),
        new StartFrom.Now(),
        operations,
        32L << 20,
        transactionBytes,
        Duration.ofMillis(100),
        Duration.ofSeconds(10),
        new CopyPlan(
            snapshot,
            parallelism,
            32L << 20,
            tellsCommitPoints,
            Duration.ofMillis(20),
            historyLost));
  }

  private Supplier<Sink> sink() {
    return switch (target) {
      case SQLITE -> () -> SqliteSink.open(new SinkConfig.Sqlite(file, tables()), "copy");
      case POSTGRES -> () -> PostgresSink.open(postgres(), "copy");
      case JETSTREAM ->
          () ->
              JetStreamSink.open(
                  new SinkConfig.JetStream(
                      List.of(new Secret(Lab.nats().url())),
                      database,
                      new SinkConfig.NatsLogin.None(),
                      Optional.empty(),
                      false,
                      JsonMode.RELAXED,
                      1),
                  "copy");
    };
  }

  private SinkConfig.Postgres postgres() {
    return new SinkConfig.Postgres(
        new Secret(server.get().uri()), Optional.empty(), database, tables());
  }

  private SinkConfig.Tables tables() {
    return new SinkConfig.Tables(JsonMode.RELAXED, TableName.OF_COLLECTION, false, softDeletes);
  }

  private CheckpointStore store() {
    return switch (target) {
      case SQLITE -> SqliteSink.store(file, "copy");
      case POSTGRES -> PostgresSink.store(postgres(), "copy");
      case JETSTREAM -> new MongoCheckpointStore(uri, new Namespace(database, TOKENS), "copy");
    };
  }

  /** What the store has. */
  Optional<Checkpoint> stored() {
    try (CheckpointStore store = store()) {
      return store.read().flatMap(CheckpointStore.Stored::checkpoint);
    }
  }

  /** As {@code millrace position set} does while it is stopped: the copy's state stays as it is. */
  void setBack(Position to) {
    try (CheckpointStore store = store()) {
      Begun begun = store.begin(new Owner("position set", ""));
      store.save(begun.checkpoint().orElseThrow().at(to).in(begun.term()).marked(""));
    }
  }

  /** Asks, and waits until it is done and stored. */
  void request(CopyRequest request) throws Exception {
    supervisor().request(request).get(30, TimeUnit.SECONDS);
  }

  /** Waits for the first commit point behind all that was written until now. */
  void awaitCommit() {
    awaitCommit(
        servers
            .runOnPrimary(new BsonDocument("hello", new BsonInt32(1)))
            .getTimestamp("operationTime")
            .getValue());
  }

  /** Waits for the first commit point at or behind this time, as the server's 64 bits. */
  void awaitCommit(long time) {
    await(
        "a commit point",
        view ->
            view.commit().consistent() && Long.compareUnsigned(view.commit().time(), time) >= 0);
  }

  void await(String what, Predicate<CopyView> wanted) {
    until(what, () -> wanted.test(supervisor().copy()));
  }

  /** Waits until the sink acknowledged such a change of a collection. */
  void awaitDelivered(Class<? extends Change> kind, String collection, int atLeast) {
    until(
        "%d of %s of %s".formatted(atLeast, kind.getSimpleName(), collection),
        () -> delivered(kind, collection) >= atLeast);
  }

  long delivered(Class<? extends Change> kind, String collection) {
    return hooks.journal().count(kind, named(collection));
  }

  CollectionCopy.@Nullable Status status(String collection) {
    return supervisor().copy().collections().stream()
        .filter(it -> it.namespace().collection().equals(collection))
        .map(CopyView.Collection::status)
        .findFirst()
        .orElse(null);
  }

  void until(String what, BooleanSupplier wanted) {
    Awaitility.await(what)
        .atMost(Duration.ofMinutes(1))
        .pollInterval(Duration.ofMillis(10))
        .pollDelay(Duration.ZERO)
        .until(() -> {
          if (supervisor().state() instanceof PipelineState.Stopped stopped) {
            throw new AssertionError("stopped: " + stopped.detail());
          }
          return wanted.getAsBoolean();
        });
  }

  /** Waits until it stopped by itself for good; says by which code. */
  String awaitStopped() throws Exception {
    PipelineState last = supervisor().end().get(60, TimeUnit.SECONDS);
    Assertions.assertThat(last).isInstanceOf(PipelineState.Stopped.class);
    return ((PipelineState.Stopped) last).failure().code();
  }

  /** As by {@code kill -9}: nothing more gets through, from this moment on. */
  void kill() {
    hooks.crash();
    stop();
    hooks.revive();
  }

  /** Waits until the test's hooks killed it; it may be started again then. */
  void awaitKilled() throws Exception {
    Assertions.assertThat(awaitStopped()).isEqualTo("MR-TEST-CRASH");
    stop();
    hooks.revive();
  }

  SinkImage image() {
    try {
      return switch (target) {
        case SQLITE -> SqliteImage.read(file);
        case POSTGRES -> PostgresImage.read(server.get().url(), database);
        case JETSTREAM -> JetStreamImage.read(Lab.nats().url(), database);
      };
    } catch (Exception e) {
      throw new IllegalStateException("reading the sink", e);
    }
  }

  Comparison compare() {
    return Comparison.compare(servers.client(), database, collections, List.of(TOKENS), image());
  }

  /** Stops it and holds what is there against the source: all of it, once, in order. */
  Comparison judge() {
    stop();
    Comparison found = compare();
    Assertions.assertThat(found.exactlyOnceInOrder()).as("%s", found).isTrue();
    Assertions.assertThat(hooks.journal().wentBack()).isEmpty();
    return found;
  }

  void stop() {
    if (supervisor != null) {
      supervisor.close();
    }
  }

  @Override
  public void close() {
    stop();
  }
}
