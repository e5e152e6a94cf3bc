package dev.millrace.http;

import dev.millrace.model.ClusterTime;
import dev.millrace.model.Position;
import java.time.Instant;

/** Cluster times for people. */
public final class Times {
  private Times() {}

  /** The position's cluster time as ISO text, to the second. */
  public static String iso(Position position) {
    return iso(position.clusterTime().getValue());
  }

  /** A cluster time, as the server's 64 bits, as ISO text, to the second. */
  public static String iso(long clusterTime) {
    return Instant.ofEpochSecond(ClusterTime.seconds(clusterTime)).toString();
  }
}
