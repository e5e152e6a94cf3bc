package dev.millrace.engine;

import dev.millrace.model.Change;
import dev.millrace.model.ClusterTime;
import dev.millrace.model.CollectionCopy.Status;
import dev.millrace.model.CommitPoint;
import dev.millrace.model.CopyState;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Says when the sink is consistent as of a cluster time, and when that no longer holds. At most one
 * point a second, and none while nothing was delivered since the last.
 */
final class CommitPoints {
  private static final long EVERY = TimeUnit.SECONDS.toNanos(1);

  private final CopyRules rules;
  private final CopyLedger ledger;
  private final Marks marks;
  private final DurableState durable;
  private final boolean sinkKeeps;
  private final boolean told;

  /** Whether an earlier start may have told the sink of a point that no checkpoint knows of. */
  private boolean unsure;

  private boolean withdrawing;
  private String withdrawnFor = "";
  private boolean publishing;
  private boolean anything = true;
  private long newest;
  private long publishedAt;
  private boolean published;

  /**
   * @param sinkKeeps whether the sink has a point and the checkpoint that says so as one
   * @param told whether the sink is told; the checkpoint and the status are in any case
   */
  CommitPoints(
      CopyRules rules,
      CopyLedger ledger,
      Marks marks,
      DurableState durable,
      boolean sinkKeeps,
      boolean told) {
    this.unsure = !sinkKeeps && ledger.barrier() != ClusterTime.NONE;
    this.rules = rules;
    this.ledger = ledger;
    this.marks = marks;
    this.durable = durable;
    this.sinkKeeps = sinkKeeps;
    this.told = told;
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
    if (!told) {
      ledger.withdraw();
      return;
    }
    withdrawing = true;
    CommitPoint point = new CommitPoint(ledger.committed(), false, reason, excluded());
    marks.say(
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
    if (publishing || withdrawing || !marks.isEmpty() || !(anything || !ledger.isConsistent())) {
      return;
    }
    if (published && now - publishedAt < EVERY) {
      return;
    }
    long time = reached(covered);
    if (time == ClusterTime.NONE) {
      return;
    }
    published = true;
    publishedAt = now;
    // What was delivered already and is later is for the next one.
    anything = ClusterTime.isAfter(newest, time);
    if (!told) {
      ledger.commit(time);
      return;
    }
    publishing = true;
    marks.say(
        new Change.Committed(new CommitPoint(time, true, "", excluded())),
        () -> {
          publishing = false;
          ledger.commit(time);
        });
  }

  private long reached(long covered) {
    // Where the sink keeps the checkpoint, the point and the position that covers it are one unit.
    return sinkKeeps
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
    return !sinkKeeps && isDue();
  }

  /** As {@code status} and the page show it: what the sink has, also while nothing is delivered. */
  CommitPoint shown() {
    CopyState stored = durable.copy();
    if (!stored.consistent() || !ledger.isConsistent()) {
      return new CommitPoint(stored.committed(), false, withdrawnFor, excluded());
    }
    long reached = rules.commitPoint(stored, stored, durable.covered());
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
