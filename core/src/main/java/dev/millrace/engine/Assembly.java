package dev.millrace.engine;

import dev.millrace.model.CopyState;
import dev.millrace.source.CopySource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A pipeline's parts, opened and put together, with nothing running yet: one stage each for
 * reading, delivering, saving and watching, and those that read copies.
 */
final class Assembly implements AutoCloseable {
  private final Closer closer;
  private final Opened opened;
  private final Handoff handoff;
  private final CopyDesk desk;
  private final BesideStream beside;
  private final ReadStage reader;
  private final SaveStage saver;
  private final DeliverStage deliverer;
  private final HistoryWatch watch;
  private final List<CopyStage> copiers = new ArrayList<>();

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
      Opened.Beginning beginning,
      CopyRules rules,
      LongSupplier nanoClock) {
    Closer closer = new Closer();
    try {
      Opened opened = Opened.open(plan, tenure, metrics, beginning, closer);
      CopyContext context = CopyContext.of(plan, opened, rules, nanoClock);
      return new Assembly(plan, opened, context, metrics, closer);
    } catch (RuntimeException | Error e) {
      closer.close();
      throw e;
    }
  }

  private Assembly(
      PipelinePlan plan,
      Opened opened,
      CopyContext context,
      PipelineMetrics metrics,
      Closer closer) {
    this.closer = closer;
    this.opened = opened;
    LongSupplier nanoClock = context.nanoClock();
    CopySource copySource = opened.copySource();
    handoff = new Handoff(plan.readAheadBytes());
    desk = new CopyDesk(handoff::wake);
    reader = new ReadStage(opened.source(), handoff, metrics);
    long saveEvery = plan.saveEvery().toMillis();
    saver =
        new SaveStage(plan.name(), opened.store(), metrics, nanoClock, saveEvery, handoff::wake);
    DurableState durable = new DurableState(context.sink(), opened.start(), saver::saved);
    beside =
        new BesideStream(
            context,
            handoff,
            desk,
            durable,
            name -> copySource != null && copySource.follows(name));
    Sequencer sequencer = new Sequencer(opened.start(), handoff, beside, plan.operations());
    deliverer =
        new DeliverStage(
            opened, handoff, sequencer, beside, saver, metrics, plan.transactionBytes());
    if (copySource != null) {
      copiers.add(new CopyStage(copySource, desk, false));
      for (int i = 0; i < plan.copy().parallelism(); i++) {
        copiers.add(new CopyStage(copySource, desk, true));
      }
    }
    watch = new HistoryWatch(plan.name(), () -> history(plan, copySource), metrics, nanoClock);
  }

  /** Reads how far back the history goes; opened for that alone where nothing is copied. */
  private CopySource history(PipelinePlan plan, @Nullable CopySource copySource) {
    return copySource != null
        ? copySource
        : closer.keep(plan.source().copying(CopyState.Edits.NONE));
  }

  Opened opened() {
    return opened;
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

  /** One for all but chunks, first; then those that read chunks. Empty where nothing is copied. */
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
  public void close() {
    closer.close();
    beside.requests().close();
  }
}
