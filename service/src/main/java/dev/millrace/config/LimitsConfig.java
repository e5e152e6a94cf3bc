package dev.millrace.config;

import java.time.Duration;

/**
 * Bounds of one pipeline.
 *
 * @param readAheadBytes most bytes of the stream read ahead of the sink
 * @param transactionBytes transactions of the source up to this size reach the sink as one unit
 *     where it has units
 * @param saveEvery how often at most a position is written while changes flow
 * @param stopWithin how long a stop may take
 */
public record LimitsConfig(
    long readAheadBytes, long transactionBytes, Duration saveEvery, Duration stopWithin) {
  public static final LimitsConfig DEFAULT =
      new LimitsConfig(32L << 20, 16L << 20, Duration.ofMillis(300), Duration.ofSeconds(10));
}
