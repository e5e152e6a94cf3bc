package dev.millrace.source;

import dev.millrace.model.MillraceException;
import dev.millrace.model.Namespace;
import dev.millrace.model.RawValue;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;

/**
 * The first seam's other half: reads collections as they are, beside the stream. Any thread may
 * call; {@link #close} makes calls under way fail.
 *
 * <p>Times are cluster times as the server's 64 bits. Every method throws {@link MillraceException}
 * as {@link Source#poll} does where the source cannot be reached; it may be asked again then.
 */
public interface CopySource extends AutoCloseable {
  /**
   * A time at or after every write that anybody was ever told of, by a read that the whole replica
   * set stands behind. Moves the stream on: a stream that follows quiet collections passes this
   * time soon after. Takes about as long as a write with majority.
   */
  long now();

  /** Whether the collection of that name is followed, should there be one. */
  boolean follows(Namespace namespace);

  /**
   * The collections that are followed.
   *
   * @param after as they are at that time or later; a time that the source itself has told of
   */
  Listing list(long after);

  /**
   * Where to cut a range so that its parts hold about the same.
   *
   * @return at most {@code parts - 1} keys, ascending, all within the range and behind its lower
   *     bound; fewer, or none, where there is nothing to cut
   */
  List<BsonValue> cuts(Namespace namespace, Span span, int parts);

  /** Reads the next rows of a range, in the order of their {@code _id}. */
  Outcome read(Chunk chunk);

  /**
   * Reads documents by their {@code _id}s.
   *
   * @return {@code Rows} with those that there are, none where there is no such collection; where
   *     they are not complete, with as many as one reply holds: ask for the others again. In a
   *     collection whose own collation takes several texts for the same, others may be among them.
   *     Or {@code NotAtThatTime}, or {@code Refused}
   */
  Outcome find(Wanted wanted);

  /** The oldest time that the source's history reaches back to; empty where it will not say. */
  Optional<Long> oldest();

  @Override
  void close();

  /**
   * @param time every collection in it was there at that time or later, and what came to be or went
   *     later still is told of by the stream
   */
  record Listing(Map<Namespace, Entry> collections, long time) {}

  /** One collection of a listing. */
  sealed interface Entry {
    /**
     * @param exact whether it can be read as of a cluster time; capped collections cannot
     * @param rows about how many; -1 where not known
     * @param bytes about how large; -1 where not known
     */
    record Copyable(UUID uuid, boolean exact, long rows, long bytes) implements Entry {}

    /** A view or the like, or a name that is asked for and is not there. */
    record NotCopyable(String reason) implements Entry {}
  }

  /**
   * Part of a collection.
   *
   * @param after rows at or before it are left out; null leaves out none
   * @param from the first row, where {@code after} is null; null where there is no lower bound
   * @param to rows at or behind it are left out; null leaves out none
   */
  record Span(@Nullable BsonValue after, @Nullable BsonValue from, @Nullable BsonValue to) {}

  /**
   * @param uuid the collection must still be this one
   * @param at the time to read at, or where not {@code exact}, at or after
   * @param rows most of them
   */
  record Chunk(Namespace namespace, UUID uuid, Span span, long at, boolean exact, int rows) {}

  /**
   * Some documents of a collection.
   *
   * @param ids of the documents, a few thousand at most
   * @param at the time to read at, or where not {@code exact}, at or after
   * @param idsAlone whether all else may be left out of them
   */
  record Wanted(
      Namespace namespace, List<BsonValue> ids, long at, boolean exact, boolean idsAlone) {}

  /** What came of reading rows. */
  sealed interface Outcome {
    /**
     * @param last the last row's {@code _id}; null where there are none, and in what was {@link
     *     #find found}
     * @param complete whether there is nothing more of what was asked for; where not, the next
     *     chunk may be empty
     * @param readAt nothing in it is later than this
     * @param bytes held while these rows are
     */
    record Rows(
        Iterable<Row> rows,
        int count,
        @Nullable BsonValue last,
        boolean complete,
        long readAt,
        long bytes)
        implements Outcome {}

    /** The time is no longer, or not yet, to be had: read anew. */
    record NotAtThatTime() implements Outcome {}

    /**
     * Another collection has the name, or none. The stream will tell, or has told.
     *
     * @param time it was so then
     */
    record Gone(long time) implements Outcome {}

    /** It may not be read, and trying again at once cannot help. */
    record Refused(String reason) implements Outcome {}
  }

  /** One row where it lies in the server's reply. */
  record Row(RawValue id, RawValue document) {}
}
