package dev.millrace.checkpoint.sqlite;

import dev.millrace.checkpoint.CheckpointStore;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.Term;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.bson.BsonTimestamp;
import org.jspecify.annotations.Nullable;

/**
 * The checkpoint in a SQLite file: one of its own, for sources that may not be written to, or the
 * one a SQLite sink writes its rows to. There both write the same row: {@link #begin} raises the
 * term, the sink's fence of the same term finds it raised, and the sink's transactions carry the
 * checkpoint, so that {@link #save} mostly finds that the row is as far already.
 *
 * <p>Only instances that share the file see each other's terms: on one machine, not across.
 */
public final class SqliteCheckpointStore implements CheckpointStore {
  private final Path path;
  private final StateTable state;
  private @Nullable SqliteFile file;
  private boolean closed;

  /** Opens the file when first used; {@link #read} alone does not make one. */
  public SqliteCheckpointStore(Path path, String pipeline) {
    this.path = path;
    this.state = new StateTable(pipeline);
  }

  private synchronized SqliteFile file() {
    refuseIfClosed();
    if (file == null) {
      file = SqliteFile.open(path);
    }
    return file;
  }

  private synchronized void refuseIfClosed() {
    if (closed) {
      throw SqliteFile.closed(path, null);
    }
  }

  @Override
  public Begun begin(Owner owner) {
    file().useWriteAheadLog();
    return file()
        .write(
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
    // Looks first without the lock: beside a SQLite sink there is mostly nothing to do.
    if (isNews(stored(), checkpoint)) {
      file()
          .write(
              "saving the position to",
              connection -> {
                if (isNews(state.read(connection), checkpoint)) {
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
    return Files.exists(path) ? stored() : Optional.empty();
  }

  private Optional<Stored> stored() {
    return file().read("reading the stored position from", state::read);
  }

  @Override
  public void release(Term term) {
    file()
        .write(
            "noting the stop in",
            connection -> {
              state.own(connection, term, Optional.empty());
              return true;
            });
  }

  @Override
  public synchronized void close() {
    closed = true;
    if (file != null) {
      file.close();
    }
  }
}
