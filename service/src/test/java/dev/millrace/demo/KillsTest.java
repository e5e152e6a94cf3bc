package dev.millrace.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class KillsTest {
  @Test
  void areSpreadOverTheWork() {
    Kills kills = new Kills(10, 7);
    List<Double> at = new ArrayList<>();
    long now = 0;
    for (int step = 0; step <= 10_000; step++) {
      now += 100_000_000L;
      if (kills.isDue(step / 10_000.0, () -> true, now)) {
        at.add(step / 10_000.0);
      }
    }
    assertThat(at).hasSize(10).isSorted();
    assertThat(at.getFirst()).isLessThan(0.2);
    assertThat(at.getLast()).isGreaterThan(0.8);
    assertThat(kills.isOver()).isTrue();
  }

  @Test
  void mostWaitForTheRelayToRun() {
    Kills kills = new Kills(100, 1);
    long now = 0;
    for (int step = 0; step < 10_000; step++) {
      now += 100_000_000L;
      kills.isDue(1, () -> false, now);
    }
    assertThat(kills.done()).isLessThan(30);
  }
}
