package dev.millrace.sim;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.LoggerFactory;

/**
 * Runs seeds, one after the other, and says of a failing one what happened and how to see it again.
 */
public final class Simulator {
  /** A seed that found something. */
  record Found(long seed, Mutant mutant, Throwable fault) {
    String text() {
      return traced(seed, mutant)
          + "\nreplay: ./try seed "
          + seed
          + (mutant == Mutant.NONE ? "" : " " + mutant);
    }
  }

  /** All that happens in a seed, and how it ends. */
  static String traced(long seed, Mutant mutant) {
    Trace trace = new Trace(true);
    String end;
    try {
      Simulation.run(seed, kindOf(seed, mutant), mutant, trace);
      end = "nothing found";
    } catch (AssertionError fault) {
      end = String.valueOf(fault.getMessage());
    }
    return trace.text() + "\n\n" + end;
  }

  private static final List<SinkKind> KINDS = List.of(SinkKind.values());

  private Simulator() {}

  /** The engine logs what it does; a thousand runs a second would be a lot of that. */
  static void quietly() {
    if (LoggerFactory.getLogger("dev.millrace") instanceof Logger logger) {
      logger.setLevel(Level.OFF);
    }
  }

  /** Kinds of sink by turns; of one kind, where a fault can show there alone. */
  static SinkKind kindOf(long seed, Mutant mutant) {
    SinkKind only = mutant.onlyOn();
    return only != null ? only : KINDS.get(Math.floorMod(seed, KINDS.size()));
  }

  /** Runs one seed; empty when all was well. */
  static Optional<Found> run(long seed, Mutant mutant) {
    SinkKind kind = kindOf(seed, mutant);
    try {
      Simulation.run(seed, kind, mutant, new Trace(false));
      return Optional.empty();
    } catch (AssertionError fault) {
      return Optional.of(new Found(seed, mutant, fault));
    }
  }

  /**
   * Seeds that nobody ran before, for so long.
   *
   * @throws AssertionError at the first fault, with its trace
   */
  static void soak(long minutes) {
    long first = System.nanoTime() & 0xFF_FFFF_FFFFL;
    long until = System.nanoTime() + minutes * 60_000_000_000L;
    long seed = first;
    for (; System.nanoTime() < until; seed++) {
      Optional<Found> found = run(seed, Mutant.NONE);
      if (found.isPresent()) {
        throw new AssertionError(found.get().text(), found.get().fault());
      }
    }
    System.out.println("simulator: " + (seed - first) + " seeds from " + first + ", nothing found");
  }

  /** After how many seeds each mutant is found; 0 where none of them found it. */
  static Map<Mutant, Integer> mutants(long firstSeed, int most) {
    Map<Mutant, Integer> after = new LinkedHashMap<>();
    for (Mutant mutant : Mutant.values()) {
      if (mutant != Mutant.NONE) {
        int found = 0;
        for (int n = 0; n < most && found == 0; n++) {
          found = run(firstSeed + n, mutant).isPresent() ? n + 1 : 0;
        }
        after.put(mutant, found);
      }
    }
    return after;
  }

  /** Failing seeds of a range, at most so many. */
  static List<Found> failing(long firstSeed, int seeds, int most) {
    List<Found> all = new ArrayList<>();
    for (long seed = firstSeed; seed < firstSeed + seeds && all.size() < most; seed++) {
      run(seed, Mutant.NONE).ifPresent(all::add);
    }
    return all;
  }
}
