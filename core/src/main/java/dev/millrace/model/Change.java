package dev.millrace.model;

/** One thing that is to reach the sink: an event of the stream, a copied row, or a mark. */
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

  /** The document is gone, or was already when its update was looked up. */
  record Delete(Event event, RawValue id) implements Streamed, OnDocument {}

  /** A collection came into being, empty. */
  record Created(Event event) implements Streamed {}

  /** A collection is gone with all that was in it. */
  record Dropped(Event event) implements Streamed {}

  /** A collection has another name; one that had that name before is gone. */
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
   * The collection is copied anew: what a consumer holds of older generations, and neither stream
   * nor copy touch from here on, is gone at the source.
   */
  record Reset(Namespace namespace, Generation generation) implements Change {}

  /**
   * The copy is complete: rows whose version is not later than all of the generation's {@code
   * since} were deleted at the source in a gap, and are to go.
   */
  record Swept(Namespace namespace, Generation generation) implements Change {}

  /** A commit point is reached, or the last one no longer holds. */
  record Committed(CommitPoint point) implements Change {
    @Override
    public Namespace namespace() {
      return Namespace.NONE;
    }
  }
}
