package dev.millrace.sim;

import dev.millrace.engine.CopyRequest;
import dev.millrace.engine.CopyView;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.ClusterTime;
import dev.millrace.model.CollectionCopy;
import dev.millrace.model.Namespace;
import dev.millrace.sim.World.Shape;
import dev.millrace.source.CopySource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A simulated run by a script: what is written, who waits where and what fails is said, and only
 * what the script leaves open is the seed's choice. The auditor holds every step against its
 * invariants, as it does in any run.
 */
final class Scenario {
  private static final int SEEDS = Integer.getInteger("scenario.seeds", 4);
  private static final long SECOND = 1_000_000_000L;
  private static final long PATIENCE = 120 * SECOND;
  private static final int TRACED_LINES = 250;

  /** What is to happen. */
  @FunctionalInterface
  interface Script {
    void play(Scenario scenario);
  }

  /** An actor that comes to this point waits there until it is let go. */
  static final class Hold {
    private final String role;
    private final String point;
    private final Predicate<Baton.Actor> which;
    private Baton.@Nullable Actor held;
    private Baton.@Nullable Actor passing;
    private boolean over;

    private Hold(String role, String point, Predicate<Baton.Actor> which) {
      this.role = role;
      this.point = point;
      this.which = which;
    }

    private boolean holds(Baton.Actor actor) {
      boolean isHere = actor.point.equals(point);
      if (actor == passing) {
        passing = isHere ? actor : null;
        return false;
      }
      if (actor == held && !isHere) {
        held = null;
      }
      if (over || !isHere || !isOfRole(actor) || !which.test(actor)) {
        return false;
      }
      held = actor;
      return true;
    }

    private boolean isOfRole(Baton.Actor actor) {
      return actor.life != null
          && (actor.name.equals(role) || (role.equals("copy") && actor.name.startsWith("copy")));
    }

    boolean isHeld() {
      Baton.Actor actor = held;
      return actor != null && !Objects.requireNonNull(actor.life).isOver();
    }

    /** Who is held may go on; the next one to come is held. */
    void pass() {
      passing = held;
      held = null;
    }

    /** Nobody is held any more. */
    void release() {
      over = true;
      held = null;
    }
  }

  final World world;
  final SimMongo mongo;
  final Witness witness;
  private final List<Hold> holds = new ArrayList<>();
  private final List<Running> replaced = new ArrayList<>();
  private @Nullable Running running;
  private boolean frozen;

  private Scenario(SinkKind kind, Shape shape, long seed, Trace trace) {
    this.world = new World(seed, kind, shape, trace);
    this.mongo = world.mongo;
    this.witness = world.witness;
    world.baton.holdBack(this::isHeld);
  }

  static void play(SinkKind kind, Script script) {
    play(kind, Shape.SMALL, script);
  }

  /**
   * Plays a script with several seeds; each must come to its end, and then to a sink that is as the
   * source.
   */
  static void play(SinkKind kind, Shape shape, Script script) {
    Simulator.quietly();
    for (long seed = 1; seed <= SEEDS; seed++) {
      Trace trace = new Trace(true);
      Scenario scenario = new Scenario(kind, shape, seed, trace);
      scenario.world.baton.spawn("script", null, () -> scenario.run(script));
      try {
        scenario.world.baton.run();
      } catch (AssertionError fault) {
        String text = trace.text();
        List<String> lines = Arrays.asList(text.split("\n", -1));
        int from = Math.max(0, lines.size() - TRACED_LINES);
        throw new AssertionError(
            "%s, seed %d, %s\n%s"
                .formatted(
                    kind,
                    seed,
                    fault.getMessage(),
                    String.join("\n", lines.subList(from, lines.size()))),
            fault);
      }
    }
  }

  private void run(Script script) {
    script.play(this);
    settle();
    world.baton.end();
  }

  /** Whether a read found no state from before the time that it was asked for. */
  static boolean isNotBeforeItsTime(Witness.Read read) {
    return !(read.outcome() instanceof CopySource.Outcome.Rows rows)
        || !ClusterTime.isAfter(read.chunk().at(), rows.readAt());
  }

  // ---- the deployment

  /** A collection with documents of these keys. */
  void given(Namespace namespace, int... keys) {
    given(namespace, false, keys);
  }

  void given(Namespace namespace, boolean isCapped, int... keys) {
    write(() -> {
      mongo.create(namespace, isCapped);
      for (int key : keys) {
        mongo.put(namespace, key);
      }
    });
  }

  /** A transaction, which the majority has at once. */
  Op write(Runnable operations) {
    mongo.begin();
    operations.run();
    mongo.commit();
    mongo.majorityTo(mongo.now());
    return mongo.oplog().getLast();
  }

  Op put(Namespace namespace, int key) {
    return write(() -> mongo.put(namespace, key));
  }

  Op delete(Namespace namespace, int key) {
    return write(() -> mongo.delete(namespace, key));
  }

  Op create(Namespace namespace) {
    return write(() -> mongo.create(namespace, false));
  }

  Op drop(Namespace namespace) {
    return write(() -> mongo.drop(namespace));
  }

  Op rename(Namespace from, Namespace to) {
    return write(() -> mongo.rename(from, to));
  }

  @Nullable Doc inSink(Namespace namespace, int key) {
    return world.sink.view.doc(namespace, key);
  }

  // ---- Millrace

  /** A new process. */
  Running start() {
    Running next = new Running(world, world.newInstance());
    running = next;
    next.start();
    return next;
  }

  Running running() {
    return Objects.requireNonNull(running);
  }

  CopyView view() {
    return running().copyView();
  }

  /** The process is gone. */
  void kill() {
    world.trace.say(() -> "  CRASH of " + running().instance);
    world.baton.kill(running().instance.life);
    running().instance.replace();
  }

  Running crash() {
    kill();
    return start();
  }

  /** Another process takes the pipeline while this one lives on. */
  Running takeOver() {
    world.trace.say(() -> "  TAKE-OVER from " + running().instance);
    replaced.add(running());
    running().instance.replace();
    return start();
  }

  /** Asks until it is running, and has the request. */
  void ask(CopyRequest request) {
    running().answer = null;
    until(
        "a request taken in",
        () -> {
          if (running().answer == null) {
            running().request(request);
          }
          return running().answer != null;
        });
  }

  /** Asks, and asks again where the answer was that it could not be done. */
  void demand(CopyRequest request) {
    do {
      ask(request);
      until("an answer", () -> answer().isDone());
    } while (answer().isCompletedExceptionally());
  }

  CompletableFuture<Void> answer() {
    return Objects.requireNonNull(running().answer);
  }

  // ---- who waits

  Hold hold(String role, String point) {
    return hold(role, point, actor -> true);
  }

  Hold hold(String role, String point, Predicate<Baton.Actor> which) {
    Hold hold = new Hold(role, point, which);
    holds.add(hold);
    return hold;
  }

  /** Readers of a collection wait at a point of theirs. */
  Hold holdReader(String point, Namespace namespace) {
    return hold("copy", point, actor -> witness.isReading(actor, namespace));
  }

  /** Whoever delivers waits at a point while the parcel it sends is such. */
  Hold holdParcel(String point, Predicate<Item> item) {
    return hold(
        "deliver",
        point,
        actor ->
            world.instances().stream()
                .filter(instance -> instance.life == actor.life)
                .anyMatch(instance -> witness.sending(instance).stream().anyMatch(item)));
  }

  private boolean isHeld(Baton.Actor actor) {
    if (frozen && actor.life != null) {
      return true;
    }
    boolean held = false;
    for (Hold hold : holds) {
      held |= hold.holds(actor);
    }
    return held;
  }

  void untilHeld(Hold hold) {
    until(hold.role + " at " + hold.point, hold::isHeld);
  }

  /** Lets one after the other go on until it is enough. */
  void pass(Hold hold, BooleanSupplier enough) {
    while (!enough.getAsBoolean()) {
      until("one more held, or enough", () -> hold.isHeld() || enough.getAsBoolean());
      hold.pass();
    }
  }

  /** Lets time pass. */
  void let(double seconds) {
    world.baton.await("script waits", () -> false, (long) (seconds * SECOND));
  }

  /** No process gets to run for so long. */
  void freeze(double seconds) {
    frozen = true;
    let(seconds);
    frozen = false;
  }

  void until(String what, BooleanSupplier condition) {
    if (!world.baton.await("script until " + what, condition, PATIENCE)) {
      throw new Violation("it never came to: " + what + "; " + running().view());
    }
  }

  void untilWritten(Op op) {
    until(op + " written", () -> witness.times(op) > 0);
  }

  /** The position that covers it is durable. */
  void untilStored(Op op) {
    untilWritten(op);
    until(op + " stored", () -> isStored(op));
  }

  boolean isStored(Op op) {
    Checkpoint durable = world.auditor.newestDurable();
    return durable != null && !op.at().isAfter(Moment.of(durable.position()));
  }

  /** What is stored of a collection's copy. */
  @Nullable CollectionCopy stored(Namespace namespace) {
    Checkpoint durable = world.auditor.newestDurable();
    return durable == null ? null : durable.copy().collections().get(namespace);
  }

  void untilCopied(Namespace namespace) {
    until(
        namespace + " copied",
        () -> {
          CollectionCopy copy = stored(namespace);
          return copy != null && copy.status() == CollectionCopy.Status.DONE;
        });
  }

  void untilCopied(Namespace namespace, long rows) {
    until(rows + " rows of " + namespace + " copied", () -> isCopied(namespace, rows));
  }

  boolean isCopied(Namespace namespace, long rows) {
    CollectionCopy copy = stored(namespace);
    return copy != null && copy.copied() >= rows;
  }

  boolean isCommitted() {
    return world.auditor.published() != null;
  }

  /** The sink is as the source, and a commit point says so. */
  void untilCommitted() {
    long until = world.baton.nanos() + 400 * SECOND;
    for (int turn = 0; !isSettled(); turn++) {
      if (world.baton.nanos() > until) {
        throw new Violation("no end: " + world.auditor.difference() + "; " + running().view());
      }
      if (turn % 10 == 0) {
        mongo.noop();
      }
      mongo.majorityTo(mongo.now());
      world.baton.await("script waits", () -> false, SECOND / 10);
    }
  }

  private boolean isSettled() {
    Long published = world.auditor.published();
    return published != null && published >= lastChange() && world.auditor.difference() == null;
  }

  private long lastChange() {
    return mongo.oplog().stream().filter(world::isFollowed).mapToLong(Op::time).max().orElse(0);
  }

  /** Nobody waits and nothing fails any more, until the sink is as the source. */
  void settle() {
    holds.forEach(Hold::release);
    world.chaos.off();
    for (int turn = 0; turn < 10; turn++) {
      world.sink.lateArrival();
      let(.1);
    }
    untilCommitted();
    replaced.forEach(old -> world.baton.kill(old.instance.life));
    let(.3);
    untilCommitted();
  }
}
