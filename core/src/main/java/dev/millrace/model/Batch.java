package dev.millrace.model;

import java.util.Iterator;
import org.bson.BsonTimestamp;
import org.jspecify.annotations.Nullable;

/**
 * One read of the source: changes in order, and how far it reached.
 *
 * <p>Reading and decoding are different threads' work: the reader hands a batch over with its bytes
 * untouched, and whoever iterates decodes. Iterate once, by one thread, batches in order.
 */
public interface Batch {
  /**
   * The changes, decoded as they are asked for.
   *
   * @throws MillraceException from {@code next} or {@code hasNext} where an event cannot be read
   */
  Iterator<Change.Streamed> changes();

  /**
   * The position that is safe once every change so far is durable; null when there is none, as in
   * the middle of an event that came in fragments. Asked after iterating.
   */
  @Nullable Position through();

  /**
   * A cluster time, as the server's 64 bits, before which nothing will come once this batch was
   * taken: {@link ClusterTime#NONE} where it says nothing beyond its events. Asked after iterating.
   */
  long frontier();

  /** Bytes held while this batch is. */
  long bytes();

  /** The source's newest cluster time when it answered: what lag is measured against. */
  BsonTimestamp sourceTime();
}
