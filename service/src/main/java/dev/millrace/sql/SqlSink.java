package dev.millrace.sql;

import dev.millrace.checkpoint.CheckpointStore.Stored;
import dev.millrace.config.SinkConfig;
import dev.millrace.config.SinkConfig.Misfits;
import dev.millrace.json.JsonBuffer;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;
import dev.millrace.model.Namespace;
import dev.millrace.model.RawValue;
import dev.millrace.model.Term;
import dev.millrace.sink.Delivery;
import dev.millrace.sink.Parcel;
import dev.millrace.sink.Sink;
import dev.millrace.sink.WrittenBeside;
import dev.millrace.table.Step;
import dev.millrace.table.TableParcel;
import dev.millrace.table.VanishedTables;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the documents of collections in tables of a database that has transactions: {@code (id,
 * document, version)}, with the canonical key of the {@code _id}, the document as Extended JSON,
 * and {@link RowVersion}; with soft deletes also {@code deleted_at}.
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
public final class SqlSink implements Sink {
  private static final Logger LOG = LoggerFactory.getLogger(SqlSink.class);

  private final Database database;
  private final SinkConfig.Tables config;
  private final TableParcel.Form form;
  private final StateTable state;
  private final CommitTable commits;
  private final DeadLetters letters;
  private final RowSteps rowSteps;
  private final ExecutorService writer;
  private final JsonBuffer json = new JsonBuffer();
  private volatile Optional<Catalog> catalog = Optional.empty();

  /** Of the newest transaction; for the thread that writes. */
  private volatile Mark mark = Mark.ofNewPlace();

  /**
   * Takes over an open database.
   *
   * @param key what the row of an {@code _id} is known by; no two of them by the same
   * @param pipeline the name of its row in {@code millrace_state}
   */
  public SqlSink(
      Database database,
      SinkConfig.Tables config,
      Function<RawValue, String> key,
      String pipeline) {
    this.database = database;
    this.config = config;
    this.form =
        new TableParcel.Form(
            config.json(), config.softDeletes(), config.misfits() == Misfits.DEAD_LETTER, key);
    this.commits = new CommitTable(database.dialect(), pipeline);
    this.letters = new DeadLetters(database.dialect(), pipeline);
    this.rowSteps = new RowSteps(database, letters, config.misfits());
    this.state = new StateTable(database.dialect(), pipeline);
    this.writer = WrittenBeside.thread("millrace-" + pipeline + "-sql");
  }

  @Override
  public Optional<Checkpoint> fence(Term term, Optional<Checkpoint> stored) {
    database.prepare();
    return database.write("fencing", connection -> fence(connection, term, stored));
  }

  private Optional<Checkpoint> fence(Connection connection, Term term, Optional<Checkpoint> stored)
      throws SQLException {
    state.create(connection);
    Catalog opened = new Catalog(database, connection, config);
    opened.create();
    commits.create(connection);
    letters.create(connection);
    letters.load(connection);
    Optional<Stored> before = state.read(connection);
    if (before.isPresent() && before.get().term().compareTo(term) > 0) {
      throw state.lost(term, before.get().term());
    }
    Optional<Checkpoint> own = before.flatMap(Stored::checkpoint);
    Optional<Checkpoint> known = knownOf(own, stored);
    mark = own.map(Checkpoint::mark).flatMap(Mark::parse).orElseGet(Mark::ofNewPlace);
    state.raise(connection, term);
    List<Namespace> unversioned = opened.unversioned();
    if (!unversioned.isEmpty()) {
      LOG.warn(
          "{}: copied first and streamed after, because their tables are of an older storage format,"
              + " without a version column: {}",
          database.name(),
          unversioned);
    }
    catalog = Optional.of(opened);
    boolean ownHolds = own.isPresent() && (known.isEmpty() || own.get().supersedes(known.get()));
    Set<Namespace> vanished = opened.lookForVanished();
    // A place that nothing was written to yet is made up anew by the next start.
    String here = mark.written() == 0 ? "" : mark.toString();
    return (ownHolds ? own : known).map(checkpoint -> without(vanished, checkpoint).marked(here));
  }

  /**
   * What is stored elsewhere, as far as it is of these tables as they are. Of an earlier state of
   * them, as after a backup or on a standby that was behind, their own checkpoint knows better. A
   * checkpoint without a mark was set by a person, or is of a first start.
   */
  private Optional<Checkpoint> knownOf(Optional<Checkpoint> own, Optional<Checkpoint> stored) {
    String text = stored.map(Checkpoint::mark).orElse("");
    if (text.isEmpty()) {
      return stored;
    }
    Optional<Mark> here = own.map(Checkpoint::mark).flatMap(Mark::parse);
    Optional<Mark> expected = Mark.parse(text);
    if (here.isEmpty() || expected.isEmpty() || !here.get().isOfPlace(expected.get())) {
      throw new MillraceException(
          new Failure.PositionLost(
              "MR-SINK-RESET",
              "the stored position is of other tables than those in %s: they were made anew, and what they had is gone. Copy anew, restore them, or accept the gap with `millrace position set --now`"
                  .formatted(database.name())),
          null);
    }
    if (here.get().written() >= expected.get().written()) {
      return stored;
    }
    LOG.warn(
        "MR-SINK-BEHIND: {}: the tables are of an earlier state than the stored position; going on from what they say",
        database.name());
    return Optional.empty();
  }

  private Checkpoint without(Set<Namespace> vanished, Checkpoint checkpoint) {
    return new VanishedTables(database.name(), database.dialect().code("TABLE-GONE"))
        .leftOut(
            vanished,
            checkpoint,
            "have the pipeline copy, or where they may begin empty delete their rows in millrace_collections");
  }

  @Override
  public boolean keepsCheckpoint() {
    return true;
  }

  /**
   * False for a table without versions: rows and events of one document could not be told apart
   * there by age. Waits for the parcel that is under way, whose connection it needs.
   *
   * @throws MillraceException when the database cannot be read
   */
  @Override
  public boolean copiesBeside(Namespace namespace) {
    Catalog tables = fenced();
    return !await(
        submit(() ->
            database.read(
                "looking for a table in", connection -> tables.isUnversioned(namespace))));
  }

  @Override
  public long deadLetters() {
    return letters.count();
  }

  @Override
  public Parcel newParcel() {
    return new TableParcel(form, json, this::send);
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
      return write(steps, through, tables, rowSteps::atOnce);
    } catch (MillraceException e) {
      if (!e.failure().code().equals(database.dialect().code("MISFIT"))) {
        throw e;
      }
    }
    return write(steps, through, tables, rowSteps::carefully);
  }

  private Checkpoint write(
      List<Step> steps, Checkpoint through, Catalog tables, RowsWritten rowsWritten) {
    try {
      Mark next = mark.next();
      Checkpoint marked = through.marked(next.toString());
      database.write(
          "writing to",
          connection -> {
            state.save(connection, marked);
            for (Step step : steps) {
              apply(step, tables, connection, rowsWritten);
            }
            return true;
          });
      mark = next;
      return marked;
    } catch (MillraceException e) {
      MillraceException cause =
          e.failure() instanceof Failure.Fatal ? orAltered(orVanished(e, tables), tables) : e;
      tables.forget();
      letters.forget();
      throw cause;
    }
  }

  /** How rows are written. */
  @FunctionalInterface
  private interface RowsWritten {
    void write(Connection connection, Catalog tables, Step.Rows rows) throws SQLException;
  }

  /** Whatever the database says of a table that is gone: the next start sees to it. */
  private MillraceException orVanished(MillraceException refusal, Catalog tables) {
    Set<Namespace> vanished =
        database.read("looking for tables in", connection -> tables.vanished());
    return vanished.isEmpty()
        ? refusal
        : Failure.transientFailure(
            database.dialect().code("TABLE-GONE"),
            "%s: somebody dropped the tables of %s".formatted(database.name(), vanished),
            refusal);
  }

  /** What was written by a column's old type; the next start reads the new one. */
  private MillraceException orAltered(MillraceException refusal, Catalog tables) {
    if (!(refusal.failure() instanceof Failure.Fatal)) {
      return refusal;
    }
    Set<Namespace> altered =
        database.read("looking for columns in", connection -> tables.altered());
    return altered.isEmpty()
        ? refusal
        : Failure.transientFailure(
            database.dialect().code("TABLE-ALTERED"),
            "%s: somebody altered the column document of the tables of %s: they are written to as they are now"
                .formatted(database.name(), altered),
            refusal);
  }

  private void apply(Step step, Catalog tables, Connection connection, RowsWritten rowsWritten)
      throws SQLException {
    switch (step) {
      case Step.Rows rows -> rowsWritten.write(connection, tables, rows);
      case Step.Create create -> tables.table(create.namespace());
      case Step.Drop drop -> {
        tables.drop(drop.namespace(), drop.version());
        letters.endAll(connection, drop.namespace(), drop.version());
      }
      case Step.Rename rename -> {
        tables.rename(rename.from(), rename.to(), rename.version());
        letters.endAll(connection, rename.to(), rename.version());
        letters.rename(connection, rename.from(), rename.to());
      }
      case Step.DropDatabase drop -> tables.dropDatabase(drop.database(), drop.version());
      case Step.Reset reset -> reset(tables.table(reset.namespace()), reset.version());
      case Step.Sweep sweep -> {
        tables.table(sweep.namespace()).sweep(sweep.version());
        letters.sweep(connection, sweep.namespace(), sweep.version());
      }
      case Step.Commit commit -> {
        // A person may have discarded some.
        letters.load(connection);
        commits.write(connection, commit.point(), letters.count());
      }
    }
  }

  /**
   * Rows stay until they are swept, so that readers have them meanwhile. Without versions no sweep
   * could tell which to remove: they go now, and what is there comes with the copy.
   */
  private static void reset(Table table, String version) throws SQLException {
    if (!table.isVersioned()) {
      table.removeAll(version);
    }
  }

  private <T> T await(Future<T> done) {
    return WrittenBeside.await(done, database.name(), this::closed);
  }

  private MillraceException closed(RuntimeException e) {
    return database.closed(e);
  }

  @Override
  public void close() {
    database.close();
    for (Runnable waiting : writer.shutdownNow()) {
      ((Future<?>) waiting).cancel(false);
    }
  }
}
