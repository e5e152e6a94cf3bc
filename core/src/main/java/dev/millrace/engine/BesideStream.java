package dev.millrace.engine;

import dev.millrace.model.CollectionCopy;
import dev.millrace.model.CollectionCopy.Status;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** All that goes on beside the stream, seen to between its batches by the delivering thread. */
final class BesideStream {
  private static final long SHOWN_EVERY = TimeUnit.MILLISECONDS.toNanos(200);

  /** Longer than a hurried read: an answer without events mostly says enough. */
  private static final long PATIENCE = TimeUnit.MILLISECONDS.toNanos(75);

  private final CopyPlan plan;
  private final Handoff handoff;
  private final CopyLedger ledger;
  private final Copier copier;
  private final CommitPoints commits;
  private final CopyRequests requests;
  private final DurableState durable;
  private final LongSupplier nanoClock;
  private boolean waiting;
  private long waitingSince;
  private volatile CopyView view = CopyView.NONE;
  private long shownAt;

  /**
   * @param nanoClock as {@link System#nanoTime}
   */
  BesideStream(
      CopyPlan plan,
      Handoff handoff,
      CopyLedger ledger,
      Copier copier,
      CommitPoints commits,
      CopyRequests requests,
      DurableState durable,
      LongSupplier nanoClock) {
    this.plan = plan;
    this.handoff = handoff;
    this.ledger = ledger;
    this.copier = copier;
    this.commits = commits;
    this.requests = requests;
    this.durable = durable;
    this.nanoClock = nanoClock;
    show(nanoClock.getAsLong());
  }

  /**
   * @param covered what was taken lies behind every event of this time and earlier
   */
  void turn(long covered) {
    requests.turn(durable);
    if (!ledger.isActive()) {
      return;
    }
    long now = nanoClock.getAsLong();
    copier.turn();
    if (ledger.isAnyPending()) {
      commits.withdraw("a copy is not finished");
    }
    if (copier.isSettled() && !requests.isScopeChanging()) {
      commits.turn(covered, now);
    }
    boolean waits = waitsForStream(covered);
    if (!waits) {
      waiting = false;
    } else if (!waiting) {
      waiting = true;
      waitingSince = now;
    } else if (now - waitingSince >= PATIENCE) {
      copier.nudge(now);
    }
    // What a listing tells is waited for too, and a patient read must not be under way by then.
    handoff.hurry(waits || !copier.isSettled());
    if (now - shownAt >= SHOWN_EVERY || ledger.isConsistent() != view.commit().consistent()) {
      show(now);
    }
  }

  boolean waitsForStream(long covered) {
    return copier.waitsForStream() || commits.waitsForStream(covered);
  }

  /** Whether a commit point is due that may only be said once the store has what was delivered. */
  boolean waitsForStore() {
    return ledger.isActive() && commits.waitsForStore();
  }

  boolean isFinished() {
    return plan.snapshot() == CopyPlan.Snapshot.ONLY
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
