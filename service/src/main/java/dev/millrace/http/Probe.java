package dev.millrace.http;

import java.util.List;

/** A cheap question to a server: does it answer? */
@FunctionalInterface
public interface Probe extends AutoCloseable {
  /** Longest that one question may take. */
  int TIMEOUT_MILLIS = 1_000;

  /** Asks now. Waits at most {@link #TIMEOUT_MILLIS} for each server; never throws. */
  boolean answers();

  @Override
  default void close() {}

  /** Whether all of them answer. */
  static Probe all(List<Probe> probes) {
    List<Probe> each = List.copyOf(probes);
    return new Probe() {
      @Override
      public boolean answers() {
        return each.stream().allMatch(Probe::answers);
      }

      @Override
      public void close() {
        each.forEach(Probe::close);
      }
    };
  }
}
