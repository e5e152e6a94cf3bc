package dev.millrace.sim;

import dev.millrace.model.Position;

/**
 * A place in the oplog: after the operation of this time and number in its transaction, and before
 * the next.
 */
record Moment(long time, int index) implements Comparable<Moment> {
  static final Moment NEVER = new Moment(Long.MAX_VALUE, Integer.MAX_VALUE);

  /** After everything of this time. */
  static Moment endOf(long time) {
    return new Moment(time, Integer.MAX_VALUE);
  }

  /** What is covered by a position. */
  static Moment of(Position position) {
    return position.isHighWater()
        ? endOf(Tokens.time(position) - 1)
        : new Moment(Tokens.time(position), Tokens.index(position));
  }

  boolean isAfter(Moment other) {
    return compareTo(other) > 0;
  }

  @Override
  public int compareTo(Moment other) {
    int byTime = Long.compare(time, other.time);
    return byTime != 0 ? byTime : Integer.compare(index, other.index);
  }

  @Override
  public String toString() {
    return this.equals(NEVER)
        ? "never"
        : Trace.time(time) + (index == Integer.MAX_VALUE ? "" : "." + index);
  }
}
