package dev.millrace.sim;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Lets one thread run at a time, and decides at every yield point which. Each actor has a thread of
 * its own, so that real code runs in it as it is; only who holds the baton runs. Time is a number
 * that yielding moves on.
 *
 * <p>Threads must reach a yield point to hand over: whoever waits for another by a lock held across
 * one waits for ever. After {@link #PATIENCE_NANOS} of real time without a hand-over the run ends
 * and says where everybody stands.
 */
final class Baton {
  private static final long PATIENCE_NANOS = 20_000_000_000L;
  private static final long FOREVER = Long.MAX_VALUE;

  /** Something that runs. */
  static final class Actor {
    final String name;
    final @Nullable Life life;
    private final Thread thread;
    private volatile boolean mayRun;
    private int weight = 4;
    private boolean done;
    String point = "start";
    private @Nullable BooleanSupplier ready;
    private long until;

    private Actor(String name, @Nullable Life life, Thread thread) {
      this.name = name;
      this.life = life;
      this.thread = thread;
    }

    /** What its life and its role are called together. */
    @Override
    public String toString() {
      return life == null ? name : life + "/" + name;
    }
  }

  /** What several actors share: they die together. */
  static final class Life {
    private final String name;
    private boolean over;

    Life(String name) {
      this.name = name;
    }

    boolean isOver() {
      return over;
    }

    @Override
    public String toString() {
      return name;
    }
  }

  /** Whether an actor that could run is to wait; for scripted runs. */
  @FunctionalInterface
  interface Holds {
    boolean holds(Actor actor);
  }

  private final SplittableRandom random;
  private final List<Actor> actors = new ArrayList<>();
  private final List<Actor> candidates = new ArrayList<>();
  private final int tickNanos;
  private @Nullable Actor running;
  private Holds holds = actor -> false;
  private long nanos = 1_000_000_000L;
  private long steps;
  private boolean over;
  private volatile boolean allDone;
  private volatile long handedOver;
  private @Nullable Throwable failure;
  private @Nullable Thread main;

  /**
   * @param tickNanos how much time passes at most at each yield point
   */
  Baton(SplittableRandom random, int tickNanos) {
    this.random = random;
    this.tickNanos = tickNanos;
  }

  long nanos() {
    return nanos;
  }

  long steps() {
    return steps;
  }

  void holdBack(Holds rule) {
    this.holds = rule;
  }

  /** Who holds the baton. */
  Actor current() {
    Actor actor = running;
    if (actor == null) {
      throw new IllegalStateException("nobody runs");
    }
    return actor;
  }

  boolean isRunning() {
    return running != null;
  }

  /** Adds an actor, which runs when it is chosen. */
  Actor spawn(String name, @Nullable Life life, Runnable body) {
    Actor[] self = new Actor[1];
    Thread thread =
        Thread.ofVirtual()
            .unstarted(() -> {
              Actor me = self[0];
              awaitTurn(me);
              try {
                if (!isDead(me)) {
                  body.run();
                }
              } catch (Died died) {
                // As it must be.
              } catch (Throwable fault) {
                fail(fault);
              } finally {
                me.done = true;
                actors.remove(me);
                handOn(me);
              }
            });
    Actor actor = new Actor(name, life, thread);
    self[0] = actor;
    actor.weight = 1 + random.nextInt(8);
    actors.add(actor);
    thread.start();
    return actor;
  }

  /** A yield point: somebody else may run now, or the caller again. */
  void pause(String point) {
    Actor me = current();
    me.point = point;
    me.ready = null;
    me.until = 0;
    nanos += random.nextInt(tickNanos);
    yieldTurn(me);
  }

  /**
   * Waits until the condition holds or time has passed.
   *
   * @return whether it holds
   */
  boolean await(String point, BooleanSupplier condition, long waitNanos) {
    Actor me = current();
    me.point = point;
    me.ready = condition;
    me.until = waitNanos == FOREVER ? FOREVER : nanos + Math.max(0, waitNanos);
    nanos += random.nextInt(tickNanos);
    yieldTurn(me);
    me.ready = null;
    return condition.getAsBoolean();
  }

  /** Everything of this life ends at its next yield point; nothing else of it happens. */
  void kill(Life life) {
    life.over = true;
  }

  /** Ends the run: for the first reason given, or well. */
  void fail(Throwable reason) {
    if (failure == null && !over) {
      failure = reason;
    }
    over = true;
  }

  /** Ends the run well. */
  void end() {
    over = true;
  }

  boolean isOver() {
    return over;
  }

  /** Shuffles who is fast and who is slow. */
  void shuffleWeights() {
    for (Actor actor : actors) {
      actor.weight = random.nextInt(4) == 0 ? 0 : 1 + random.nextInt(8);
    }
  }

  /** Runs all actors to their end. Called by the thread that owns the run. */
  void run() {
    main = Thread.currentThread();
    handedOver = System.nanoTime();
    handOn(null);
    while (!allDone) {
      LockSupport.parkNanos(1_000_000_000L);
      if (System.nanoTime() - handedOver > PATIENCE_NANOS) {
        throw new Violation("no yield point reached for long: " + whereabouts());
      }
    }
    Throwable reason = failure;
    if (reason instanceof Violation violation) {
      throw violation;
    }
    if (reason != null) {
      throw new AssertionError("a fault: " + reason, reason);
    }
  }

  private String whereabouts() {
    StringBuilder text = new StringBuilder();
    for (Actor actor : List.copyOf(actors)) {
      text.append("\n  ").append(actor).append(" at ").append(actor.point);
      for (StackTraceElement element : actor.thread.getStackTrace()) {
        text.append("\n      ").append(element);
      }
    }
    return text.toString();
  }

  private boolean isDead(Actor actor) {
    return over || (actor.life != null && actor.life.over);
  }

  private void yieldTurn(Actor me) {
    steps++;
    if (!isDead(me)) {
      Actor next = choose();
      if (next != me) {
        handTo(next);
        awaitTurn(me);
      }
    }
    if (isDead(me)) {
      throw new Died();
    }
  }

  private void handOn(@Nullable Actor leaving) {
    if (actors.isEmpty()) {
      running = null;
      allDone = true;
      LockSupport.unpark(main);
      return;
    }
    if (leaving != null) {
      nanos += random.nextInt(tickNanos);
    }
    handTo(choose());
  }

  private void handTo(Actor next) {
    running = next;
    handedOver = System.nanoTime();
    next.mayRun = true;
    LockSupport.unpark(next.thread);
  }

  private static void awaitTurn(Actor me) {
    while (!me.mayRun) {
      LockSupport.park();
    }
    me.mayRun = false;
  }

  private Actor choose() {
    while (true) {
      candidates.clear();
      int weights = 0;
      long soonest = FOREVER;
      for (Actor actor : actors) {
        if (isDead(actor)) {
          return actor;
        }
        if (holds.holds(actor)) {
          continue;
        }
        BooleanSupplier ready = actor.ready;
        if (ready == null || actor.until <= nanos || ready.getAsBoolean()) {
          candidates.add(actor);
          weights += actor.weight;
        } else {
          soonest = Math.min(soonest, actor.until);
        }
      }
      if (!candidates.isEmpty()) {
        return pick(weights);
      }
      if (soonest == FOREVER) {
        fail(new Violation("nobody can go on: " + whereabouts()));
      } else {
        nanos = soonest;
      }
    }
  }

  private Actor pick(int weights) {
    if (weights == 0 || random.nextInt(16) == 0) {
      return candidates.get(random.nextInt(candidates.size()));
    }
    int at = random.nextInt(weights);
    for (Actor actor : candidates) {
      at -= actor.weight;
      if (at < 0) {
        return actor;
      }
    }
    return candidates.getLast();
  }
}
