package dev.millrace.sink.crate;

import dev.millrace.config.SinkConfig;
import dev.millrace.config.SinkConfig.OnMisfit;
import dev.millrace.json.JsonBuffer;
import dev.millrace.letters.DeadLetterBox;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;
import dev.millrace.model.Namespace;
import dev.millrace.model.Term;
import dev.millrace.sink.Delivery;
import dev.millrace.sink.Parcel;
import dev.millrace.sink.Sink;
import dev.millrace.sink.WrittenBeside;
import dev.millrace.table.Row;
import dev.millrace.table.RowKey;
import dev.millrace.table.Step;
import dev.millrace.table.TableParcel;
import dev.millrace.table.TableView;
import dev.millrace.table.VanishedTables;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;

/**
 * Keeps the newest state of every document as a row of a CrateDB table, a table for each
 * collection.
 *
 * <p>CrateDB has no transactions: the position is kept elsewhere, and after a crash what came since
 * is written again, in order. That comes to the same, for every row is written on a condition: an
 * upsert leaves a row of a later version as it is, and a delete removes just the state that it
 * read. Requests that were under way when a connection broke may arrive late, and are as harmless,
 * with one exception: an upsert that arrives behind the delete of its document brings it back. That
 * takes a writer that was cut off, or lost the pipeline, with a request still on its way. Where
 * that matters {@code soft_deletes} helps: a deleted document's row stays, with the version of the
 * delete, and nothing older gets past it. Without it rows are removed, for queries should not have
 * to know of a mark; a mark for a while would have to be hidden from them all the same, and be
 * removed by a condition, which goes by what is searchable.
 *
 * <p>Deliveries happen on a thread of their own. A parcel's steps are done one after another, so
 * that a change of a collection as a whole stands between the rows before and behind it.
 */
public final class CrateSink implements Sink {
  /** CrateDB's longest key is some thirty thousand, and every row has it more than once. */
  private static final int KEY_BYTES = 2_000;

  private final CrateClient client;
  private final StateTable state;
  private final CommitTable commits;
  private final DeadLetters letters;
  private final CrateCatalog tables;
  private final ExecutorService writer;
  private final JsonBuffer json = new JsonBuffer();
  private final TableParcel.Form form;

  /** What checkpoints are marked with; empty before the fence. */
  private Optional<String> place = Optional.empty();

  private CrateSink(SinkConfig.Crate config, String pipeline) {
    this.client = new CrateClient(config);
    this.state = new StateTable(client, config.schema(), pipeline);
    this.commits = new CommitTable(client, config.schema(), pipeline);
    this.letters = new DeadLetters(client, config.schema(), pipeline);
    this.tables = new CrateCatalog(client, config, new Misfits(config.onMisfit(), letters));
    this.writer = WrittenBeside.thread("millrace-" + pipeline + "-crate");
    this.form =
        new TableParcel.Form(
            config.tables().json(),
            config.tables().softDeletes(),
            config.onMisfit() == OnMisfit.DEAD_LETTER,
            RowKey.within(KEY_BYTES));
  }

  /**
   * Opens it; the first connection is made by {@link #fence}.
   *
   * @param pipeline the name of its row in {@code millrace_state}
   */
  public static Sink open(SinkConfig.Crate config, String pipeline) {
    return new CrateSink(config, pipeline);
  }

  /** The pipeline's dead letters in the schema; the first connection is made when they are read. */
  public static DeadLetterBox letters(SinkConfig.Crate config, String pipeline) {
    return new CrateDeadLetterBox(config, pipeline);
  }

  /** Opens what its tables are looked at with. */
  public static TableView view(SinkConfig.Crate config, String pipeline) {
    return new CrateTableView(config, RowKey.within(KEY_BYTES), pipeline);
  }

  @Override
  public Optional<Checkpoint> fence(Term term, Optional<Checkpoint> stored) {
    state.create();
    Optional<StateTable.State> before = state.read();
    String mark = stored.map(Checkpoint::mark).orElse("");
    if (!mark.isEmpty() && before.filter(it -> it.place().equals(mark)).isEmpty()) {
      throw lost();
    }
    String marked = state.raise(term);
    commits.create();
    tables.load();
    letters.load();
    place = Optional.of(marked);
    stored.ifPresent(
        checkpoint -> checkpoint.copy().collections().keySet().forEach(tables::demandName));
    Set<Namespace> vanished = stored.isPresent() ? tables.vanished() : Set.of();
    VanishedTables gone = new VanishedTables(client.name(), "MR-CRATE-TABLE-GONE");
    return stored
        .map(checkpoint -> gone.leftOut(vanished, checkpoint, "or have the pipeline copy"))
        .map(checkpoint -> checkpoint.marked(marked));
  }

  private MillraceException lost() {
    return new MillraceException(
        new Failure.PositionLost(
            "MR-SINK-RESET",
            "the stored position belongs to other tables than those in %s: they were dropped, or put back, and what they had is gone. Copy anew, put them back, or accept the gap with `millrace position set --now`"
                .formatted(client.name())),
        null);
  }

  @Override
  public boolean keepsCheckpoint() {
    return false;
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
    String mark = place.orElseThrow(() -> new IllegalStateException("fence comes first"));
    try {
      Future<Checkpoint> done = writer.submit(() -> write(steps, through.marked(mark)));
      return () -> WrittenBeside.await(done, client.name(), CrateFailures::closed);
    } catch (RejectedExecutionException e) {
      throw CrateFailures.closed(e);
    }
  }

  private Checkpoint write(List<Step> steps, Checkpoint through) {
    if (!steps.isEmpty()) {
      state.check(through.term());
    }
    steps.forEach(this::apply);
    return through;
  }

  private void apply(Step step) {
    switch (step) {
      case Step.Rows rows -> {
        rows.renewed()
            .forEach((namespace, ids) -> {
              Map<String, Row> renewed =
                  new HashMap<>(rows.byNamespace().getOrDefault(namespace, Map.of()));
              renewed.keySet().retainAll(ids);
              tables.toWrite(namespace).makeWay(renewed);
            });
        letters.beginRows();
        rows.byNamespace()
            .forEach((namespace, byKey) -> {
              tables.toWrite(namespace).write(byKey);
              letters.end(namespace, byKey, rows.renewed().getOrDefault(namespace, Set.of()));
            });
      }
      case Step.Create create -> tables.rows(create.namespace());
      case Step.Drop drop -> {
        tables.drop(drop.namespace(), drop.version());
        letters.endAll(drop.namespace(), drop.version());
      }
      case Step.Rename rename -> {
        tables.rename(rename.from(), rename.to(), rename.version());
        letters.rename(rename.from(), rename.to(), rename.version());
      }
      case Step.DropDatabase drop -> tables.dropDatabase(drop.database(), drop.version());
      // Rows stay until they are swept, so that readers have them meanwhile.
      case Step.Reset reset -> tables.rows(reset.namespace());
      case Step.Sweep sweep -> {
        tables.toWrite(sweep.namespace()).table().sweep(sweep.version());
        letters.sweep(sweep.namespace(), sweep.version());
      }
      case Step.Commit commit -> {
        tables.refresh();
        letters.lookAgain();
        commits.write(commit.point());
      }
    }
  }

  @Override
  public void close() {
    client.close();
    for (Runnable waiting : writer.shutdownNow()) {
      ((Future<?>) waiting).cancel(false);
    }
  }
}
