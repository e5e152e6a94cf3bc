package dev.millrace.model;

import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonInt64;
import org.bson.BsonString;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;

/**
 * All that a start needs to go on, written as one unit: with the rows where the sink can, behind
 * them where it cannot.
 *
 * @param position everything up to here is durable in the sink
 * @param term who wrote it. Of two checkpoints the one of the higher term holds; within a term, the
 *     later position.
 * @param deployment the id of the replica set that the position belongs to; empty when not known
 * @param scope what was followed, as {@link #scope} texts compare; empty when not known. A position
 *     of another scope is opened by its cluster time instead.
 * @param mark what the sink wants back at the next start, in words of its own; empty when nothing
 */
public record Checkpoint(
    Position position, Term term, String deployment, String scope, String mark) {
  /** Raised when an older Millrace could no longer read what this one writes. */
  public static final int FORMAT = 1;

  public Checkpoint at(Position next) {
    return new Checkpoint(next, term, deployment, scope, mark);
  }

  public Checkpoint in(Term next) {
    return new Checkpoint(position, next, deployment, scope, mark);
  }

  public Checkpoint marked(String next) {
    return new Checkpoint(position, term, deployment, scope, next);
  }

  /** Whether this one holds against the other. */
  public boolean supersedes(Checkpoint other) {
    int byTerm = term.compareTo(other.term);
    return byTerm != 0 ? byTerm > 0 : position.compareTo(other.position) > 0;
  }

  /** As BSON, for stores; {@link #of} reads it back. */
  public BsonDocument toDocument() {
    return new BsonDocument("format", new BsonInt32(FORMAT))
        .append("token", position.token())
        .append("term", new BsonInt64(term.number()))
        .append("deployment", new BsonString(deployment))
        .append("scope", new BsonString(scope))
        .append("mark", new BsonString(mark));
  }

  /** As one line of JSON, for headers and columns. */
  public String toJson() {
    return toDocument().toJson();
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
          text(document.get("mark")));
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
