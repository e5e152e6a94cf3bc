package dev.millrace.http;

import dev.millrace.model.Position;
import java.time.Instant;

/** Cluster times for people. */
public final class Times {
  private Times() {}

  /** The position's cluster time as ISO text, to the second. */
  public static String iso(Position position) {
    return Instant.ofEpochSecond(Integer.toUnsignedLong(position.clusterTime().getTime()))
        .toString();
  }
}
