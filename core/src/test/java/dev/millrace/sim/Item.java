package dev.millrace.sim;

import dev.millrace.model.Change;
import dev.millrace.model.CommitPoint;
import dev.millrace.model.Generation;
import dev.millrace.model.Namespace;
import dev.millrace.model.Position;
import org.jspecify.annotations.Nullable;

/** A change in the form of a simulated sink: read from the bytes that it came with. */
sealed interface Item {
  /** Of rows that were told again. */
  Generation RENEWED = new Generation("renewed", 0);

  Namespace namespace();

  /** What a document is from now on; null where it is gone. */
  record Row(
      Namespace namespace,
      int key,
      @Nullable Doc doc,
      Moment version,
      @Nullable Position token,
      @Nullable Generation copiedIn)
      implements Item {
    boolean isCopied() {
      return copiedIn != null;
    }

    boolean isRenewed() {
      return RENEWED.equals(copiedIn);
    }

    @Override
    public String toString() {
      return (copiedIn != null ? "row " : doc == null ? "delete " : "upsert ")
          + namespace.collection()
          + " key "
          + key
          + (doc == null ? "" : " " + doc)
          + " v"
          + version;
    }
  }

  /** A collection is gone. */
  record Cleared(Namespace namespace, Moment version, Position token) implements Item {
    @Override
    public String toString() {
      return "clear " + namespace.collection();
    }
  }

  /** A collection's rows have another name, and what had that name is gone. */
  record Moved(Namespace namespace, Namespace to, Moment version, Position token) implements Item {
    @Override
    public String toString() {
      return "move " + namespace.collection() + " to " + to.collection();
    }
  }

  /** Something that changes no row. */
  record Told(Namespace namespace, Position token) implements Item {}

  record Reset(Namespace namespace, Generation generation) implements Item {}

  record Swept(Namespace namespace, Generation generation) implements Item {}

  record Committed(Namespace namespace, CommitPoint point) implements Item {
    @Override
    public String toString() {
      return point.consistent() ? "commit " + Trace.time(point.time()) : "no longer consistent";
    }
  }

  /** The event's token, where it is one. */
  static @Nullable Position tokenOf(Item item) {
    return switch (item) {
      case Row row -> row.token();
      case Cleared cleared -> cleared.token();
      case Moved moved -> moved.token();
      case Told told -> told.token();
      case Reset r -> null;
      case Swept s -> null;
      case Committed c -> null;
    };
  }

  static Item of(Change change, SimMongo mongo) {
    return switch (change) {
      case Change.Upsert it ->
          new Row(
              it.namespace(),
              mongo.keys.number(it.id()),
              doc(Doc.number(it.document()), mongo),
              Moment.of(it.event().position()),
              it.event().position(),
              null);
      case Change.Delete it ->
          new Row(
              it.namespace(),
              mongo.keys.number(it.id()),
              null,
              Moment.of(it.event().position()),
              it.event().position(),
              null);
      case Change.Read it ->
          new Row(
              it.namespace(),
              mongo.keys.number(it.id()),
              doc(Doc.number(it.document()), mongo),
              Moment.endOf(it.copiedAt()),
              null,
              it.generation());
      case Change.Renewed it ->
          new Row(
              it.namespace(),
              mongo.keys.number(it.id()),
              it.document() == null ? null : doc(Doc.number(it.document()), mongo),
              Moment.endOf(it.copiedAt()),
              null,
              RENEWED);
      case Change.Dropped it ->
          new Cleared(it.namespace(), Moment.of(it.event().position()), it.event().position());
      case Change.Renamed it ->
          new Moved(
              it.namespace(), it.to(), Moment.of(it.event().position()), it.event().position());
      case Change.Created it -> new Told(it.namespace(), it.event().position());
      case Change.DatabaseDropped it ->
          new Cleared(it.namespace(), Moment.of(it.event().position()), it.event().position());
      case Change.Patch it -> throw new Violation("nobody asked for patches: " + it);
      case Change.Reset it -> new Reset(it.namespace(), it.generation());
      case Change.Swept it -> new Swept(it.namespace(), it.generation());
      case Change.Committed it -> new Committed(it.namespace(), it.point());
    };
  }

  private static Doc doc(long number, SimMongo mongo) {
    Doc doc = mongo.doc(number);
    if (doc == null) {
      throw new Violation("#" + number + " was rolled back and is delivered");
    }
    return doc;
  }
}
