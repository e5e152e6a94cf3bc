package dev.millrace.source.mongo;

import dev.millrace.json.BsonBytes;
import dev.millrace.model.Failure;
import dev.millrace.model.RawValue;
import dev.millrace.source.CopySource.Row;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;

/** The documents of one reply as rows: windows on its bytes, made as they are asked for. */
final class CopiedRows implements Iterable<Row> {
  private static final byte[] ID = "_id".getBytes(StandardCharsets.US_ASCII);

  private final RawReply reply;
  private final int count;
  private final int last;

  CopiedRows(RawReply reply) {
    this.reply = reply;
    int documents = 0;
    int latest = -1;
    for (ReplyOffsets at = new ReplyOffsets(reply); at.hasNext(); documents++) {
      latest = at.next();
    }
    this.count = documents;
    this.last = latest;
  }

  int count() {
    return count;
  }

  /** The last row's {@code _id}, of which nothing leads back to the reply; null without rows. */
  @Nullable BsonValue last() {
    return last < 0 ? null : row(last).id().toValue();
  }

  @Override
  public Iterator<Row> iterator() {
    ReplyOffsets offsets = new ReplyOffsets(reply);
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return offsets.hasNext();
      }

      @Override
      public Row next() {
        return row(offsets.next());
      }
    };
  }

  private Row row(int document) {
    byte[] bytes = reply.bytes;
    int field = BsonBytes.findField(bytes, document, ID);
    if (field < 0) {
      throw Failure.fatal("MR-SOURCE-ROW", "MongoDB sent a document without its _id");
    }
    int value = field + ID.length + 2;
    int end = BsonBytes.skipValue(bytes[field], bytes, value);
    return new Row(
        new RawValue(bytes[field], bytes, value, end - value),
        RawValue.document(bytes, document, BsonBytes.readInt32(bytes, document)));
  }
}
