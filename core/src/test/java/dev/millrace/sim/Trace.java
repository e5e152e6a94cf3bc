package dev.millrace.sim;

import dev.millrace.model.Position;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * What happened, line by line. Off, it costs nothing: a failing seed is run a second time with it
 * on, which is possible because a seed decides everything.
 */
final class Trace {
  private final boolean on;
  private final List<String> lines = new ArrayList<>();

  Trace(boolean on) {
    this.on = on;
  }

  void say(Supplier<String> line) {
    if (on) {
      lines.add(line.get());
    }
  }

  String text() {
    return String.join("\n", lines);
  }

  /** A cluster time as the number of ticks since the simulation's beginning. */
  static String time(long clusterTime) {
    return clusterTime >= SimMongo.EPOCH
        ? Long.toString(clusterTime - SimMongo.EPOCH)
        : clusterTime == 0 ? "none" : "before";
  }

  /** A position as its time and kind. */
  static String of(Position position) {
    String time = time(position.clusterTime());
    return position.isHighWater() ? "<" + time : "=" + time + "." + Tokens.index(position);
  }
}
