package dev.millrace.model;

import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonInt64;
import org.bson.BsonString;
import org.bson.BsonValue;
import org.bson.json.JsonMode;
import org.bson.json.JsonWriterSettings;
import org.jspecify.annotations.Nullable;

/**
 * All that a start needs to go on, written as one unit: with the rows where the sink can, behind
 * them where it cannot.
 *
 * @param position everything up to here is durable in the sink
 * @param term who wrote it. Of two checkpoints the one of the higher term holds; within a term, the
 *     later position; then the copy of the higher revision.
 * @param deployment the id of the replica set that the position belongs to; empty when not known
 * @param scope what was followed, as {@link #scope} texts compare; empty when not known. A position
 *     of another scope is opened by its cluster time instead.
 * @param mark what the sink wants back at the next start, in words of its own; empty when nothing
 * @param copy what is copied, and what is still to be
 */
public record Checkpoint(
    Position position, Term term, String deployment, String scope, String mark, CopyState copy) {
  /** Of a pipeline that never copies. */
  public Checkpoint(Position position, Term term, String deployment, String scope, String mark) {
    this(position, term, deployment, scope, mark, CopyState.NONE);
  }

  /** Raised when an older Millrace could no longer read what this one writes. */
  public static final int FORMAT = 2;

  private static final JsonWriterSettings LOSSLESS =
      JsonWriterSettings.builder().outputMode(JsonMode.EXTENDED).build();

  public Checkpoint at(Position next) {
    return new Checkpoint(next, term, deployment, scope, mark, copy);
  }

  public Checkpoint in(Term next) {
    return new Checkpoint(position, next, deployment, scope, mark, copy);
  }

  public Checkpoint marked(String next) {
    return new Checkpoint(position, term, deployment, scope, next, copy);
  }

  public Checkpoint with(CopyState next) {
    return new Checkpoint(position, term, deployment, scope, mark, next);
  }

  /** Whether this one holds against the other. */
  public boolean supersedes(Checkpoint other) {
    int order = term.compareTo(other.term);
    if (order == 0) {
      order = position.compareTo(other.position);
    }
    return order == 0 ? copy.revision() > other.copy.revision() : order > 0;
  }

  /** As BSON, for stores; {@link #of} reads it back. */
  public BsonDocument toDocument() {
    BsonDocument document =
        new BsonDocument("format", new BsonInt32(FORMAT))
            .append("token", position.token())
            .append("term", new BsonInt64(term.number()))
            .append("deployment", new BsonString(deployment))
            .append("scope", new BsonString(scope))
            .append("mark", new BsonString(mark));
    if (copy.active()) {
      document.append("copy", copy.toDocument());
    }
    return document;
  }

  /** As one line of JSON, for headers and columns. */
  public String toJson() {
    return toDocument().toJson(LOSSLESS);
  }

  /**
   * Reads what {@link #toDocument} wrote.
   *
   * @throws MillraceException with {@link Failure.Fatal} where it was written by a newer Millrace
   *     or is no checkpoint
   */
  public static Checkpoint of(BsonDocument document) {
    try {
      int format = document.getNumber("format").intValue();
      if (format > FORMAT) {
        throw Failure.fatal(
            "MR-STATE-NEWER",
            "the stored checkpoint has format %d, this Millrace reads up to %d: run the newer version"
                .formatted(format, FORMAT));
      }
      return new Checkpoint(
          Position.of(document.getDocument("token")),
          new Term(document.getNumber("term").longValue()),
          text(document.get("deployment")),
          text(document.get("scope")),
          text(document.get("mark")),
          document.containsKey("copy")
              ? CopyState.of(document.getDocument("copy"))
              : CopyState.NONE);
    } catch (RuntimeException e) {
      if (e instanceof MillraceException already) {
        throw already;
      }
      throw Failure.fatal(
          "MR-STATE-UNREADABLE",
          "the stored checkpoint cannot be read (%s): set a position with `millrace position set`"
              .formatted(e.getMessage()),
          e);
    }
  }

  /** Reads what {@link #toJson} wrote. */
  public static Checkpoint ofJson(String json) {
    BsonDocument document;
    try {
      document = BsonDocument.parse(json);
    } catch (RuntimeException e) {
      throw Failure.fatal("MR-STATE-UNREADABLE", "the stored checkpoint is not JSON", e);
    }
    return of(document);
  }

  private static String text(@Nullable BsonValue value) {
    return value != null && value.isString() ? value.asString().getValue() : "";
  }
}
