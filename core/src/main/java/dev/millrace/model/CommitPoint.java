package dev.millrace.model;

import java.util.List;

/**
 * What the sink may be taken for as a whole.
 *
 * @param time the cluster time, as the server's 64 bits: every change up to it is in the sink.
 *     Where not consistent, the last such time, or 0
 * @param consistent whether that holds now; false from the moment a copy becomes due until the next
 *     point
 * @param reason why not, for people; empty where consistent
 * @param excluded collections that the operator left out of it
 */
public record CommitPoint(long time, boolean consistent, String reason, List<String> excluded) {
  public CommitPoint {
    excluded = List.copyOf(excluded);
  }
}
