package dev.millrace.bench;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import org.bson.BsonDocument;
import org.bson.BsonDouble;
import org.bson.BsonInt64;

/** How long writes took from {@link Writer}'s call to the sink's word that they are durable. */
final class Lags {
  static final String MARKS = "marks";
  static final String P50 = "lagP50";
  static final String P90 = "lagP90";
  static final String P99 = "lagP99";
  static final String MAX = "lagMax";

  private long[] micros = new long[1 << 16];
  private int count;

  /** The clock that writer and sink, on one machine, share: microseconds since 1970. */
  static long now() {
    return ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
  }

  synchronized void add(long lag) {
    if (count == micros.length) {
      micros = Arrays.copyOf(micros, 2 * count);
    }
    micros[count++] = lag;
  }

  /** Milliseconds; nothing where there were none. */
  synchronized BsonDocument figures() {
    if (count == 0) {
      return new BsonDocument();
    }
    long[] sorted = Arrays.copyOf(micros, count);
    Arrays.sort(sorted);
    return new BsonDocument(MARKS, new BsonInt64(count))
        .append(P50, millis(sorted, 0.5))
        .append(P90, millis(sorted, 0.9))
        .append(P99, millis(sorted, 0.99))
        .append(MAX, millis(sorted, 1));
  }

  private static BsonDouble millis(long[] sorted, double part) {
    int at = (int) Math.clamp(Math.ceil(part * sorted.length) - 1, 0, sorted.length - 1);
    return new BsonDouble(sorted[at] / 1_000.0);
  }
}
