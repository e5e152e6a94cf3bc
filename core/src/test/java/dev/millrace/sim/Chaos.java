package dev.millrace.sim;

import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;
import dev.millrace.model.Namespace;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** Which faults happen, and how often: how much of each is the seed's choice. */
final class Chaos {
  /** What can go wrong when a parcel is written. */
  enum SinkFault {
    NONE,
    /** Nothing is written. */
    REFUSED,
    /** All is written, and the writer is not told. */
    LOST_ACK,
    /** Nobody knows; it may be written later. */
    TIMED_OUT,
    /** What is not all or nothing is written in part. */
    CUT
  }

  private static final List<SinkFault> FAULTS =
      List.of(SinkFault.REFUSED, SinkFault.LOST_ACK, SinkFault.TIMED_OUT, SinkFault.CUT);

  private final SplittableRandom random;
  private final Set<Namespace> unreadable = new HashSet<>();
  private final Deque<SinkFault> nextSinkFaults = new ArrayDeque<>();
  private final Map<String, Failure> nextFailures = new HashMap<>();
  private int nextStoreFailures;
  private boolean splitsNext;
  private boolean on = true;
  private double source;
  private double sink;
  private double store;
  private double split;

  Chaos(SplittableRandom random) {
    this.random = random;
    this.source = oneOf(0, .01, .03);
    this.sink = oneOf(0, .04, .15);
    this.store = oneOf(0, .03, .1);
    this.split = oneOf(0, .05);
  }

  private double oneOf(double... values) {
    return values[random.nextInt(values.length)];
  }

  /** Nothing goes wrong by itself; for scripted runs, and at the end. */
  void off() {
    on = false;
    unreadable.clear();
  }

  boolean isOn() {
    return on;
  }

  void unreadable(Namespace namespace, boolean is) {
    if (is) {
      unreadable.add(namespace);
    } else {
      unreadable.remove(namespace);
    }
  }

  boolean isUnreadable(Namespace namespace) {
    return unreadable.contains(namespace);
  }

  /** What goes wrong with the next parcel that has no such word yet; for scripted runs. */
  void sinkFaultNext(SinkFault fault) {
    nextSinkFaults.add(fault);
  }

  /** The next call of this name fails so, whether or not anything else does. */
  void failNext(String what, Failure failure) {
    nextFailures.put(what, failure);
  }

  /** The store's next calls fail. */
  void storeFailsNext(int times) {
    nextStoreFailures = times;
  }

  /** The next event that carries a document is too large for one. */
  void splitNext() {
    splitsNext = true;
  }

  /** Whether an answer of the stream is long in coming; the one behind the first often is. */
  boolean stalls(int answered) {
    return on && random.nextInt(answered == 1 ? 2 : 100) == 0;
  }

  boolean splits() {
    if (splitsNext) {
      splitsNext = false;
      return true;
    }
    return on && split > 0 && random.nextDouble() < split;
  }

  /** A call fails, before it did anything. */
  void maybeFail(String what, @Nullable Throwable cause) {
    Failure next = nextFailures.remove(what);
    if (next != null) {
      throw new MillraceException(next, cause);
    }
    if (on && random.nextDouble() < source) {
      throw Failure.transientFailure("MR-SIMULATED", what + " failed", cause);
    }
  }

  boolean storeFails() {
    if (nextStoreFailures > 0) {
      nextStoreFailures--;
      return true;
    }
    return on && random.nextDouble() < store;
  }

  SinkFault sinkFault() {
    SinkFault next = nextSinkFaults.poll();
    if (next != null) {
      return next;
    }
    if (!on || random.nextDouble() >= sink) {
      return SinkFault.NONE;
    }
    return FAULTS.get(random.nextInt(FAULTS.size()));
  }
}
