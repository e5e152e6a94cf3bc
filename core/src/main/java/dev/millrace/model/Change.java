package dev.millrace.model;

import org.jspecify.annotations.Nullable;

/**
 * One thing that is to reach the sink: an event of the stream, a copied row, or an announcement
 * ({@link Reset}, {@link Swept}, {@link Committed}). Where the pipeline copies, a parcel ends
 * behind an announcement and behind every change of a collection as a whole, so that its checkpoint
 * stands right behind it. A sink takes them in any order and number all the same.
 */
public sealed interface Change {
  /** Where; the collection's name is empty where a whole database or pipeline is meant. */
  Namespace namespace();

  /** What came through the change stream. */
  sealed interface Streamed extends Change {
    Event event();

    @Override
    default Namespace namespace() {
      return event().namespace();
    }
  }

  /** A change of one document, known by its {@code _id}. */
  sealed interface OnDocument extends Change {
    /** The {@code _id}'s value, as this change spells it. */
    RawValue id();
  }

  /** The document is now as {@code document} says. */
  record Upsert(Event event, RawValue id, RawValue document) implements Streamed, OnDocument {}

  /** The document changed as the event's {@code updateDescription} says; no image of it came. */
  record Patch(Event event, RawValue id) implements Streamed, OnDocument {}

  /**
   * The document is gone, or was already when its update was looked up. In the second case it
   * stands at the update's time, so a copied row of the document may follow and be right: the event
   * of the real delete is still to come then.
   */
  record Delete(Event event, RawValue id) implements Streamed, OnDocument {}

  /** A collection came into being, empty. */
  record Created(Event event) implements Streamed {}

  /** A collection is gone with all that was in it. */
  record Dropped(Event event) implements Streamed {}

  /**
   * A collection has another name; one that had that name before is gone. Whatever the sink holds
   * under the old name goes along, of any version, for the order is right. Nothing is there to go
   * along where the old name was not followed, or where the same rename comes a second time.
   */
  record Renamed(Event event, Namespace to) implements Streamed {}

  /** A database is gone; its collections were dropped one by one before. */
  record DatabaseDropped(Event event) implements Streamed {}

  /**
   * A document as a copy of its collection read it: the document's state at the place in the stream
   * where this stands.
   *
   * @param copiedAt the cluster time, as the server's 64 bits, that the row was read at or after;
   *     newer than every event of that time or earlier, older than every later one
   */
  record Read(
      Namespace namespace, RawValue id, RawValue document, Generation generation, long copiedAt)
      implements OnDocument {}

  /**
   * A document as it is, told again on request, for the sink's is not as it should be. It is the
   * document's state at the place in the stream where this stands, so it replaces whatever the sink
   * has, of any version.
   *
   * @param document null where there is none of that {@code _id}
   * @param copiedAt as a row's
   */
  record Renewed(Namespace namespace, RawValue id, @Nullable RawValue document, long copiedAt)
      implements OnDocument {}

  /**
   * The collection is copied anew: what a consumer holds of older generations, and neither stream
   * nor copy touch from here on, is gone at the source. Rows stay until {@link Swept} says which
   * are to go, so that nobody reads an empty table meanwhile; only where rows have no version they
   * go here.
   */
  record Reset(Namespace namespace, Generation generation) implements Change {}

  /**
   * The copy is complete: rows older than the generation were deleted at the source in a gap, and
   * are to go. Older is whatever has a version not behind every event of the generation's {@code
   * since}. What is alive was read at {@code since} or later, or changed by an event after it, so
   * no row needs to say by which copy it came. It may come without a {@link Reset} of the same
   * generation, where a copy was begun anew on the way.
   */
  record Swept(Namespace namespace, Generation generation) implements Change {}

  /** A commit point is reached, or the last one no longer holds. Of several the last one counts. */
  record Committed(CommitPoint point) implements Change {
    @Override
    public Namespace namespace() {
      return Namespace.NONE;
    }
  }
}
