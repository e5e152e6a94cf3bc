package dev.millrace.bench;

import dev.millrace.model.Checkpoint;
import dev.millrace.model.CollectionCopy;
import dev.millrace.model.CollectionCopy.Status;
import dev.millrace.model.CopyState;
import dev.millrace.model.KeyRange;
import dev.millrace.model.Namespace;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.bson.BsonObjectId;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;

/** Compares two stored states of one copy: what the earlier has as copied, the later must have. */
final class CopyProgress {
  private CopyProgress() {}

  /** What of the earlier state the later one has to copy again; empty when nothing. */
  static Optional<String> lost(CopyState earlier, CopyState later) {
    for (Map.Entry<Namespace, CollectionCopy> each : earlier.collections().entrySet()) {
      CollectionCopy before = each.getValue();
      CollectionCopy after = later.collections().get(each.getKey());
      if (after == null || !after.generation().equals(before.generation())) {
        // Nobody drops or renames here.
        return Optional.of(each.getKey() + ": its generation");
      }
      if (before.status() == Status.DONE && after.status() != Status.DONE) {
        return Optional.of(each.getKey() + ": that it was done");
      }
      if (after.copied() < before.copied()) {
        return Optional.of(
            "%s: %,d rows".formatted(each.getKey(), before.copied() - after.copied()));
      }
      if (after.status() != Status.DONE) {
        for (KeyRange range : before.ranges()) {
          if (isLost(range, after)) {
            return Optional.of("%s: %s of %s".formatted(each.getKey(), range, after.ranges()));
          }
        }
      }
    }
    return Optional.empty();
  }

  /** Whether any of what is copied of the range is still to be copied. */
  private static boolean isLost(KeyRange range, CollectionCopy after) {
    if (range.done() == null && !range.complete()) {
      return false;
    }
    BsonValue end = range.complete() ? range.to() : range.done();
    for (KeyRange each : after.ranges()) {
      BsonValue start = each.done() != null ? each.done() : each.from();
      if (!each.complete() && isBefore(start, end) && isBefore(range.from(), each.to())) {
        return true;
      }
    }
    return false;
  }

  /**
   * Whether a lower bound lies before an upper one; null is no bound. Only object ids are ordered
   * here as the server orders them; of others it is not known, and not claimed.
   */
  private static boolean isBefore(@Nullable BsonValue low, @Nullable BsonValue high) {
    if (low instanceof BsonObjectId from && high instanceof BsonObjectId to) {
      return from.compareTo(to) < 0;
    }
    return (low == null || low instanceof BsonObjectId)
        && (high == null || high instanceof BsonObjectId);
  }

  /** How many rows are copied, of all collections. */
  static long rows(Checkpoint checkpoint) {
    return checkpoint.copy().collections().values().stream()
        .mapToLong(CollectionCopy::copied)
        .sum();
  }

  /** For people: how much is copied. */
  static String text(Checkpoint checkpoint) {
    StringBuilder text = new StringBuilder();
    checkpoint
        .copy()
        .collections()
        .forEach((name, copy) ->
            text.append(
                "%s %s %,d; "
                    .formatted(
                        name.collection(),
                        copy.status().name().toLowerCase(Locale.ROOT),
                        copy.copied())));
    return text.isEmpty() ? "nothing listed" : text.substring(0, text.length() - 2);
  }
}
