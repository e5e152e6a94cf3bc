package dev.millrace.lab;

import com.mongodb.client.model.Filters;
import java.nio.ByteBuffer;
import org.bson.BsonObjectId;
import org.bson.conversions.Bson;
import org.bson.types.ObjectId;

/**
 * The ids of one workload's documents: its kind and seed, and behind them a count. Read as times of
 * birth their first bytes lie in 1970, so that no id which a driver made is among them.
 *
 * @param kind from 1 to 127
 */
record OwnIds(byte kind, int seed) {
  private static final int COUNT_BITS = 48;
  private static final int COUNT_OFFSET = 4;

  BsonObjectId id(long count) {
    byte[] bytes =
        ByteBuffer.allocate(12)
            .putShort(kind)
            .putInt(seed)
            .putShort((short) (count >>> 32))
            .putInt((int) count)
            .array();
    return new BsonObjectId(new ObjectId(bytes));
  }

  long count(ObjectId id) {
    return ByteBuffer.wrap(id.toByteArray()).getLong(COUNT_OFFSET) & last();
  }

  /** All of them, in the order of their counts, and no others. */
  Bson all() {
    return Filters.and(Filters.gte("_id", id(0)), Filters.lte("_id", id(last())));
  }

  private static long last() {
    return (1L << COUNT_BITS) - 1;
  }
}
