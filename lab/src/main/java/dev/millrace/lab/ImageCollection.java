package dev.millrace.lab;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * One collection of a {@link SinkImage}: its documents by id, and of every id that was ever named
 * when it last changed.
 *
 * <p>Of a copied row that is the time it was read at or after, behind all events of that time: so a
 * row that stands behind a newer event of its id, or before an older one, is in the wrong place,
 * and may have brought back what was deleted.
 */
final class ImageCollection {
  private final Map<String, Digest> documents = new HashMap<>();

  /** By id, {@link #eventAt} or {@link #rowAt}. */
  private final Map<String, Long> changed = new HashMap<>();

  /** Ids held when the newest copy began, and neither read nor changed since. */
  private final Set<String> untouched = new HashSet<>();

  /** When a collection of this name was dropped last. */
  private final long floor;

  ImageCollection(long floor) {
    this.floor = floor;
  }

  static long eventAt(long clusterTime) {
    return clusterTime << 1;
  }

  static long rowAt(long clusterTime) {
    return clusterTime << 1 | 1;
  }

  private static boolean isRow(long at) {
    return (at & 1) != 0;
  }

  Map<String, Digest> documents() {
    return documents;
  }

  void put(String id, Digest document) {
    documents.put(id, document);
    untouched.remove(id);
  }

  void remove(String id) {
    documents.remove(id);
    untouched.remove(id);
  }

  void beginCopy() {
    untouched.clear();
    untouched.addAll(documents.keySet());
  }

  void endCopy() {
    documents.keySet().removeAll(untouched);
    untouched.clear();
  }

  /**
   * Notes when an id changed.
   *
   * @return whether that is in order, as far as a copied row has to do with it; events among
   *     themselves are told by their tokens
   */
  boolean note(String id, long at) {
    long before = changed.getOrDefault(id, floor);
    changed.put(id, at);
    return !(isRow(at) || isRow(before)) || Long.compareUnsigned(before, at) <= 0;
  }
}
