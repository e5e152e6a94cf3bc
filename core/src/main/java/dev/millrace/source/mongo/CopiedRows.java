package dev.millrace.source.mongo;

import dev.millrace.json.BsonBytes;
import dev.millrace.json.CanonicalKey;
import dev.millrace.model.Failure;
import dev.millrace.model.RawValue;
import dev.millrace.source.CopySource.Row;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;

/** The documents of one reply as rows: windows on its bytes, made as they are asked for. */
final class CopiedRows implements Iterable<Row> {
  private static final byte[] ID = "_id".getBytes(StandardCharsets.US_ASCII);

  private final byte[] bytes;

  /** Where each begins; looked for once, as every look at a fresh reply waits for memory. */
  private final int[] documents;

  private final int first;
  private final int end;

  /**
   * @param most how many the reply can have
   * @param after the row that has this {@code _id} is left out where it comes first; null leaves
   *     out none
   */
  CopiedRows(RawReply reply, int most, @Nullable BsonValue after) {
    this.bytes = reply.bytes;
    this.documents = new int[most];
    int found = 0;
    for (ReplyOffsets at = new ReplyOffsets(reply); at.hasNext(); ) {
      documents[found++] = at.next();
    }
    this.end = found;
    this.first = after != null && found > 0 && isOf(after, documents[0]) ? 1 : 0;
  }

  private boolean isOf(BsonValue id, int document) {
    return CanonicalKey.of(row(document).id()).equals(CanonicalKey.of(id));
  }

  /** With the one that is left out. */
  int sent() {
    return end;
  }

  int count() {
    return end - first;
  }

  /** The last row's {@code _id}, of which nothing leads back to the reply; null without rows. */
  @Nullable BsonValue last() {
    return count() == 0 ? null : row(documents[end - 1]).id().toValue();
  }

  @Override
  public Iterator<Row> iterator() {
    return new Iterator<>() {
      private int next = first;

      @Override
      public boolean hasNext() {
        return next < end;
      }

      @Override
      public Row next() {
        if (next >= end) {
          throw new NoSuchElementException();
        }
        return row(documents[next++]);
      }
    };
  }

  private Row row(int document) {
    return row(bytes, document);
  }

  /** The document that begins there, as a row. */
  static Row row(byte[] bytes, int document) {
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
