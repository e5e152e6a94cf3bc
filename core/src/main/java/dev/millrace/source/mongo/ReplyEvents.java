package dev.millrace.source.mongo;

import com.mongodb.MongoException;
import dev.millrace.model.Batch;
import dev.millrace.model.Change;
import dev.millrace.model.ClusterTime;
import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;
import dev.millrace.model.Position;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.bson.BsonTimestamp;
import org.jspecify.annotations.Nullable;

/**
 * The events of one reply, each decoded when it is asked for and not before: one that cannot be
 * read must not keep back those in front of it. Made by the thread that reads, used by the one that
 * delivers; so is the decoder, which remembers the fragments of a split event from one reply to the
 * next.
 *
 * @param through the position behind all of them
 * @param skipThrough events at or before it are passed over; null passes over none
 */
record ReplyEvents(
    RawReply reply, Position through, ChangeDecoder decoder, @Nullable Position skipThrough)
    implements Batch {
  @Override
  public Iterator<Change.Streamed> changes() {
    return new Iterator<>() {
      private final ReplyOffsets offsets = new ReplyOffsets(reply);
      private Change.@Nullable Streamed ahead;

      @Override
      public boolean hasNext() {
        while (ahead == null && offsets.hasNext()) {
          ahead = decode(offsets.next());
        }
        return ahead != null;
      }

      @Override
      public Change.Streamed next() {
        Change.Streamed change = hasNext() ? ahead : null;
        if (change == null) {
          throw new NoSuchElementException();
        }
        ahead = null;
        return change;
      }
    };
  }

  private Change.@Nullable Streamed decode(int offset) {
    try {
      if (skipThrough != null
          && ChangeDecoder.position(reply.bytes, offset).compareTo(skipThrough) <= 0) {
        return null;
      }
      return decoder.decode(reply.bytes, offset);
    } catch (MillraceException e) {
      throw e;
    } catch (MongoException e) {
      throw MongoFailures.of(e, "fetching a document");
    } catch (RuntimeException e) {
      throw Failure.fatal("MR-SOURCE-EVENT", "a change event cannot be read: " + e.getMessage(), e);
    }
  }

  /** Known once all of them were asked for: the last one may be the first part of an event. */
  @Override
  public @Nullable Position through() {
    return decoder.isInsideEvent() ? null : through;
  }

  @Override
  public long frontier() {
    return decoder.isInsideEvent() ? ClusterTime.NONE : through.clusterTime();
  }

  @Override
  public long bytes() {
    return reply.bytes.length;
  }

  @Override
  public BsonTimestamp sourceTime() {
    return reply.operationTime();
  }
}
