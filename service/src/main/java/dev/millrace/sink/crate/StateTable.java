package dev.millrace.sink.crate;

import dev.millrace.model.Checkpoint;
import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;
import dev.millrace.model.Term;
import java.util.Optional;
import java.util.UUID;
import tools.jackson.databind.JsonNode;

/**
 * A pipeline's row in {@code millrace_state}: the newest term, and a name that was made up when the
 * row was. A checkpoint carries the name as its mark, so that tables which are not the ones it was
 * delivered to are noticed.
 *
 * <p>The term is raised by compare and set. Nothing ties a row that is written to it: who lost the
 * pipeline finds out at the beginning of the next parcel.
 */
final class StateTable {
  private static final String NAME = "millrace_state";
  private static final int ROUNDS = 10;

  private final CrateClient client;
  private final String table;
  private final String pipeline;

  StateTable(CrateClient client, String schema, String pipeline) {
    this.client = client;
    this.table = CrateTable.quoted(schema, NAME);
    this.pipeline = pipeline;
  }

  /**
   * The row.
   *
   * @param place the name that was made up
   */
  record State(Term term, String place, Held held) {}

  void create() {
    client.run(
        "making",
        NAME,
        """
        CREATE TABLE IF NOT EXISTS %s (
          pipeline TEXT PRIMARY KEY, term BIGINT, place TEXT, format INTEGER)
        CLUSTERED INTO 1 SHARDS
        """
            .formatted(table));
  }

  /** Empty where there is no row. */
  Optional<State> read() {
    Reply reply =
        client.run(
            "reading from",
            NAME,
            "SELECT term, place, format, _seq_no, _primary_term FROM %s WHERE pipeline = ?"
                .formatted(table),
            pipeline);
    if (reply.rows().isEmpty()) {
      return Optional.empty();
    }
    JsonNode row = reply.rows().get(0);
    if (row.get(2).asInt() > Checkpoint.FORMAT) {
      throw Failure.fatal(
          "MR-STATE-NEWER",
          "the state of pipeline %s has format %d, this Millrace reads up to %d: run the newer version"
              .formatted(pipeline, row.get(2).asInt(), Checkpoint.FORMAT));
    }
    return Optional.of(
        new State(
            new Term(row.get(0).asLong()),
            row.get(1).asString(),
            new Held("", row.get(3).asLong(), row.get(4).asLong())));
  }

  /**
   * Raises the term to this one.
   *
   * @return the name of the place
   * @throws MillraceException {@code Fenced} where a higher one is there
   */
  String raise(Term term) {
    for (int round = 0; round < ROUNDS; round++) {
      Optional<State> before = read();
      if (before.isPresent() && before.get().term().compareTo(term) > 0) {
        throw lost(term, before.get().term());
      }
      String place = before.map(State::place).orElseGet(() -> UUID.randomUUID().toString());
      boolean done = before.isPresent() ? replace(term, before.get().held()) : insert(term, place);
      if (done) {
        return place;
      }
    }
    throw Failure.transientFailure(
        "MR-CRATE-CONTENDED",
        "somebody else takes pipeline %s all the time: it is tried again".formatted(pipeline),
        null);
  }

  private boolean insert(Term term, String place) {
    return client
        .offer(
            NAME,
            "INSERT INTO %s (pipeline, term, place, format) VALUES (?, ?, ?, ?)".formatted(table),
            pipeline,
            term.number(),
            place,
            (long) Checkpoint.FORMAT)
        .refusal()
        .isEmpty();
  }

  private boolean replace(Term term, Held held) {
    Reply reply =
        client.offer(
            NAME,
            "UPDATE %s SET term = ?, format = ? WHERE pipeline = ? AND _seq_no = ? AND _primary_term = ?"
                .formatted(table),
            term.number(),
            (long) Checkpoint.FORMAT,
            pipeline,
            held.sequence(),
            held.term());
    return reply.refusal().isEmpty() && reply.rowCount() > 0;
  }

  /**
   * Sees that this term is still the newest.
   *
   * @throws MillraceException {@code Fenced} where it is not
   */
  void check(Term term) {
    Optional<State> now = read();
    if (now.isEmpty()) {
      throw Failure.transientFailure(
          "MR-CRATE-TABLE-GONE",
          "somebody removed the row of pipeline %s from %s".formatted(pipeline, NAME),
          null);
    }
    if (!now.get().term().equals(term)) {
      throw lost(term, now.get().term());
    }
  }

  /**
   * @param by the newer term
   */
  private MillraceException lost(Term term, Term by) {
    return Failure.fenced(
        "another instance has taken pipeline %s, and term %s is over: this one has stopped and will not try again"
            .formatted(pipeline, term),
        by);
  }
}
