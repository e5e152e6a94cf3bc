package dev.millrace.sql;

import dev.millrace.checkpoint.CheckpointStore.Owner;
import dev.millrace.checkpoint.CheckpointStore.Stored;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;
import dev.millrace.model.Term;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;

/**
 * A pipeline's row in {@code millrace_state}: its term, its checkpoint, who runs it. In a file of
 * its own, or beside the rows that a sink writes, in their transactions.
 *
 * <p>Every method works inside the transaction that is open.
 */
final class StateTable {
  private static final String NAME = "millrace_state";

  private final Dialect dialect;
  private final String pipeline;

  StateTable(Dialect dialect, String pipeline) {
    this.dialect = dialect;
    this.pipeline = pipeline;
  }

  private String table() {
    return dialect.quoted(NAME);
  }

  private PreparedStatement prepare(Connection connection, String sql) throws SQLException {
    return connection.prepareStatement(sql.formatted(table()));
  }

  /** Makes the table, and keeps others from taking a pipeline until this transaction ends. */
  void create(Connection connection) throws SQLException {
    dialect.lock(connection);
    try (Statement statement = connection.createStatement()) {
      statement.execute(
          """
          CREATE TABLE IF NOT EXISTS %s (
            pipeline TEXT NOT NULL PRIMARY KEY,
            term BIGINT NOT NULL,
            checkpoint TEXT,
            owner_instance TEXT,
            owner_address TEXT,
            format INTEGER NOT NULL)
          """
              .formatted(table()));
    }
  }

  /**
   * The row; empty without a row or a table.
   *
   * @throws MillraceException {@code Fatal} when a newer Millrace wrote it
   */
  Optional<Stored> read(Connection connection) throws SQLException {
    return read(connection, "");
  }

  /** As {@link #read}, and nobody else writes the row until this transaction ends. */
  Optional<Stored> readToWrite(Connection connection) throws SQLException {
    return read(connection, dialect.lockingRows());
  }

  private Optional<Stored> read(Connection connection, String clause) throws SQLException {
    if (!dialect.exists(connection, NAME)) {
      return Optional.empty();
    }
    try (PreparedStatement select =
        prepare(
            connection,
            "SELECT term, checkpoint, owner_instance, owner_address, format"
                + " FROM %s WHERE pipeline = ? "
                + clause)) {
      select.setString(1, pipeline);
      try (ResultSet row = select.executeQuery()) {
        return row.next() ? Optional.of(stored(row)) : Optional.empty();
      }
    }
  }

  private Stored stored(ResultSet row) throws SQLException {
    int format = row.getInt("format");
    if (format > Checkpoint.FORMAT) {
      throw Failure.fatal(
          "MR-STATE-NEWER",
          "the state of pipeline %s has format %d, this Millrace reads up to %d: run the newer version"
              .formatted(pipeline, format, Checkpoint.FORMAT));
    }
    String instance = row.getString("owner_instance");
    String address = row.getString("owner_address");
    return new Stored(
        new Term(row.getLong("term")),
        Optional.ofNullable(row.getString("checkpoint")).map(Checkpoint::ofJson),
        instance == null
            ? Optional.empty()
            : Optional.of(new Owner(instance, address == null ? "" : address)));
  }

  /** Raises the term to this one, whatever was there. */
  void raise(Connection connection, Term term) throws SQLException {
    try (PreparedStatement upsert =
        prepare(
            connection,
            """
            INSERT INTO %s (pipeline, term, format) VALUES (?, ?, ?)
            ON CONFLICT (pipeline) DO UPDATE SET term = excluded.term, format = excluded.format
            """)) {
      upsert.setString(1, pipeline);
      upsert.setLong(2, term.number());
      upsert.setInt(3, Checkpoint.FORMAT);
      upsert.executeUpdate();
    }
  }

  /** Notes who runs the pipeline in this term; nothing when the term is not its own. */
  void own(Connection connection, Term term, Optional<Owner> owner) throws SQLException {
    try (PreparedStatement update =
        prepare(
            connection,
            """
            UPDATE %s SET owner_instance = ?, owner_address = ?
            WHERE pipeline = ? AND term = ?
            """)) {
      update.setString(1, owner.map(Owner::instance).orElse(null));
      update.setString(2, owner.map(Owner::address).orElse(null));
      update.setString(3, pipeline);
      update.setLong(4, term.number());
      update.executeUpdate();
    }
  }

  /**
   * Writes the checkpoint where its term is the row's own.
   *
   * @throws MillraceException {@code Fenced} where it is not
   */
  void save(Connection connection, Checkpoint checkpoint) throws SQLException {
    try (PreparedStatement update =
        prepare(connection, "UPDATE %s SET checkpoint = ? WHERE pipeline = ? AND term = ?")) {
      update.setString(1, checkpoint.toJson());
      update.setString(2, pipeline);
      update.setLong(3, checkpoint.term().number());
      if (update.executeUpdate() == 0) {
        throw lost(checkpoint.term());
      }
    }
  }

  /** For whoever finds that a term is no longer the newest. */
  MillraceException lost(Term term) {
    return lost(term, Term.NONE);
  }

  /**
   * @param by the newer term
   */
  MillraceException lost(Term term, Term by) {
    return Failure.fenced(
        "another instance has taken pipeline %s, and term %s is over: this one has stopped and will not try again"
            .formatted(pipeline, term),
        by);
  }
}
