package dev.millrace.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/**
 * Thousands of simulated runs in which nothing may go wrong, and for each fault that was put in on
 * purpose as many as it takes to find it.
 */
class SimulatorTest {
  private static final int SEEDS = 3_000;
  private static final int SEEDS_PER_MUTANT = 3_000;

  @BeforeAll
  static void quietly() {
    Simulator.quietly();
  }

  @Test
  void nothingGoesWrongAndEveryMutantIsFound() {
    List<Simulator.Found> failing = Simulator.failing(1, SEEDS, 1);
    failing.forEach(found -> {
      throw new AssertionError(found.text(), found.fault());
    });
    Map<Mutant, Integer> mutants = Simulator.mutants(1, SEEDS_PER_MUTANT);
    System.out.println(
        "simulator: "
            + SEEDS
            + " seeds, nothing found; mutants found after so many seeds: "
            + mutants.entrySet().stream()
                .map(entry -> entry.getKey().words() + " " + entry.getValue())
                .collect(Collectors.joining(", ")));
    assertThat(mutants).doesNotContainValue(0);
  }

  /** One seed again, with its trace. */
  @Test
  @EnabledIfSystemProperty(named = "sim.seed", matches = "\\d+")
  void replays() {
    long seed = Long.getLong("sim.seed", 1);
    Mutant mutant = Mutant.valueOf(System.getProperty("sim.mutant", "NONE"));
    System.out.println(Simulator.traced(seed, mutant));
    Simulator.run(seed, mutant)
        .ifPresent(found -> {
          throw new AssertionError(found.fault());
        });
  }

  /** {@code bench/soak simulate}. */
  @Test
  @EnabledIfSystemProperty(named = "sim.minutes", matches = "\\d+")
  void runsForMinutes() {
    Simulator.soak(Long.getLong("sim.minutes", 1));
  }
}
