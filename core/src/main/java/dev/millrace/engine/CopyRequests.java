package dev.millrace.engine;

import dev.millrace.model.CollectionCopy.Status;
import dev.millrace.model.CopyState.Edits;
import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;
import dev.millrace.model.Namespace;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.NavigableSet;
import java.util.Queue;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What operators ask of a running pipeline. Any thread asks; the delivering thread answers, once
 * what was asked is stored. What is followed can only change by starting anew.
 */
final class CopyRequests {
  private final CopyLedger ledger;
  private final CopyCatalog catalog;
  private final Queue<Asked> asked = new ConcurrentLinkedQueue<>();
  private final Deque<Pending> unstored = new ConcurrentLinkedDeque<>();
  private final Renewals renewals;
  private @Nullable Pending restart;

  private record Asked(CopyRequest request, CompletableFuture<Void> answer) {}

  private record Pending(long revision, CompletableFuture<Void> answer) {}

  CopyRequests(
      CopyContext context, CopyCatalog catalog, CopyDesk desk, Predicate<Namespace> followed) {
    this.ledger = context.ledger();
    this.catalog = catalog;
    this.renewals = new Renewals(context, desk, followed, this::emitted);
  }

  Renewals renewals() {
    return renewals;
  }

  /** The next checkpoint is the first that says so, and goes with the documents. */
  private void emitted(CompletableFuture<Void> answer) {
    ledger.changed();
    unstored.addLast(new Pending(ledger.revision(), answer));
  }

  CompletableFuture<Void> ask(CopyRequest request) {
    CompletableFuture<Void> answer = new CompletableFuture<>();
    asked.add(new Asked(request, answer));
    return answer;
  }

  /** Whether what is followed is about to change: no commit point before that. */
  boolean isScopeChanging() {
    return restart != null;
  }

  /** Does what was asked, and answers what is stored by now. */
  void turn(DurableState durable) {
    for (Asked next = asked.poll(); next != null; next = asked.poll()) {
      take(next);
    }
    long stored = unstored.isEmpty() ? 0 : durable.copy().revision();
    while (!unstored.isEmpty() && unstored.getFirst().revision() <= stored) {
      unstored.removeFirst().answer().complete(null);
    }
    Pending again = restart;
    if (again != null && again.answer().isDone()) {
      throw new MillraceException(
          new Failure.Again(
              "MR-SCOPE-CHANGED", "what is followed was changed on request; starting with that"),
          null);
    }
  }

  private void take(Asked it) {
    if (!ledger.isActive() && it.request() instanceof CopyRequest.Reload) {
      it.answer().complete(null);
      restart = new Pending(0, it.answer());
      return;
    }
    if (!ledger.isActive()) {
      it.answer()
          .completeExceptionally(
              Failure.fatal(
                  "MR-COPY-OFF",
                  "this pipeline copies nothing: set snapshot: initial and start it again"));
      return;
    }
    Edits edits = ledger.edits();
    List<String> names = it.request().names();
    switch (it.request()) {
      case CopyRequest.Add add ->
          edit(
              new Edits(
                  with(edits.added(), names), without(edits.removed(), names), edits.paused()),
              it,
              true);
      case CopyRequest.Remove remove ->
          edit(
              new Edits(
                  without(edits.added(), names), with(edits.removed(), names), edits.paused()),
              it,
              true);
      case CopyRequest.Reload reload ->
          edit(new Edits(new TreeSet<>(), new TreeSet<>(), edits.paused()), it, true);
      case CopyRequest.Pause pause ->
          edit(
              new Edits(edits.added(), edits.removed(), with(edits.paused(), orAll(names))),
              it,
              false);
      case CopyRequest.Resume resume ->
          edit(
              new Edits(
                  edits.added(),
                  edits.removed(),
                  names.isEmpty() ? new TreeSet<>() : without(edits.paused(), names)),
              it,
              false);
      case CopyRequest.Again again -> again(names, it);
      case CopyRequest.Renew renew -> renewals.ask(renew, it.answer());
    }
  }

  private void edit(Edits next, Asked it, boolean restarts) {
    if (next.equals(ledger.edits()) && !(it.request() instanceof CopyRequest.Reload)) {
      it.answer().complete(null);
      return;
    }
    ledger.edit(next);
    Pending pending = store(it);
    if (restarts) {
      restart = pending;
    }
  }

  private Pending store(Asked it) {
    Pending pending = new Pending(ledger.revision(), it.answer());
    unstored.addLast(pending);
    return pending;
  }

  private void again(List<String> names, Asked it) {
    List<CollectionWindows> chosen = new ArrayList<>();
    for (CollectionWindows each : ledger.all()) {
      boolean meant =
          names.isEmpty()
              || names.contains(each.namespace.collection())
              || names.contains(each.namespace.toString());
      if (meant && (each.copy().isPending() || each.copy().status() == Status.DONE)) {
        chosen.add(each);
      }
    }
    if (chosen.size() < names.size()) {
      it.answer()
          .completeExceptionally(
              Failure.fatal(
                  "MR-COLLECTION-UNKNOWN",
                  "not every one of %s is a collection that this pipeline copies: see `millrace status`"
                      .formatted(names)));
      return;
    }
    chosen.forEach(catalog::again);
    ledger.changed();
    store(it);
  }

  private static NavigableSet<String> with(NavigableSet<String> names, List<String> more) {
    NavigableSet<String> all = new TreeSet<>(names);
    all.addAll(more);
    return all;
  }

  private static NavigableSet<String> without(NavigableSet<String> names, List<String> less) {
    NavigableSet<String> left = new TreeSet<>(names);
    less.forEach(left::remove);
    return left;
  }

  private static List<String> orAll(List<String> names) {
    return names.isEmpty() ? List.of("*") : names;
  }

  /** The pipeline ends: who still waits is told. */
  void close() {
    for (Asked next = asked.poll(); next != null; next = asked.poll()) {
      next.answer().completeExceptionally(ended());
    }
    unstored.forEach(pending -> pending.answer().completeExceptionally(ended()));
    renewals.close();
  }

  static MillraceException ended() {
    return Failure.transientFailure(
        "MR-NOT-RUNNING", "the pipeline does not run now: ask again once it does", null);
  }
}
