package dev.millrace.engine;

import dev.millrace.checkpoint.CheckpointStore;
import dev.millrace.checkpoint.CheckpointStore.Begun;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.CopyState;
import dev.millrace.model.Namespace;
import dev.millrace.model.Operation;
import dev.millrace.model.Term;
import dev.millrace.sink.Sink;
import dev.millrace.source.CopySource;
import dev.millrace.source.Source;
import dev.millrace.source.StartFrom;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A pipeline's parts, opened and put together, with nothing running yet.
 *
 * <p>The order of opening is what keeps two writers apart: take the term and use only state that
 * was read with it or after it; take the sink's fence together with the sink's state; make the
 * start position durable; only then read and deliver.
 */
final class Assembly implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Assembly.class);

  private final Deque<AutoCloseable> closing = new ArrayDeque<>();
  private final PipelinePlan plan;
  private final Term term;
  private final CheckpointStore store;
  private final Handoff handoff;
  private final CopyDesk desk;
  private final ReadStage reader;
  private final SaveStage saver;
  private final DeliverStage deliverer;
  private final BesideStream beside;
  private final List<CopyStage> copiers = new ArrayList<>();
  private final HistoryWatch watch;
  private @Nullable CopySource copySource;

  /** How it begins. */
  enum Beginning {
    /** Where it was, or where the plan says. */
    STORED,
    /** At the present, and everything is copied anew: what was in between is lost. */
    ANEW
  }

  /**
   * Opens everything.
   *
   * @param tenure the leadership it runs in, which it begins if this is its first start
   * @param nanoClock as {@link System#nanoTime}
   * @throws dev.millrace.model.MillraceException when any of it cannot be opened; nothing is left
   *     open then
   */
  static Assembly open(
      PipelinePlan plan,
      Tenure tenure,
      PipelineMetrics metrics,
      Beginning beginning,
      CopyRules rules,
      LongSupplier nanoClock) {
    Deque<AutoCloseable> opened = new ArrayDeque<>();
    try {
      return new Assembly(plan, tenure, metrics, beginning, rules, nanoClock, opened);
    } catch (RuntimeException | Error e) {
      closeAll(opened);
      throw e;
    }
  }

  private Assembly(
      PipelinePlan plan,
      Tenure tenure,
      PipelineMetrics metrics,
      Beginning beginning,
      CopyRules rules,
      LongSupplier nanoClock,
      Deque<AutoCloseable> opened) {
    this.plan = plan;
    store = keep(plan.store().get(), opened);
    Sink sink = keep(plan.sink().get(), opened);
    boolean anew = beginning == Beginning.ANEW;
    Begun begun = tenure.take(store, sink, anew);
    term = begun.term();
    Optional<Checkpoint> stored = begun.checkpoint();
    CopyState copy = copyState(plan, stored, anew);
    Source source =
        keep(
            anew
                ? plan.source().open(Optional.empty(), new StartFrom.Now(), copy.edits())
                : plan.source().open(stored, plan.startFrom(), copy.edits()),
            opened);
    boolean scopeChanged = stored.isPresent() && !stored.get().scope().equals(source.scope());
    if (scopeChanged && copy.active()) {
      copy = copy.unlisted();
    }
    Checkpoint start =
        new Checkpoint(
            source.opened(),
            term,
            source.deployment(),
            source.scope(),
            stored.map(Checkpoint::mark).orElse(""),
            copy);
    if (stored.isEmpty() || !stored.get().equals(start)) {
      // Killed before its first parcel, a pipeline must find where it began.
      store.save(start);
      metrics.saved(start.position());
    }
    LOG.info(
        "pipeline {}: term {}, from {} ({})",
        plan.name(),
        term,
        source.opened(),
        anew ? "copied anew" : stored.isPresent() ? "stored position" : "first start");

    handoff = new Handoff(plan.handoffBytes());
    // The first copied row waits until the stream has passed the time of this start.
    handoff.hurry(copy.active());
    desk = new CopyDesk(handoff::wake);
    reader = new ReadStage(source, handoff, metrics);
    saver =
        new SaveStage(
            plan.name(), store, metrics, nanoClock, plan.saveEvery().toMillis(), handoff::wake);
    Watermarks watermarks = new Watermarks(start.position());
    CopyLedger ledger = new CopyLedger(copy);
    Marks marks = new Marks();
    DurableState durable = new DurableState(sink.keepsCheckpoint(), start, saver::saved);
    CommitPoints commits =
        new CommitPoints(
            rules, ledger, marks, durable, sink.keepsCheckpoint(), plan.copy().commitPoints());
    if (copy.active()) {
      copySource = keep(plan.source().copying(copy.edits()), opened);
    }
    CopySource rows = copySource;
    // Asked again and again by the delivering thread, and the answer may wait for the sink.
    Map<Namespace, Boolean> asked = new HashMap<>();
    Predicate<Namespace> copiesBeside = name -> asked.computeIfAbsent(name, sink::copiesBeside);
    CopyCatalog catalog =
        new CopyCatalog(
            ledger,
            rules,
            commits,
            marks,
            watermarks,
            name -> rows != null && rows.follows(name),
            sink.keepsCheckpoint() && plan.operations().contains(Operation.RENAME),
            copiesBeside);
    Copier copier =
        new Copier(
            plan.copy(), rules, ledger, catalog, desk, watermarks, marks, copiesBeside, nanoClock);
    beside =
        new BesideStream(
            plan.copy(),
            handoff,
            ledger,
            copier,
            commits,
            new CopyRequests(ledger, catalog),
            durable,
            nanoClock);
    Sequencer sequencer =
        new Sequencer(
            handoff, copier, ledger, beside, watermarks, marks, plan.operations(), commits, start);
    deliverer = new DeliverStage(sink, handoff, sequencer, saver, durable, start, metrics);
    if (rows != null) {
      copiers.add(new CopyStage(rows, desk, false));
      for (int i = 0; i < plan.copy().parallelism(); i++) {
        copiers.add(new CopyStage(rows, desk, true));
      }
    }
    watch = new HistoryWatch(plan.name(), this::copySource, metrics, nanoClock);
    closing.addAll(opened);
  }

  private static <T extends AutoCloseable> T keep(T resource, Deque<AutoCloseable> opened) {
    opened.push(resource);
    return resource;
  }

  /** A position without a word of copies is of a pipeline that never copied: it begins to now. */
  private static CopyState copyState(PipelinePlan plan, Optional<Checkpoint> stored, boolean anew) {
    if (!plan.copy().isOn()) {
      return CopyState.NONE;
    }
    CopyState copy = stored.map(Checkpoint::copy).filter(CopyState::active).orElse(CopyState.NEW);
    return anew ? copy.lost() : copy;
  }

  /** For what is read now and then; opened when first asked for. */
  private synchronized CopySource copySource() {
    CopySource open = copySource;
    if (open == null) {
      open = plan.source().copying(CopyState.Edits.NONE);
      copySource = open;
      closing.push(open);
    }
    return open;
  }

  Term term() {
    return term;
  }

  CheckpointStore store() {
    return store;
  }

  Handoff handoff() {
    return handoff;
  }

  ReadStage reader() {
    return reader;
  }

  DeliverStage deliverer() {
    return deliverer;
  }

  SaveStage saver() {
    return saver;
  }

  /** One for errands, first; then those that read chunks. Empty where nothing is copied. */
  List<CopyStage> copiers() {
    return copiers;
  }

  HistoryWatch watch() {
    return watch;
  }

  BesideStream beside() {
    return beside;
  }

  /** Reads nothing more; what was read can still be delivered. */
  void stopReading() {
    reader.stop();
    desk.close();
    watch.stop();
  }

  /** Closes in reverse. */
  @Override
  public synchronized void close() {
    closeAll(closing);
    beside.requests().close();
  }

  private static void closeAll(Deque<AutoCloseable> opened) {
    while (!opened.isEmpty()) {
      try {
        opened.pop().close();
      } catch (Exception e) {
        LOG.debug("closing after use", e);
      }
    }
  }
}
