package dev.millrace.cli;

import dev.millrace.model.ClusterTime;
import dev.millrace.model.Position;

/** Positions for people. */
final class Positions {
  private Positions() {}

  static String told(Position position) {
    return position.data() + " (" + ClusterTime.iso(position.clusterTime()) + ")";
  }
}
