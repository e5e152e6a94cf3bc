package dev.millrace.engine;

import dev.millrace.model.CollectionCopy;
import dev.millrace.model.CollectionCopy.Status;
import dev.millrace.model.Namespace;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * All that goes on beside the stream, seen to between its batches by the delivering thread: copies,
 * commit points, and what operators ask for.
 */
final class BesideStream {
  private static final long SHOWN_EVERY = TimeUnit.MILLISECONDS.toNanos(200);

  /** Longer than a hurried read: an answer without events mostly says enough. */
  private static final long PATIENCE = TimeUnit.MILLISECONDS.toNanos(75);

  private final CopyContext context;
  private final CopyLedger ledger;
  private final Handoff handoff;
  private final DurableState durable;
  private final CommitPoints commits;
  private final Copier copier;
  private final CopyRequests requests;

  /** Since when the stream's coming on is waited for, by the clock; null while it is not. */
  private @Nullable Long waitingSince;

  private volatile CopyView view = CopyView.NONE;
  private long shownAt;

  /**
   * @param followed whether a collection of that name is to be copied, should there be one
   */
  BesideStream(
      CopyContext context,
      Handoff handoff,
      CopyDesk desk,
      DurableState durable,
      Predicate<Namespace> followed) {
    this.context = context;
    this.ledger = context.ledger();
    this.handoff = handoff;
    this.durable = durable;
    commits = new CommitPoints(context, durable);
    CopyCatalog catalog = new CopyCatalog(context, commits, followed);
    copier = new Copier(context, catalog, desk);
    requests = new CopyRequests(context, catalog, desk, followed);
    // The first copied row waits until the stream has passed the time of this start.
    handoff.hurry(ledger.isActive());
    show(context.nanoClock().getAsLong());
  }

  CopyContext context() {
    return context;
  }

  Copier copier() {
    return copier;
  }

  CommitPoints commits() {
    return commits;
  }

  DurableState durable() {
    return durable;
  }

  /**
   * @param covered what was taken lies behind every event of this time and earlier
   */
  void turn(long covered) {
    if (!context.announcements().isEmpty()) {
      // What was announced holds from when it is taken: to go on before would say it twice.
      throw new IllegalStateException("something is announced and not taken yet");
    }
    requests.turn(durable);
    if (!ledger.isActive()) {
      return;
    }
    long now = context.nanoClock().getAsLong();
    copier.turn();
    requests.renewals().turn();
    if (ledger.isAnyPending()) {
      commits.withdraw("a copy is not finished");
    }
    if (copier.isSettled() && !requests.isScopeChanging()) {
      commits.turn(covered, now);
    }
    boolean waits = waitsForStream(covered);
    Long since = waitingSince;
    if (!waits) {
      waitingSince = null;
    } else if (since == null) {
      waitingSince = now;
    } else if (now - since >= PATIENCE) {
      copier.nudge(now);
    }
    // What a listing tells is waited for too, and a patient read must not be under way by then.
    handoff.hurry(waits || !copier.isSettled());
    if (now - shownAt >= SHOWN_EVERY || ledger.isConsistent() != view.commit().consistent()) {
      show(now);
    }
  }

  /** Whether something is held up by nothing but that the stream has not come far enough. */
  boolean waitsForStream(long covered) {
    return ledger.isActive()
        && (copier.waitsForStream()
            || requests.renewals().waitsForStream()
            || commits.waitsForStream(covered));
  }

  /** Whether a commit point is due that may only be said once the store has what was delivered. */
  boolean waitsForStore() {
    return ledger.isActive() && commits.waitsForStore();
  }

  /** Whether all that was to be copied is, and that is all that was wanted. */
  boolean isFinished() {
    return context.plan().snapshot() == CopyPlan.Snapshot.ONLY
        && ledger.isActive()
        && ledger.isConsistent()
        && !ledger.isAnyPending();
  }

  CopyRequests requests() {
    return requests;
  }

  CopyView view() {
    return view;
  }

  private void show(long now) {
    shownAt = now;
    List<CopyView.Collection> collections = new ArrayList<>();
    for (CollectionWindows each : ledger.all()) {
      CollectionCopy copy = each.copy();
      if (copy.status() == Status.LEFT) {
        continue;
      }
      int ranges = copy.status() == Status.DONE ? 0 : each.ranges().size();
      int complete = (int) each.ranges().stream().filter(range -> range.range.complete()).count();
      collections.add(
          new CopyView.Collection(
              each.namespace,
              copy.status(),
              copy.reason(),
              copy.copied(),
              copy.estimated(),
              complete,
              ranges,
              each.windows(),
              ledger.isPaused(each.namespace)));
    }
    view =
        new CopyView(
            ledger.isActive(),
            ledger.isListed(),
            collections,
            commits.shown(),
            commits.waitingFor(),
            ledger.edits());
  }
}
