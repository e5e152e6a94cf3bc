package dev.millrace.sql;

import java.util.Optional;
import java.util.UUID;

/**
 * What checkpoints of a sink carry, so that it can tell whether it still has what they speak of: a
 * database that was put back to what it was, or made anew, has written less, or is another place.
 *
 * @param place made up when a pipeline first wrote there
 * @param written how many transactions of the pipeline's there were
 */
record Mark(String place, long written) {
  static Mark ofNewPlace() {
    return new Mark(UUID.randomUUID().toString(), 0);
  }

  /** Empty where it is no mark of a database. */
  static Optional<Mark> parse(String text) {
    int blank = text.indexOf(' ');
    try {
      return blank < 0
          ? Optional.empty()
          : Optional.of(
              new Mark(text.substring(0, blank), Long.parseLong(text.substring(blank + 1))));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  Mark next() {
    return new Mark(place, written + 1);
  }

  boolean isOfPlace(Mark other) {
    return place.equals(other.place);
  }

  @Override
  public String toString() {
    return place + " " + written;
  }
}
