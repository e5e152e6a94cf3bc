package dev.millrace.engine;

import dev.millrace.model.ClusterTime;
import java.util.HashMap;
import java.util.Map;

/**
 * The documents of one collection that events changed while windows are open, by canonical key,
 * with the time of the newest such event: what rows give way to ({@link CopyRules}). By key and not
 * by the {@code _id}'s bytes, for a document's id may change its spelling ({@code 1} becomes {@code
 * 1.0}) and is still the same. One set serves all windows of the collection; each asks only for
 * what is later than its own opening, so a key is forgotten once no open window is that old.
 */
final class DirtyKeys {
  private static final int WORTH_PRUNING = 10_000;

  private final Map<String, Long> times = new HashMap<>();
  private int keptAtLast;

  void note(String key, long time) {
    times.put(key, time);
  }

  /** When it was last changed; {@link ClusterTime#NONE} for a document that was not. */
  long changedAt(String key) {
    return times.getOrDefault(key, ClusterTime.NONE);
  }

  boolean isEmpty() {
    return times.isEmpty();
  }

  /** Forgets what no window opened at this time or later asks for. */
  void prune(long oldestWindow) {
    if (times.size() >= WORTH_PRUNING && times.size() >= 2 * keptAtLast) {
      times.values().removeIf(time -> !ClusterTime.isAfter(time, oldestWindow));
      keptAtLast = times.size();
    }
  }

  void clear() {
    times.clear();
    keptAtLast = 0;
  }
}
