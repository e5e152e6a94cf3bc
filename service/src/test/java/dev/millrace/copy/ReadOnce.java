package dev.millrace.copy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.json.CanonicalKey;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.CollectionCopy;
import dev.millrace.model.KeyRange;
import dev.millrace.testing.Journal;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;

/** That no start reads again what the state it began with calls copied. */
final class ReadOnce {
  private final Map<String, Integer> places = new HashMap<>();

  private ReadOnce(List<String> keys) {
    for (int i = 0; i < keys.size(); i++) {
      places.put(keys.get(i), i);
    }
  }

  /**
   * @param keys of all documents that there ever were, in the order of the collection's index
   */
  static void check(Pipe pipe, String collection, List<String> keys) {
    Journal journal = pipe.hooks.journal();
    ReadOnce places = new ReadOnce(keys);
    int start = 0;
    for (var from : journal.starts()) {
      start++;
      int number = start;
      CollectionCopy copy =
          from.map(Checkpoint::copy)
              .map(state -> state.collections().get(pipe.named(collection)))
              .orElse(null);
      BitSet copied = places.copied(copy);
      for (Journal.Read read : journal.reads()) {
        if (read.start() == number && read.chunk().namespace().equals(pipe.named(collection))) {
          int again = copied.nextSetBit(places.of(read.first()));
          assertThat(again < 0 || again > places.of(read.last()))
              .as("start %d has copied, and reads again, %s", number, read)
              .isTrue();
        }
      }
    }
  }

  private BitSet copied(@Nullable CollectionCopy copy) {
    BitSet copied = new BitSet();
    if (copy == null) {
      return copied;
    }
    if (copy.status() == CollectionCopy.Status.DONE) {
      copied.set(0, places.size());
      return copied;
    }
    for (KeyRange range : copy.ranges()) {
      int from = range.from() == null ? 0 : of(range.from());
      if (range.complete()) {
        copied.set(from, range.to() == null ? places.size() : of(range.to()));
      } else if (range.done() != null) {
        copied.set(from, of(range.done()) + 1);
      }
    }
    return copied;
  }

  private int of(BsonValue key) {
    return of(CanonicalKey.of(key));
  }

  private int of(String key) {
    return Objects.requireNonNull(places.get(key), key);
  }
}
