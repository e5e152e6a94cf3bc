package dev.millrace.engine;

import dev.millrace.engine.CopyDesk.Errand;
import dev.millrace.json.CanonicalKey;
import dev.millrace.model.Change;
import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;
import dev.millrace.model.Namespace;
import dev.millrace.source.CopySource.Outcome;
import dev.millrace.source.CopySource.Wanted;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;

/**
 * Documents that are told again on request, one request after another. Each is a window like that
 * of a chunk, and right by the same argument ({@link CopyRules}): opened before it is read, and
 * emitted once the stream has passed the read, but for what an event changed meanwhile. A document
 * that was looked for and not found is told of as well. What one reply of the source does not hold
 * is another window. Belongs to the delivering thread.
 */
final class Renewals {
  static final int MOST_IDS = 1_000;

  private final CopyRules rules;
  private final Watermarks watermarks;
  private final CopyDesk desk;
  private final Predicate<Namespace> followed;
  private final Consumer<CompletableFuture<Void>> emitted;
  private final ArrayDeque<Renewal> waiting = new ArrayDeque<>();
  private @Nullable Renewal open;

  /**
   * @param followed whether a collection of that name is, should there be one
   * @param emitted is given the answer to complete once what was emitted is durable
   */
  Renewals(
      CopyContext context,
      CopyDesk desk,
      Predicate<Namespace> followed,
      Consumer<CompletableFuture<Void>> emitted) {
    this.rules = context.rules();
    this.watermarks = context.watermarks();
    this.desk = desk;
    this.followed = followed;
    this.emitted = emitted;
  }

  void ask(CopyRequest.Renew request, CompletableFuture<Void> answer) {
    if (request.ids().size() > MOST_IDS) {
      answer.completeExceptionally(
          Failure.fatal(
              "MR-RENEW-MANY",
              "%d documents are to be told again at once: ask for %d at most"
                  .formatted(request.ids().size(), MOST_IDS)));
    } else if (!followed.test(request.namespace())) {
      answer.completeExceptionally(
          Failure.fatal(
              "MR-COLLECTION-UNKNOWN",
              "this pipeline does not follow %s: see `millrace status`"
                  .formatted(request.namespace())));
    } else {
      waiting.add(new Renewal(request.namespace(), request.ids(), answer));
    }
  }

  /** Orders what is to be read next. Between changes only. */
  void turn() {
    if (open == null && watermarks.isAnchored() && !waiting.isEmpty()) {
      Renewal next = waiting.remove();
      open = next;
      read(next, true);
    }
  }

  private void read(Renewal it, boolean exact) {
    it.open(rules.readFrom(watermarks));
    long at = it.openedAt();
    List<BsonValue> ids = it.ids();
    desk.order(
        new Errand<>(
            source -> source.find(new Wanted(it.namespace(), ids, at, exact, false)),
            outcome -> wasRead(it, outcome),
            failure -> end(it, failure)));
  }

  private void wasRead(Renewal it, Outcome outcome) {
    if (open != it) {
      return;
    }
    switch (outcome) {
      case Outcome.Rows rows when it.isStuck(rows) ->
          end(
              it,
              Failure.fatal(
                  "MR-RENEW-REFUSED",
                  "MongoDB brings other documents of %s than those asked for, and not all in one reply: ask for fewer at once"
                      .formatted(it.namespace())));
      case Outcome.Rows rows -> it.rows = rows;
      case Outcome.NotAtThatTime no -> read(it, false);
      case Outcome.Gone gone -> end(it, changed(it));
      case Outcome.Refused refused -> end(it, Failure.fatal("MR-RENEW-REFUSED", refused.reason()));
    }
  }

  private static MillraceException changed(Renewal it) {
    return Failure.transientFailure(
        "MR-RENEW-CHANGED",
        "collection %s was dropped, made or renamed meanwhile: ask again".formatted(it.namespace()),
        null);
  }

  private void end(Renewal it, MillraceException failure) {
    it.answer().completeExceptionally(failure);
    if (open == it) {
      open = null;
    }
  }

  /** What is to be emitted now; null when there is nothing. */
  @Nullable Renewal ready() {
    Renewal it = open;
    Outcome.Rows rows = it == null ? null : it.rows;
    return rows != null && rules.mayEmit(rows.readAt(), watermarks.frontier()) ? it : null;
  }

  /** All that was to be told of it now is in the parcel. */
  void emitted(Renewal it) {
    if (it.ids().isEmpty()) {
      open = null;
      emitted.accept(it.answer());
    } else {
      read(it, true);
    }
  }

  /** Whether something is read that only waits for the stream to come on. */
  boolean waitsForStream() {
    Renewal it = open;
    return it != null && it.rows != null && ready() == null;
  }

  /** A change of the stream was emitted. */
  void happened(Change.Streamed change) {
    Renewal it = open;
    if (it == null) {
      return;
    }
    if (change instanceof Change.OnDocument one) {
      if (change.namespace().equals(it.namespace())) {
        it.note(CanonicalKey.of(one.id()), change.event().clusterTime());
      }
    } else if (isAbout(change, it.namespace())) {
      end(it, changed(it));
    }
  }

  private static boolean isAbout(Change.Streamed change, Namespace namespace) {
    return change.namespace().equals(namespace)
        || (change instanceof Change.Renamed renamed && renamed.to().equals(namespace))
        || (change instanceof Change.DatabaseDropped
            && change.namespace().database().equals(namespace.database()));
  }

  /** The pipeline ends: who still waits is told. */
  void close() {
    Renewal it = open;
    if (it != null) {
      it.answer().completeExceptionally(CopyRequests.ended());
    }
    waiting.forEach(each -> each.answer().completeExceptionally(CopyRequests.ended()));
  }
}
