package dev.millrace.sim;

import dev.millrace.model.Namespace;
import dev.millrace.model.Position;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/** What one start of a pipeline hands to its sink, in that order: invariants 1 to 3. */
final class Emissions {
  private final World world;
  private final Instance instance;
  private final Map<Namespace, Map<Integer, Moment>> versions = new HashMap<>();

  /** How far the stream was emitted. */
  private Moment through = new Moment(0, 0);

  Emissions(World world, Instance instance) {
    this.world = world;
    this.instance = instance;
  }

  void check(Item item) {
    Position token = Item.tokenOf(item);
    if (token != null) {
      through = Moment.of(token);
    }
    switch (item) {
      case Item.Row row -> {
        checkOrder(row);
        if (row.isCopied()) {
          checkState(row);
        }
      }
      case Item.Cleared cleared -> versions.remove(cleared.namespace());
      case Item.Moved moved -> {
        versions.remove(moved.namespace());
        versions.remove(moved.to());
      }
      case Item.Committed committed -> {
        // Where the sink keeps the checkpoint, the point is one with the position that covers it.
        if (committed.point().consistent() && !world.kind.keepsCheckpoint) {
          world.auditor.decided(committed.point(), instance.toString());
        }
      }
      case Item.Told told -> {}
      case Item.Reset reset -> {}
      case Item.Swept swept -> {}
    }
  }

  /** I1. */
  private void checkOrder(Item.Row row) {
    Moment before =
        versions
            .computeIfAbsent(row.namespace(), it -> new HashMap<>())
            .put(row.key(), row.version());
    // Two copies may read at one time; two events never have one place.
    boolean isRepeated = before != null && row.isCopied() && row.version().equals(before);
    if (before != null && !isRepeated && !row.version().isAfter(before)) {
      throw new Violation("I1: " + instance + " emits " + row + " behind v" + before);
    }
  }

  /** I2 and I3: a row is what the source had after the last event that was emitted before it. */
  private void checkState(Item.Row row) {
    Moment place = through.isAfter(instance.openedAt()) ? through : instance.openedAt();
    Doc there = world.mongo.at(place).doc(row.namespace(), row.key());
    if (!Objects.equals(there, row.doc())) {
      throw new Violation(
          "I2: %s emits %s behind %s, where the source has %s"
              .formatted(instance, row, place, there));
    }
  }
}
