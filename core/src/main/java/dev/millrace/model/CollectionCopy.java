package dev.millrace.model;

import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Where the copy of one collection stands.
 *
 * @param uuid the collection that has the name; null where none has, or it is not known yet
 * @param replaces whether rows of an earlier generation may be in the sink, to be swept at the end
 * @param reason why it does not go on, for people; empty where it does
 * @param ranges those that are not complete, and one for the complete ones before them
 * @param copied rows emitted so far, but for those that gave way; counted by whole chunks
 * @param estimated rows that there were when it began; -1 where not known
 */
public record CollectionCopy(
    @Nullable UUID uuid,
    Generation generation,
    Status status,
    boolean replaces,
    String reason,
    List<KeyRange> ranges,
    long copied,
    long estimated) {
  public CollectionCopy {
    ranges = List.copyOf(ranges);
    if (ranges.isEmpty() && status.isPending()) {
      // All of no ranges are complete: it would count as copied.
      throw new IllegalArgumentException("a collection to be copied, and no range of it");
    }
  }

  /** What there is to do. */
  public enum Status {
    /** It is to be copied, or being copied; no commit point until it is done. */
    PENDING,
    /** As {@link #PENDING}, and it may not be read for now. */
    UNREADABLE,
    /** All of it is in the sink, or never had to be copied. */
    DONE,
    /** A view or the like: reported, never pending. */
    NOT_COPYABLE,
    /** Followed no longer, and what the sink has of it is as it was then. */
    LEFT;

    /** Whether anything of it is still to be copied. */
    public boolean isPending() {
      return this == PENDING || this == UNREADABLE;
    }
  }

  public boolean isPending() {
    return status.isPending();
  }

  /** Nothing to copy: it came into being empty under our eyes, or is gone. */
  public static CollectionCopy empty(@Nullable UUID uuid, Generation generation) {
    return new CollectionCopy(uuid, generation, Status.DONE, false, "", List.of(), 0, 0);
  }

  /** Followed no longer. */
  public static CollectionCopy left(Generation generation) {
    return new CollectionCopy(null, generation, Status.LEFT, false, "", List.of(), 0, 0);
  }

  /** To be copied from its beginning. */
  public static CollectionCopy pending(
      @Nullable UUID uuid, Generation generation, boolean replaces) {
    return new CollectionCopy(
        uuid, generation, Status.PENDING, replaces, "", List.of(KeyRange.ALL), 0, -1);
  }

  public CollectionCopy withStatus(Status next, String why) {
    return new CollectionCopy(uuid, generation, next, replaces, why, ranges, copied, estimated);
  }

  public CollectionCopy withRanges(List<KeyRange> next, long rows) {
    return new CollectionCopy(uuid, generation, status, replaces, reason, next, rows, estimated);
  }

  public CollectionCopy withEstimate(long count) {
    return new CollectionCopy(uuid, generation, status, replaces, reason, ranges, copied, count);
  }

  /** As it is once all of it is in the sink. */
  public CollectionCopy done() {
    return new CollectionCopy(
        uuid, generation, Status.DONE, false, "", List.of(), copied, estimated);
  }
}
