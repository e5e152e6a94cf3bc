package dev.millrace.sim;

import dev.millrace.model.Batch;
import dev.millrace.model.Change;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.ClusterTime;
import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;
import dev.millrace.model.Namespace;
import dev.millrace.model.Operation;
import dev.millrace.model.Position;
import dev.millrace.source.Source;
import dev.millrace.source.StartFrom;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.bson.BsonTimestamp;
import org.jspecify.annotations.Nullable;

/** One change stream on the simulated deployment. */
final class SimSource implements Source {
  private final World world;
  private final SimMongo mongo;
  private final Set<Namespace> scope;
  private final Position opened;
  private final int connection;

  /** Where reading goes on. */
  private Position at;

  /**
   * Whether the answer to {@code aggregate}, or of an opening behind an invalidate, is still due.
   */
  private boolean fresh = true;

  /** An event whose first fragment came. */
  private @Nullable Op inside;

  private boolean closed;
  private int answered;

  private SimSource(World world, Set<Namespace> scope, Position opened) {
    this.world = world;
    this.mongo = world.mongo;
    this.scope = scope;
    this.opened = opened;
    this.at = opened;
    this.connection = mongo.connections();
  }

  /** As the source's opener does. */
  static SimSource open(
      World world, Optional<Checkpoint> checkpoint, StartFrom first, Set<Namespace> scope) {
    world.baton.pause("open");
    world.chaos.maybeFail("open", null);
    if (checkpoint.isEmpty()) {
      if (!(first instanceof StartFrom.Now)) {
        throw new IllegalStateException("the simulation begins now");
      }
      // The server says the time behind its newest; that time itself may still come.
      Position position = Tokens.highWater(mongoNow(world) + 1);
      world.trace.say(() -> world.who() + " opens the stream at " + Trace.of(position));
      return new SimSource(world, scope, position);
    }
    Position position = checkpoint.get().position();
    if (Tokens.time(position) < world.mongo.oldest()) {
      world.trace.say(() -> world.who() + " finds " + Trace.of(position) + " no longer there");
      throw new MillraceException(
          new Failure.PositionLost("MR-HISTORY-LOST", "the oplog does not reach back"), null);
    }
    world.trace.say(() -> world.who() + " opens the stream behind " + Trace.of(position));
    return new SimSource(world, scope, position);
  }

  private static long mongoNow(World world) {
    return world.mongo.now();
  }

  @Override
  public Position opened() {
    return opened;
  }

  @Override
  public String deployment() {
    return "simulated";
  }

  @Override
  public String scope() {
    return new TreeSet<>(scope).toString();
  }

  @Override
  public Batch poll(long waitMillis) {
    world.baton.pause("poll");
    check();
    world.chaos.maybeFail("poll", null);
    if (world.chaos.stalls(answered)) {
      world.baton.await("stalled", () -> closed, world.random.nextLong(3_000_000_000L));
      check();
    }
    answered++;
    if (fresh) {
      fresh = false;
      if (world.random.nextBoolean()) {
        return said(List.of(), at, world.mutant.frontierOfFirstAnswer(at), "first answer");
      }
    }
    if (!hasNews()) {
      world.baton.await("polling", () -> closed || hasNews(), 1_000_000L * waitMillis);
      check();
    }
    if (Tokens.time(at) < mongo.oldest()) {
      throw Failure.transientFailure("MR-CURSOR-LOST", "the oplog overtook the cursor", null);
    }
    Batch batch = read();
    world.baton.pause("polled");
    return batch;
  }

  private void check() {
    if (closed || connection != mongo.connections()) {
      throw Failure.transientFailure("MR-SOURCE", "the connection is gone", null);
    }
  }

  private boolean hasNews() {
    return firstAfter(Moment.of(at)) >= 0;
  }

  private int firstAfter(Moment moment) {
    List<Op> oplog = mongo.oplog();
    for (int n = indexAfter(oplog, moment); n < oplog.size(); n++) {
      Op op = oplog.get(n);
      if (op.time() > mongo.majority()) {
        return -1;
      }
      if (isFollowed(op)) {
        return n;
      }
    }
    return -1;
  }

  private static int indexAfter(List<Op> oplog, Moment moment) {
    int n = oplog.size();
    while (n > 0 && oplog.get(n - 1).at().isAfter(moment)) {
      n--;
    }
    return n;
  }

  private boolean isFollowed(Op op) {
    return op.operation() == Operation.DROP_DATABASE
        || scope.contains(op.namespace())
        || (op.to() != null && scope.contains(op.to()));
  }

  private Batch read() {
    List<Op> oplog = mongo.oplog();
    Moment after = Moment.of(at);
    int most = 1 + world.random.nextInt(4);
    List<Op> found = new ArrayList<>();
    boolean more = false;
    for (int n = indexAfter(oplog, after); n < oplog.size(); n++) {
      Op op = oplog.get(n);
      if (op.time() > mongo.majority()) {
        break;
      }
      more = found.size() == most || closesTheStream(found);
      if (more) {
        break;
      }
      if (isFollowed(op)) {
        if (op.doc() != null && inside == null && world.chaos.splits()) {
          inside = op;
          return world.random.nextBoolean() ? fragment(found) : reopened(found);
        }
        inside = null;
        found.add(op);
      }
    }
    return found.isEmpty() ? nothing() : events(found, more);
  }

  private static boolean closesTheStream(List<Op> found) {
    return !found.isEmpty() && found.getLast().operation() == Operation.DROP_DATABASE;
  }

  /** What came before a large event, and the first part of that: no position lies behind it. */
  private Batch fragment(List<Op> before) {
    if (!before.isEmpty()) {
      at = before.getLast().token();
    }
    return said(changes(before), null, ClusterTime.NONE, "fragment");
  }

  /** A server that splits nothing refuses: the stream is opened anew before the large event. */
  private Batch reopened(List<Op> before) {
    if (!before.isEmpty()) {
      at = before.getLast().token();
      fresh = true;
      return said(changes(before), at, world.mutant.frontierOfEvents(Tokens.time(at)), "events");
    }
    return said(List.of(), at, world.mutant.frontierOfFirstAnswer(at), "first answer again");
  }

  private Batch nothing() {
    if (!at.isHighWater() && mongo.majority() <= Tokens.time(at)) {
      return said(List.of(), at, Tokens.time(at) + 1, "nothing");
    }
    long from = at.isHighWater() ? Tokens.time(at) : Tokens.time(at) + 1;
    at = highWater(from);
    return said(List.of(), at, world.mutant.frontierOfHighWater(Tokens.time(at)), "nothing");
  }

  private Batch events(List<Op> found, boolean more) {
    Op last = found.getLast();
    if (closesTheStream(found)) {
      fresh = true;
    }
    if (!more && mongo.majority() > last.time() && world.random.nextBoolean()) {
      at = highWater(last.time() + 1);
      return said(changes(found), at, world.mutant.frontierOfHighWater(Tokens.time(at)), "events");
    }
    at = last.token();
    return said(changes(found), at, world.mutant.frontierOfEvents(last.time()), "events");
  }

  private Position highWater(long from) {
    long to = Math.max(from, mongo.majority() + 1);
    return Tokens.highWater(from + world.random.nextLong(to - from + 1));
  }

  private List<Change.Streamed> changes(List<Op> found) {
    List<Change.Streamed> changes = new ArrayList<>();
    for (Op op : found) {
      Doc image = image(op);
      boolean missing = op.doc() != null && image == null;
      world.auditor.streamed(op);
      world.trace.say(() ->
          world.who()
              + " reads "
              + op
              + (missing ? ", looked up: gone" : image == op.doc() ? "" : ", looked up " + image));
      if (!missing || world.mutant.deliversNullLookups()) {
        changes.add(Events.change(op, image, mongo.transaction(op.time()).size() > 1));
      }
    }
    return changes;
  }

  /** An update carries the document as it was when the server looked it up. */
  private @Nullable Doc image(Op op) {
    if (op.operation() != Operation.UPDATE || !world.lookups || op.uuid() == null) {
      return op.doc();
    }
    long when = op.time() + world.random.nextLong(mongo.majority() - op.time() + 1);
    Catalog then = mongo.at(when);
    boolean there = then.names().containsValue(op.uuid());
    Doc found = there ? then.doc(op.uuid(), op.key()) : null;
    if (found == null) {
      world.auditor.seen(when);
    }
    return found;
  }

  private Batch said(
      List<Change.Streamed> changes, @Nullable Position through, long frontier, String what) {
    world.trace.say(() ->
        world.who()
            + " polled "
            + what
            + " through "
            + (through == null ? "?" : Trace.of(through))
            + ", frontier "
            + Trace.time(frontier));
    return new Polled(changes, through, frontier, new BsonTimestamp(mongo.now()));
  }

  @Override
  public void keepAlive() {
    world.baton.pause("keepAlive");
    check();
  }

  @Override
  public void close() {
    closed = true;
  }

  private record Polled(
      List<Change.Streamed> list,
      @Nullable Position through,
      long frontier,
      BsonTimestamp sourceTime)
      implements Batch {
    @Override
    public Iterator<Change.Streamed> changes() {
      return list.iterator();
    }

    @Override
    public long bytes() {
      return 10 + 10L * list.size();
    }
  }
}
