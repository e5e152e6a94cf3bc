package dev.millrace.sink.sqlite;

import dev.millrace.checkpoint.CheckpointStore.Stored;
import dev.millrace.checkpoint.sqlite.SqliteFile;
import dev.millrace.checkpoint.sqlite.StateTable;
import dev.millrace.config.SinkConfig;
import dev.millrace.json.JsonBuffer;
import dev.millrace.json.JsonMode;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;
import dev.millrace.model.Term;
import dev.millrace.sink.Delivery;
import dev.millrace.sink.Parcel;
import dev.millrace.sink.Sink;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;

/**
 * Keeps the documents of collections in tables of a SQLite file: {@code (id, document, version)},
 * with the canonical key of the {@code _id}, the document as Extended JSON, and {@link RowVersion}.
 *
 * <p>A parcel is one transaction, and its first statement writes the checkpoint to the row of
 * {@code millrace_state} if the term there is still ours. So rows and position are never apart, and
 * who lost the pipeline writes nothing.
 *
 * <p>A thread of its own writes, so that the next parcel is converted meanwhile.
 */
public final class SqliteSink implements Sink {
  private final JsonMode mode;
  private final StateTable state;
  private final SqliteFile file;
  private final boolean keepOnDrop;
  private final ExecutorService writer;
  private final JsonBuffer json = new JsonBuffer();
  private volatile Optional<Catalog> catalog = Optional.empty();

  /**
   * Opens the file.
   *
   * @param pipeline the name of its row in {@code millrace_state}
   */
  public SqliteSink(SinkConfig.Sqlite config, String pipeline) {
    this.mode = config.json();
    this.keepOnDrop = config.keepOnDrop();
    this.state = new StateTable(pipeline);
    this.file = SqliteFile.open(config.file());
    this.writer =
        Executors.newSingleThreadExecutor(work -> {
          Thread thread = new Thread(work, "millrace-" + pipeline + "-sqlite");
          thread.setDaemon(true);
          return thread;
        });
  }

  @Override
  public Optional<Checkpoint> fence(Term term, Optional<Checkpoint> stored) {
    file.useWriteAheadLog();
    Optional<Checkpoint> own =
        file.write("fencing", connection -> fence(connection, term)).flatMap(Stored::checkpoint);
    boolean ownHolds = own.isPresent() && (stored.isEmpty() || own.get().supersedes(stored.get()));
    return ownHolds ? own : stored;
  }

  private Optional<Stored> fence(Connection connection, Term term) throws SQLException {
    state.create(connection);
    Catalog opened = new Catalog(file.file(), connection, keepOnDrop);
    opened.create();
    Optional<Stored> before = state.read(connection);
    if (before.isPresent() && before.get().term().compareTo(term) > 0) {
      throw state.lost(term, before.get().term());
    }
    state.raise(connection, term);
    catalog = Optional.of(opened);
    return before;
  }

  @Override
  public Parcel newParcel() {
    return new SqliteParcel(mode, json, this::send);
  }

  private Delivery send(List<Step> steps, Checkpoint through) {
    Catalog tables =
        catalog.orElseThrow(() -> new IllegalStateException("not fenced: nothing may be written"));
    try {
      Future<Checkpoint> done = writer.submit(() -> write(steps, through, tables));
      return () -> await(done);
    } catch (RejectedExecutionException e) {
      throw closed(e);
    }
  }

  private Checkpoint write(List<Step> steps, Checkpoint through, Catalog tables) {
    try {
      return file.write(
          "writing to",
          connection -> {
            state.save(connection, through);
            for (Step step : steps) {
              apply(step, tables);
            }
            return through;
          });
    } catch (MillraceException e) {
      tables.forget();
      throw e;
    }
  }

  private static void apply(Step step, Catalog tables) throws SQLException {
    switch (step) {
      case Step.Rows rows -> {
        for (var entry : rows.byNamespace().entrySet()) {
          tables.table(entry.getKey()).write(entry.getValue());
        }
      }
      case Step.Create create -> tables.table(create.namespace());
      case Step.Drop drop -> tables.drop(drop.namespace());
      case Step.Rename rename -> tables.rename(rename.from(), rename.to());
      case Step.DropDatabase drop -> tables.dropDatabase(drop.database());
    }
  }

  private Checkpoint await(Future<Checkpoint> done) {
    try {
      return done.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof MillraceException failure) {
        throw failure;
      }
      throw new IllegalStateException("the writing thread failed", e.getCause());
    } catch (CancellationException e) {
      throw closed(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Failure.transientFailure(
          "MR-INTERRUPTED", "stopped while %s was written to".formatted(file.file()), e);
    }
  }

  private MillraceException closed(RuntimeException e) {
    return Failure.transientFailure(
        "MR-SQLITE-CLOSED", "%s was closed before this was written".formatted(file.file()), e);
  }

  @Override
  public void close() {
    file.close();
    for (Runnable waiting : writer.shutdownNow()) {
      ((Future<?>) waiting).cancel(false);
    }
  }
}
