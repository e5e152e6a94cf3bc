package dev.millrace.engine;

import dev.millrace.model.Change;
import dev.millrace.model.ClusterTime;
import dev.millrace.model.CollectionCopy.Status;
import dev.millrace.model.CommitPoint;
import dev.millrace.model.CopyState;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Says when the sink is consistent as of a cluster time, and when that no longer holds. They keep
 * the plan's distance, and there is none while nothing was delivered since the last.
 */
final class CommitPoints {
  private final CopyContext context;
  private final CopyLedger ledger;
  private final Announcements announcements;
  private final DurableState durable;
  private final long everyNanos;

  /** Whether an earlier start may have told the sink of a point that no checkpoint knows of. */
  private boolean unsure;

  /** Whether that the last point no longer holds is said, and not taken yet. */
  private boolean withdrawing;

  private String withdrawnFor = "";
  private boolean anything = true;
  private long newest;

  /** When the last one was said, by the clock; null before the first. */
  private @Nullable Long saidAt;

  CommitPoints(CopyContext context, DurableState durable) {
    this.context = context;
    this.ledger = context.ledger();
    this.announcements = context.announcements();
    this.durable = durable;
    this.everyNanos = context.plan().commitEvery().toNanos();
    this.unsure = !context.sink().keepsCheckpoint() && ledger.barrier() != ClusterTime.NONE;
  }

  /** Whether the sink is told; the checkpoint and the status are in any case. */
  private boolean isSinkTold() {
    return context.plan().commitPoints();
  }

  /** A row was delivered. */
  void delivered() {
    anything = true;
  }

  /** An event of this time was delivered. */
  void delivered(long time) {
    anything = true;
    newest = ClusterTime.later(newest, time);
  }

  /** Before anything becomes pending: the last point no longer holds. */
  void withdraw(String reason) {
    if (withdrawing || !(ledger.isConsistent() || unsure)) {
      return;
    }
    unsure = false;
    withdrawnFor = reason;
    if (!isSinkTold()) {
      ledger.withdraw();
      return;
    }
    withdrawing = true;
    CommitPoint point = new CommitPoint(ledger.committed(), false, reason, excluded());
    announcements.say(
        new Change.Committed(point),
        () -> {
          withdrawing = false;
          ledger.withdraw();
        });
  }

  /**
   * Publishes where it may.
   *
   * @param covered the position that would be stored along lies behind every event of this time
   */
  void turn(long covered, long now) {
    boolean news = anything || !ledger.isConsistent();
    boolean early = saidAt != null && now - saidAt < everyNanos;
    if (!announcements.isEmpty() || !news || early) {
      return;
    }
    long time = nextPoint(covered);
    if (time == ClusterTime.NONE) {
      return;
    }
    saidAt = now;
    // What was delivered already and is later is for the next one.
    anything = ClusterTime.isAfter(newest, time);
    if (!isSinkTold()) {
      ledger.commit(time);
      return;
    }
    announcements.say(
        new Change.Committed(new CommitPoint(time, true, "", excluded())),
        () -> ledger.commit(time));
  }

  private long nextPoint(long covered) {
    // Where the sink keeps the checkpoint, the point and the position that covers it are one unit.
    CopyRules rules = context.rules();
    return context.sink().keepsCheckpoint()
        ? rules.commitPoint(ledger.state(), ledger.state(), covered)
        : rules.commitPoint(ledger.state(), durable.copy(), durable.covered());
  }

  /** Whether there is one to be said, as soon as what was delivered is covered and stored. */
  private boolean isDue() {
    return !ledger.isAnyPending() && (!ledger.isConsistent() || anything);
  }

  /** Whether only the stream's coming on is waited for. */
  boolean waitsForStream(long covered) {
    return isDue() && ClusterTime.isAfter(ClusterTime.later(newest, ledger.barrier()), covered);
  }

  /** Whether one is due that may only be said once the store has what was delivered. */
  boolean waitsForStore() {
    return !context.sink().keepsCheckpoint() && isDue();
  }

  /** As {@code status} and the page show it: what the sink has, also while nothing is delivered. */
  CommitPoint shown() {
    CopyState stored = durable.copy();
    if (!stored.consistent() || !ledger.isConsistent()) {
      return new CommitPoint(stored.committed(), false, withdrawnFor, excluded());
    }
    long reached = context.rules().commitPoint(stored, stored, durable.covered());
    return new CommitPoint(ClusterTime.later(stored.committed(), reached), true, "", excluded());
  }

  private List<String> excluded() {
    return ledger.edits().removed().stream().toList();
  }

  /** What the next point waits for; empty when for nothing. */
  String waitingFor() {
    if (!ledger.isActive()) {
      return "";
    }
    if (!ledger.isListed()) {
      return "the list of collections";
    }
    List<String> unreadable =
        ledger.pending().stream()
            .filter(each -> each.copy().status() == Status.UNREADABLE)
            .map(each -> each.namespace + " (" + each.copy().reason() + ")")
            .toList();
    if (!unreadable.isEmpty()) {
      return "what may not be read: " + String.join(", ", unreadable);
    }
    int pending = ledger.pending().size();
    if (pending > 0) {
      return "the copy of " + (pending == 1 ? "one collection" : pending + " collections");
    }
    return ledger.isConsistent() ? "" : "the stream to pass the copy";
  }
}
