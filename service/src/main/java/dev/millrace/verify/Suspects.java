package dev.millrace.verify;

import java.util.LinkedHashMap;
import java.util.Map;
import org.bson.BsonValue;

/**
 * What differed at first sight: each row with the {@code _id} to ask for it by. Only so much is
 * kept that it fits a small heap.
 */
final class Suspects {
  private static final int MOST = 100_000;
  private static final long MOST_CHARACTERS = 32L << 20;

  private final Map<RowId, BsonValue> found = new LinkedHashMap<>();
  private long characters;

  void add(RowId row, BsonValue id) {
    if (!isFull() && found.put(row, id) == null) {
      characters += row.key().length();
    }
  }

  /** Whether more are not kept. */
  boolean isFull() {
    return found.size() >= MOST || characters >= MOST_CHARACTERS;
  }

  Map<RowId, BsonValue> found() {
    return found;
  }
}
