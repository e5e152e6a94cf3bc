package dev.millrace.model;

import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;

/**
 * A half-open range of {@code _id}s, in the server's order, and how far it is copied. Rows are
 * emitted in the order of their keys, so one key says it all: whatever lies behind {@code done} is
 * read again after a start, whatever lies before it never is.
 *
 * @param from the first one in it; null where it has no lower bound
 * @param to the first one behind it; null where it has no upper bound
 * @param done the last one emitted; null before the first chunk
 * @param complete whether nothing of it is left
 */
public record KeyRange(
    @Nullable BsonValue from, @Nullable BsonValue to, @Nullable BsonValue done, boolean complete) {
  /** All there is. */
  public static final KeyRange ALL = new KeyRange(null, null, null, false);

  public KeyRange through(@Nullable BsonValue last, boolean isComplete) {
    return new KeyRange(from, to, last == null ? done : last, isComplete);
  }
}
