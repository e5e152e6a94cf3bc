package dev.millrace.sql;

import dev.millrace.checkpoint.CheckpointStore;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;
import dev.millrace.model.Term;
import java.util.Optional;
import java.util.function.Function;
import org.bson.BsonTimestamp;
import org.jspecify.annotations.Nullable;

/**
 * The checkpoint in a SQL database: one that serves for nothing else, or the one that a sink writes
 * its rows to. There both write the same row: {@link #begin} raises the term, the sink's fence of
 * the same term finds it raised, and the sink's transactions carry the checkpoint, so that {@link
 * #save} mostly finds that the row is as far already.
 *
 * <p>A connection that failed is closed, and another one opened for the next call.
 */
public final class SqlCheckpointStore implements CheckpointStore {
  private final Place place;
  private final StateTable state;
  private @Nullable Database open;
  private boolean closed;

  /** Where the database is. */
  public interface Place {
    Dialect dialect();

    /** Whether there is one: opening might make it. */
    boolean isThere();

    Database open();

    /** What is said of work on a store that is closed. */
    MillraceException closed();
  }

  /** Opens the database when first used; {@link #read} alone does not make one. */
  public SqlCheckpointStore(Place place, String pipeline) {
    this.place = place;
    this.state = new StateTable(place.dialect(), pipeline);
  }

  private synchronized Database database() {
    refuseIfClosed();
    if (open == null) {
      open = place.open();
    }
    return open;
  }

  private synchronized void refuseIfClosed() {
    if (closed) {
      throw place.closed();
    }
  }

  private <T> T write(String doing, Database.Work<T> work) {
    return on(database -> database.write(doing, work));
  }

  /** Whatever failed, the next call begins with a connection that did not. */
  private <T> T on(Function<Database, T> work) {
    Database database = database();
    try {
      return work.apply(database);
    } catch (MillraceException e) {
      if (e.failure() instanceof Failure.Transient) {
        forget(database);
      }
      throw e;
    }
  }

  private synchronized void forget(Database failed) {
    failed.close();
    if (failed.equals(open)) {
      open = null;
    }
  }

  @Override
  public Begun begin(Owner owner) {
    on(database -> {
      database.prepare();
      return true;
    });
    return write(
        "taking the pipeline's term in",
        connection -> {
          state.create(connection);
          Optional<Stored> before = state.read(connection);
          Term term = before.map(Stored::term).orElse(Term.NONE).next();
          state.raise(connection, term);
          state.own(connection, term, Optional.of(owner));
          return new Begun(term, before.flatMap(Stored::checkpoint));
        });
  }

  @Override
  public Begun resume(Term term) {
    Optional<Stored> stored = read();
    if (stored.isEmpty() || !stored.get().term().equals(term)) {
      throw state.lost(term);
    }
    return new Begun(term, stored.get().checkpoint());
  }

  /** Never moves the position back within a term: the sink may have written a later one. */
  @Override
  public Optional<BsonTimestamp> save(Checkpoint checkpoint) {
    // Looks first without a lock: beside a sink there is mostly nothing to do.
    if (isNews(stored(), checkpoint)) {
      write(
          "saving the position to",
          connection -> {
            if (isNews(state.readToWrite(connection), checkpoint)) {
              state.save(connection, checkpoint);
            }
            return true;
          });
    }
    return Optional.empty();
  }

  private boolean isNews(Optional<Stored> stored, Checkpoint checkpoint) {
    if (stored.isEmpty() || !stored.get().term().equals(checkpoint.term())) {
      throw state.lost(checkpoint.term());
    }
    return stored
        .get()
        .checkpoint()
        .map(held -> !held.equals(checkpoint) && !held.supersedes(checkpoint))
        .orElse(true);
  }

  @Override
  public Optional<Stored> read() {
    refuseIfClosed();
    // Opening would make the file.
    return place.isThere() ? stored() : Optional.empty();
  }

  private Optional<Stored> stored() {
    return on(database -> database.read("reading the stored position from", state::read));
  }

  @Override
  public void release(Term term) {
    write(
        "noting the stop in",
        connection -> {
          state.own(connection, term, Optional.empty());
          return true;
        });
  }

  @Override
  public synchronized void close() {
    closed = true;
    if (open != null) {
      open.close();
    }
  }
}
