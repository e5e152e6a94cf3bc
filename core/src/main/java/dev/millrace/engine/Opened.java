package dev.millrace.engine;

import dev.millrace.checkpoint.CheckpointStore;
import dev.millrace.checkpoint.CheckpointStore.Begun;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.CopyState;
import dev.millrace.model.Term;
import dev.millrace.sink.Sink;
import dev.millrace.source.CopySource;
import dev.millrace.source.Source;
import dev.millrace.source.StartFrom;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The four seams of one start, open, and where it begins.
 *
 * <p>The order of opening is what keeps two writers apart: take the term and use only state that
 * was read with it or after it; take the sink's fence together with the sink's state; make the
 * start position durable; only then read and deliver.
 *
 * @param copySource what copies are read with; null where nothing is copied
 * @param start everything before it is in the sink
 */
record Opened(
    Term term,
    CheckpointStore store,
    Sink sink,
    Source source,
    @Nullable CopySource copySource,
    Checkpoint start) {
  private static final Logger LOG = LoggerFactory.getLogger(Opened.class);

  /** How a pipeline begins. */
  enum Beginning {
    /** Where it was, or where the plan says. */
    STORED,
    /** At the present, and everything is copied anew: what was in between is lost. */
    ANEW
  }

  /**
   * @param tenure the leadership it runs in, which it begins if this is its first start
   * @param closer gets all that is opened, also where not everything can be
   * @throws dev.millrace.model.MillraceException when any of it cannot be opened
   */
  static Opened open(
      PipelinePlan plan,
      Tenure tenure,
      PipelineMetrics metrics,
      Beginning beginning,
      Closer closer) {
    CheckpointStore store = closer.keep(plan.store().get());
    Sink sink = closer.keep(plan.sink().get());
    boolean anew = beginning == Beginning.ANEW;
    Begun begun = tenure.take(store, sink, anew);
    Optional<Checkpoint> stored = begun.checkpoint();
    CopyState copy = copyState(plan, stored, anew);
    Source source =
        closer.keep(
            anew
                ? plan.source().open(Optional.empty(), new StartFrom.Now(), copy.edits())
                : plan.source().open(stored, plan.startFrom(), copy.edits()));
    if (stored.isPresent() && !stored.get().scope().equals(source.scope())) {
      copy = followingChanged(plan, copy, stored.get().scope(), source.scope());
    }
    Checkpoint start =
        new Checkpoint(
            source.opened(),
            begun.term(),
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
        begun.term(),
        source.opened(),
        anew ? "copied anew" : stored.isPresent() ? "stored position" : "first start");
    CopySource rows = copy.active() ? closer.keep(plan.source().copying(copy.edits())) : null;
    return new Opened(begun.term(), store, sink, source, rows, start);
  }

  /**
   * Names that are followed now are copied as they are found. Where it is other documents of them,
   * or more of each, or less, all that was copied is copied again, and what is no longer followed
   * goes from the sink as what was deleted does.
   */
  private static CopyState followingChanged(
      PipelinePlan plan, CopyState copy, String before, String now) {
    boolean sameDocuments = documents(before).equals(documents(now));
    if (!sameDocuments) {
      LOG.warn(
          "pipeline {}: filter or projection has changed since the stored position: {}",
          plan.name(),
          copy.active()
              ? "all is copied anew"
              : "it counts from here on; what the sink has stays as it is");
    }
    if (!copy.active()) {
      return copy;
    }
    return sameDocuments ? copy.unlisted() : copy.lost();
  }

  /** The part of a scope that says which documents, and what of them ({@link Source#scope}). */
  private static String documents(String scope) {
    int blank = scope.substring(0, Math.max(0, scope.indexOf('/'))).indexOf(' ');
    return blank < 0 ? "" : scope.substring(0, blank);
  }

  /** A position without a word of copies is of a pipeline that never copied: it begins to now. */
  private static CopyState copyState(PipelinePlan plan, Optional<Checkpoint> stored, boolean anew) {
    if (!plan.copy().isOn()) {
      return CopyState.NONE;
    }
    CopyState copy = stored.map(Checkpoint::copy).filter(CopyState::active).orElse(CopyState.NEW);
    return anew ? copy.lost() : copy;
  }
}
