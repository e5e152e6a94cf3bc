package dev.millrace.sink.sqlite;

import dev.millrace.checkpoint.CheckpointStore.Stored;
import dev.millrace.checkpoint.sqlite.SqliteFile;
import dev.millrace.checkpoint.sqlite.StateTable;
import dev.millrace.config.SinkConfig;
import dev.millrace.json.JsonBuffer;
import dev.millrace.json.JsonMode;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.MillraceException;
import dev.millrace.model.Namespace;
import dev.millrace.model.Term;
import dev.millrace.sink.Delivery;
import dev.millrace.sink.Parcel;
import dev.millrace.sink.Sink;
import dev.millrace.sink.WrittenBeside;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the documents of collections in tables of a SQLite file: {@code (id, document, version)},
 * with the canonical key of the {@code _id}, the document as Extended JSON, and {@link RowVersion};
 * with soft deletes also {@code deleted_at}.
 *
 * <p>The order in which changes come is right, so versions do not make it so: they say at a copy's
 * end which rows neither the copy nor the stream touched, to be swept, and keep a position that was
 * set back from bringing old states back of rows that are there (of deleted ones only with soft
 * deletes). A copied row's version is that of its reading, behind every event of that time.
 *
 * <p>A parcel is one transaction, and its first statement writes the checkpoint to the row of
 * {@code millrace_state} if the term there is still ours. So rows and position are never apart, and
 * who lost the pipeline writes nothing.
 *
 * <p>A thread of its own writes, so that the next parcel is converted meanwhile.
 */
public final class SqliteSink implements Sink {
  private static final Logger LOG = LoggerFactory.getLogger(SqliteSink.class);

  private final JsonMode mode;
  private final StateTable state;
  private final SqliteFile file;
  private final boolean keepOnDrop;
  private final boolean softDeletes;
  private final CommitTable commits;
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
    this.softDeletes = config.softDeletes();
    this.commits = new CommitTable(pipeline);
    this.state = new StateTable(pipeline);
    this.file = SqliteFile.open(config.file());
    this.writer = WrittenBeside.thread("millrace-" + pipeline + "-sqlite");
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
    Catalog opened = new Catalog(file.file(), connection, keepOnDrop, softDeletes);
    opened.create();
    commits.create(connection);
    Optional<Stored> before = state.read(connection);
    if (before.isPresent() && before.get().term().compareTo(term) > 0) {
      throw state.lost(term, before.get().term());
    }
    state.raise(connection, term);
    List<Namespace> unversioned = opened.unversioned();
    if (!unversioned.isEmpty()) {
      LOG.warn(
          "{}: copied first and streamed after, because their tables are of an older storage format,"
              + " without a version column: {}",
          file.file(),
          unversioned);
    }
    catalog = Optional.of(opened);
    return before;
  }

  @Override
  public boolean keepsCheckpoint() {
    return true;
  }

  /**
   * False for a table without versions: rows and events of one document could not be told apart
   * there by age. Waits for the parcel that is under way, whose connection it needs.
   *
   * @throws MillraceException when the file cannot be read
   */
  @Override
  public boolean copiesBeside(Namespace namespace) {
    Catalog tables = fenced();
    return !await(
        submit(() ->
            file.read("looking for a table in", connection -> tables.isUnversioned(namespace))));
  }

  @Override
  public Parcel newParcel() {
    return new SqliteParcel(mode, softDeletes, json, this::send);
  }

  private Delivery send(List<Step> steps, Checkpoint through) {
    Catalog tables = fenced();
    Future<Checkpoint> done = submit(() -> write(steps, through, tables));
    return () -> await(done);
  }

  private Catalog fenced() {
    return catalog.orElseThrow(
        () -> new IllegalStateException("not fenced: nothing may be written"));
  }

  private <T> Future<T> submit(Callable<T> work) {
    try {
      return writer.submit(work);
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
              apply(step, tables, connection);
            }
            return through;
          });
    } catch (MillraceException e) {
      tables.forget();
      throw e;
    }
  }

  private void apply(Step step, Catalog tables, Connection connection) throws SQLException {
    switch (step) {
      case Step.Rows rows -> {
        for (var entry : rows.byNamespace().entrySet()) {
          tables.table(entry.getKey()).write(entry.getValue());
        }
      }
      case Step.Create create -> tables.table(create.namespace());
      case Step.Drop drop -> tables.drop(drop.namespace(), drop.version());
      case Step.Rename rename -> tables.rename(rename.from(), rename.to(), rename.version());
      case Step.DropDatabase drop -> tables.dropDatabase(drop.database(), drop.version());
      case Step.Reset reset -> reset(tables.table(reset.namespace()), reset.version());
      case Step.Sweep sweep -> tables.table(sweep.namespace()).sweep(sweep.version());
      case Step.Commit commit -> commits.write(connection, commit.point());
    }
  }

  /**
   * Rows stay until they are swept, so that readers have them meanwhile. Without versions no sweep
   * could tell which to remove: they go now, and what is there comes with the copy.
   */
  private static void reset(Table table, String version) throws SQLException {
    if (!table.columns().versioned()) {
      table.removeAll(version);
    }
  }

  private <T> T await(Future<T> done) {
    return WrittenBeside.await(done, file.file().toString(), this::closed);
  }

  private MillraceException closed(RuntimeException e) {
    return SqliteFile.closed(file.file(), e);
  }

  @Override
  public void close() {
    file.close();
    for (Runnable waiting : writer.shutdownNow()) {
      ((Future<?>) waiting).cancel(false);
    }
  }
}
