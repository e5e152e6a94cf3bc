package dev.millrace.model;

/** One thing that happened to one document or to one collection. */
public sealed interface Change {
  Event event();

  /** A change of one document, known by its {@code _id}. */
  sealed interface OnDocument extends Change {
    /** The {@code _id}'s value, as this event spells it. */
    RawValue id();
  }

  /** The document is now as {@code document} says. */
  record Upsert(Event event, RawValue id, RawValue document) implements OnDocument {}

  /** The document changed as the event's {@code updateDescription} says; no image of it came. */
  record Patch(Event event, RawValue id) implements OnDocument {}

  /** The document is gone, or was already when its update was looked up. */
  record Delete(Event event, RawValue id) implements OnDocument {}

  /** A collection came into being, empty. */
  record Created(Event event) implements Change {}

  /** A collection is gone with all that was in it. */
  record Dropped(Event event) implements Change {}

  /** A collection has another name; one that had that name before is gone. */
  record Renamed(Event event, Namespace to) implements Change {}

  /** A database is gone; its collections were dropped one by one before. */
  record DatabaseDropped(Event event) implements Change {}
}
