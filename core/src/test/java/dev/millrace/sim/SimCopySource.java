package dev.millrace.sim;

import dev.millrace.model.Failure;
import dev.millrace.model.Namespace;
import dev.millrace.source.CopySource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;

/** Reads the collections of the simulated deployment. */
final class SimCopySource implements CopySource {
  private final World world;
  private final SimMongo mongo;
  private final Set<Namespace> scope;
  private final Instance instance;
  private final int connection;
  private boolean closed;

  SimCopySource(World world, Set<Namespace> scope, Instance instance) {
    this.world = world;
    this.mongo = world.mongo;
    this.scope = scope;
    this.instance = instance;
    this.connection = mongo.connections();
  }

  private void check() {
    if (closed || connection != mongo.connections()) {
      throw Failure.transientFailure("MR-SOURCE", "the connection is gone", null);
    }
  }

  private void enter(String what) {
    world.baton.pause(what);
    check();
    world.chaos.maybeFail(what, null);
  }

  private void leave(String what) {
    world.baton.pause(what);
    check();
  }

  @Override
  public long now() {
    enter("now");
    long now = world.mutant.now(instance, mongo);
    world.trace.say(() -> world.who() + " asks for the time: " + Trace.time(now));
    leave("now done");
    return now;
  }

  @Override
  public boolean follows(Namespace namespace) {
    return scope.contains(namespace);
  }

  @Override
  public Listing list(long after) {
    enter("list");
    if (Long.compareUnsigned(after, mongo.now()) > 0) {
      throw new Violation(instance + " lists as of a time that is not there yet");
    }
    world.auditor.windowOpens(instance, "lists collections");
    Map<Namespace, Entry> found = new TreeMap<>();
    for (Namespace namespace : scope) {
      UUID uuid = mongo.current().uuid(namespace);
      if (uuid != null) {
        found.put(namespace, new Entry.Copyable(uuid, !mongo.isCapped(uuid), -1, -1));
      } else if (namespace.equals(World.VIEW)) {
        found.put(namespace, new Entry.NotCopyable("a view"));
      }
    }
    Listing listing = new Listing(found, mongo.now());
    // A listing is read from one member; it holds only once a majority has what that member had.
    if (!world.baton.await("listing", () -> mongo.majority() >= listing.time(), 10_000_000_000L)) {
      throw Failure.transientFailure("MR-SOURCE", "the majority did not come in time", null);
    }
    check();
    world.trace.say(
        () -> world.who() + " lists " + found.keySet() + " at " + Trace.time(listing.time()));
    leave("listed");
    return listing;
  }

  @Override
  public List<BsonValue> cuts(Namespace namespace, Span span, int parts) {
    enter("cuts");
    int after = mongo.keys.number(span.after(), -1);
    int from = mongo.keys.number(span.from(), 0);
    int to = mongo.keys.number(span.to(), mongo.keys.count());
    List<BsonValue> cuts = new ArrayList<>();
    for (int key = Math.max(after, from) + 1; key < to && cuts.size() < parts - 1; key++) {
      if (world.random.nextInt(3) == 0) {
        cuts.add(mongo.keys.anySpelling(key, world.random));
      }
    }
    leave("cut");
    return cuts;
  }

  @Override
  public Outcome read(Chunk chunk) {
    world.witness.orders(world.baton.current(), chunk);
    enter("read");
    world.auditor.reads(instance, chunk);
    Outcome outcome = world.mutant.read(chunk, this::answer, world);
    world.witness.read(instance, chunk, outcome);
    world.trace.say(() -> world.who() + " reads " + describe(chunk) + ": " + describe(outcome));
    leave("have read");
    return outcome;
  }

  private Outcome answer(Chunk chunk) {
    Outcome wrong = look(chunk.namespace(), chunk.uuid());
    if (wrong != null) {
      return wrong;
    }
    if (world.chaos.isUnreadable(chunk.namespace())) {
      return new Outcome.Refused("not allowed");
    }
    return chunk.exact() ? exactly(chunk) : majority(chunk);
  }

  private @Nullable Outcome look(Namespace namespace, UUID uuid) {
    return uuid.equals(mongo.current().uuid(namespace)) ? null : new Outcome.Gone(mongo.now());
  }

  private Outcome exactly(Chunk chunk) {
    if (mongo.isCapped(chunk.uuid()) || chunk.at() > mongo.now()) {
      return new Outcome.NotAtThatTime();
    }
    if (!world.baton.await("reading", () -> mongo.majority() >= chunk.at(), 10_000_000_000L)) {
      throw Failure.transientFailure("MR-SOURCE", "the majority did not come in time", null);
    }
    check();
    Outcome wrong = look(chunk.namespace(), chunk.uuid());
    if (wrong != null) {
      return wrong;
    }
    Catalog then = mongo.at(chunk.at());
    if (chunk.at() < mongo.oldestSnapshot() || !chunk.uuid().equals(then.uuid(chunk.namespace()))) {
      return new Outcome.NotAtThatTime();
    }
    Page page = new Page(chunk);
    page.take(then, page.limit);
    return page.rows(chunk.at());
  }

  /** In two parts, which may see two states: a page that the server sends in two batches. */
  private Outcome majority(Chunk chunk) {
    if (!world.baton.await("reading", () -> mongo.majority() >= chunk.at(), 10_000_000_000L)) {
      throw Failure.transientFailure("MR-SOURCE", "the majority did not come in time", null);
    }
    check();
    Page page = new Page(chunk);
    long first = chunk.at() + world.random.nextLong(mongo.majority() - chunk.at() + 1);
    if (!chunk.uuid().equals(mongo.at(first).uuid(chunk.namespace()))) {
      return gone(chunk);
    }
    page.take(mongo.at(first), (page.limit + 1) / 2);
    world.baton.pause("reading on");
    check();
    long second = first + world.random.nextLong(mongo.majority() - first + 1);
    if (!chunk.uuid().equals(mongo.at(second).uuid(chunk.namespace()))) {
      return gone(chunk);
    }
    page.take(mongo.at(second), page.limit);
    return page.rows(second + world.random.nextLong(mongo.now() - second + 1));
  }

  /** By now; a member that lags says so only of what it has. */
  private Outcome gone(Chunk chunk) {
    Outcome wrong = look(chunk.namespace(), chunk.uuid());
    return wrong != null ? wrong : new Outcome.NotAtThatTime();
  }

  @Override
  public Outcome find(Wanted wanted) {
    enter("find");
    Namespace namespace = wanted.namespace();
    boolean exact = wanted.exact();
    long at = wanted.at();
    UUID uuid = mongo.current().uuid(namespace);
    if (exact && uuid != null && mongo.isCapped(uuid)) {
      return new Outcome.NotAtThatTime();
    }
    if (!world.baton.await("finding", () -> mongo.majority() >= at, 10_000_000_000L)) {
      throw Failure.transientFailure("MR-SOURCE", "the majority did not come in time", null);
    }
    check();
    if (exact && at < mongo.oldestSnapshot()) {
      return new Outcome.NotAtThatTime();
    }
    List<Row> rows = new ArrayList<>();
    long readAt = at;
    int held = world.random.nextInt(4) == 0 ? 1 : wanted.ids().size();
    boolean complete = true;
    for (BsonValue id : wanted.ids()) {
      if (rows.size() == held) {
        complete = false;
        break;
      }
      if (!exact) {
        readAt += world.random.nextLong(mongo.majority() - readAt + 1);
      }
      Doc doc = mongo.at(readAt).doc(namespace, mongo.keys.number(id, -1));
      if (doc != null) {
        rows.add(new Row(doc.rawId(), doc.raw()));
      }
      if (!exact) {
        world.baton.pause("finding on");
        check();
      }
    }
    long last = exact ? at : readAt + world.random.nextLong(mongo.now() - readAt + 1);
    world.trace.say(() ->
        world.who()
            + " finds "
            + rows.size()
            + " of "
            + wanted.ids().size()
            + " in "
            + namespace
            + (exact ? " at " : " at or after ")
            + Trace.time(at));
    leave("found");
    return new Outcome.Rows(rows, rows.size(), null, complete, last, 20L * rows.size());
  }

  /** Rows of one page, gathered from one state or several. */
  private final class Page {
    private final int to;
    private final UUID uuid;
    private final int limit;
    private final List<Row> rows = new ArrayList<>();
    private int reached;
    private boolean complete;
    private @Nullable BsonValue last;

    Page(Chunk chunk) {
      Span span = chunk.span();
      int after = mongo.keys.number(span.after(), -1);
      int from = mongo.keys.number(span.from(), 0);
      this.reached = span.after() == null ? from - 1 : after;
      this.to = mongo.keys.number(span.to(), mongo.keys.count());
      this.uuid = chunk.uuid();
      this.limit = Math.min(chunk.rows(), world.pageRows);
    }

    void take(Catalog state, int most) {
      while (rows.size() < most && !complete) {
        int key = reached + 1;
        while (key < to && state.doc(uuid, key) == null) {
          key++;
        }
        if (key >= to) {
          complete = true;
          break;
        }
        Doc doc = state.doc(uuid, key);
        if (doc != null) {
          rows.add(new Row(doc.rawId(), doc.raw()));
          last = doc.id;
        }
        reached = key;
      }
    }

    Outcome rows(long readAt) {
      return new Outcome.Rows(rows, rows.size(), last, complete, readAt, 20L * rows.size());
    }
  }

  private static String describe(Chunk chunk) {
    return chunk.namespace().collection()
        + " "
        + chunk.span()
        + (chunk.exact() ? " at " : " at or after ")
        + Trace.time(chunk.at());
  }

  private static String describe(Outcome outcome) {
    if (!(outcome instanceof Outcome.Rows rows)) {
      return outcome.toString();
    }
    StringBuilder text = new StringBuilder("rows");
    rows.rows().forEach(row -> text.append(" #").append(Doc.number(row.document())));
    return text + (rows.complete() ? ", complete" : "") + ", read at " + Trace.time(rows.readAt());
  }

  @Override
  public Optional<Long> oldest() {
    enter("oldest");
    return Optional.of(mongo.oldest());
  }

  @Override
  public void close() {
    closed = true;
  }
}
