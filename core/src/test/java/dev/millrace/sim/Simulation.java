package dev.millrace.sim;

import dev.millrace.engine.CopyRequest;
import dev.millrace.model.Namespace;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.bson.BsonValue;

/**
 * One run: writers, faults, crashes and operators while Millrace copies, and then an end in peace.
 */
final class Simulation {
  private static final long PEACE_NANOS = 400_000_000_000L;

  /** What came of a run. */
  record Result(long steps, int commits, long rowsCopied) {}

  private final World world;
  private final SplittableRandom random;
  private final Writers writers;
  private final List<Running> replaced = new ArrayList<>();
  private final double crashes;
  private final double takeOvers;
  private final double stepDowns;
  private final double operators;
  private int losses;
  private int writesLeft;
  private Running running;

  private Simulation(World world) {
    this.world = world;
    this.random = world.random;
    this.writers = new Writers(world.mongo, random);
    this.crashes = oneOf(0, .02, .06);
    this.takeOvers = oneOf(0, .02, .08);
    this.stepDowns = oneOf(0, 0, .03);
    this.operators = oneOf(0, 0, .05);
    // What a sink has of a collection that no state ever told of cannot be found after a loss.
    boolean mayLose = world.kind.keepsCheckpoint && random.nextInt(4) == 0;
    this.losses = mayLose ? 1 + random.nextInt(2) : 0;
    this.writesLeft = 10 + random.nextInt(50);
    writers.before();
    this.running = new Running(world, world.newInstance());
  }

  private double oneOf(double... values) {
    return values[random.nextInt(values.length)];
  }

  /**
   * Runs one seed.
   *
   * @throws Violation where something was not as it must be
   */
  static Result run(long seed, SinkKind kind, Mutant mutant, Trace trace) {
    World world = new World(seed, kind, mutant, trace);
    Simulation simulation = new Simulation(world);
    world.trace.say(() -> "seed " + seed + ", " + kind + ", " + mutant.words());
    world.baton.spawn("world", null, simulation::happen);
    simulation.running.start();
    world.baton.run();
    return new Result(world.baton.steps(), world.auditor.commits(), world.rowsCopied);
  }

  private void happen() {
    while (writesLeft > 0) {
      turn();
      startAgainWhereStopped();
      if (random.nextInt(6) == 0) {
        world.baton.await("waiting", () -> false, random.nextLong(300_000_000L));
      } else {
        world.baton.pause("turn");
      }
    }
    world.chaos.off();
    end();
    world.baton.end();
  }

  private void turn() {
    SimMongo mongo = world.mongo;
    double choice = random.nextDouble();
    if (choice < .35) {
      writers.write();
      writesLeft--;
    } else if (choice < .4) {
      mongo.noop();
    } else if (choice < .65) {
      mongo.majorityTo(mongo.majority() + random.nextLong(mongo.now() - mongo.majority() + 1));
    } else if (choice < .7) {
      world.sink.lateArrival();
    } else if (choice < .73) {
      mongo.forgetSnapshotsBefore(mongo.majority() - random.nextInt(8));
    } else if (choice < .75) {
      world.baton.shuffleWeights();
    } else if (choice < .76) {
      Namespace namespace = World.NAMES.get(random.nextInt(World.NAMES.size()));
      world.chaos.unreadable(namespace, random.nextInt(3) == 0);
    } else if (choice < .77 && losses > 0) {
      losses--;
      mongo.forgetBefore(mongo.majority());
    } else {
      disturb(random.nextDouble());
    }
  }

  private void disturb(double choice) {
    if (choice < crashes) {
      crash();
    } else if (choice < crashes + takeOvers) {
      takeOver();
    } else if (choice < crashes + takeOvers + stepDowns) {
      world.mongo.stepDown();
    } else if (choice < crashes + takeOvers + stepDowns + operators) {
      running.request(anyRequest());
    } else if (!replaced.isEmpty() && random.nextInt(40) == 0) {
      Running old = replaced.remove(random.nextInt(replaced.size()));
      world.baton.kill(old.instance.life);
    }
  }

  private void crash() {
    world.trace.say(() -> "  CRASH of " + running.instance);
    world.baton.kill(running.instance.life);
    next();
  }

  /** Another instance takes the pipeline while this one lives on. */
  private void takeOver() {
    if (!world.kind.outlivesItsWriter()) {
      crash();
      return;
    }
    world.trace.say(() -> "  TAKE-OVER from " + running.instance);
    replaced.add(running);
    next();
  }

  private void next() {
    running.instance.replace();
    running = new Running(world, world.newInstance());
    running.start();
  }

  private void startAgainWhereStopped() {
    if (running.isFinished()) {
      next();
    }
  }

  private CopyRequest anyRequest() {
    List<String> names = List.of(World.NAMES.get(random.nextInt(World.NAMES.size())).toString());
    return switch (random.nextInt(10)) {
      case 0, 1 -> new CopyRequest.Add(names);
      case 2 -> new CopyRequest.Remove(names);
      case 3 -> new CopyRequest.Again(random.nextBoolean() ? names : List.of());
      case 4 -> new CopyRequest.Pause(random.nextBoolean() ? names : List.of());
      case 5 -> new CopyRequest.Resume(random.nextBoolean() ? names : List.of());
      case 6 -> new CopyRequest.Reload();
      default -> anyRenewal();
    };
  }

  private CopyRequest anyRenewal() {
    List<BsonValue> ids = new ArrayList<>();
    for (int key = 0; key < world.mongo.keys.count(); key++) {
      if (random.nextBoolean()) {
        ids.add(world.mongo.keys.anySpelling(key, random));
      }
    }
    return new CopyRequest.Renew(World.NAMES.get(random.nextInt(World.NAMES.size())), ids);
  }

  /** Nothing goes wrong any more: the sink must come to be as the source, and be said to be. */
  private void end() {
    world.trace.say(() -> "  PEACE");
    long until = world.baton.nanos() + PEACE_NANOS;
    long resumeAt = 0;
    for (int turn = 0; !isSettled(turn); turn++) {
      if (world.baton.nanos() > until) {
        throw new Violation("no end: " + whyNot() + "; " + running.view());
      }
      if (world.baton.nanos() >= resumeAt) {
        running.request(new CopyRequest.Resume(List.of()));
        resumeAt = world.baton.nanos() + 5_000_000_000L;
      }
      if (turn == 20) {
        replaced.forEach(old -> world.baton.kill(old.instance.life));
      }
      if (turn % 10 == 0) {
        world.mongo.noop();
      }
      startAgainWhereStopped();
      world.sink.lateArrival();
      world.mongo.majorityTo(world.mongo.now());
      world.baton.await("waiting", () -> false, 100_000_000L);
    }
  }

  private boolean isSettled(int turn) {
    Long published = world.auditor.published();
    return turn > 20 && published != null && published >= lastChange() && difference().isEmpty();
  }

  private String difference() {
    String difference = world.auditor.difference();
    return difference == null ? "" : difference;
  }

  private long lastChange() {
    List<Op> oplog = world.mongo.oplog();
    for (int n = oplog.size() - 1; n >= 0; n--) {
      if (world.isFollowed(oplog.get(n))) {
        return oplog.get(n).time();
      }
    }
    return 0;
  }

  private String whyNot() {
    Long published = world.auditor.published();
    return (published == null ? "no commit point holds" : "committed " + Trace.time(published))
        + " of "
        + Trace.time(lastChange())
        + "; "
        + difference();
  }
}
