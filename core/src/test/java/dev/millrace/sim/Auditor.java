package dev.millrace.sim;

import dev.millrace.model.Checkpoint;
import dev.millrace.model.CollectionCopy;
import dev.millrace.model.CommitPoint;
import dev.millrace.model.CopyState;
import dev.millrace.model.KeyRange;
import dev.millrace.model.Namespace;
import dev.millrace.model.Operation;
import dev.millrace.model.Position;
import dev.millrace.source.CopySource;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Holds what is durable and what is published against what the source was: it sees everything and
 * is asked after every step, so that a fault is found where it happens and not only where it ends.
 */
final class Auditor {
  private final World world;
  private final SimMongo mongo;

  /** The latest time that anything emitted can know of. */
  private long seen;

  private @Nullable Checkpoint durable;

  /** Everything up to here is covered by a durable position. */
  private Moment covered = new Moment(0, 0);

  /** The commit point that holds now; null while none does. */
  private @Nullable Long published;

  private String publishedScope = "";

  private int commits;

  Auditor(World world) {
    this.world = world;
    this.mongo = world.mongo;
  }

  int commits() {
    return commits;
  }

  @Nullable Long published() {
    return published;
  }

  void streamed(Op op) {
    seen(op.time());
  }

  void seen(long time) {
    seen = Math.max(seen, time);
  }

  // ---- what is durable: D1, D2, D3

  /** A checkpoint was stored: all that it says is done must be in the sink now. */
  void durable(Checkpoint checkpoint, String where) {
    world.trace.say(() ->
        "    durable in "
            + where
            + ": "
            + Trace.of(checkpoint.position())
            + " term "
            + checkpoint.term()
            + " "
            + describe(checkpoint.copy()));
    Checkpoint before = durable;
    if (before == null || checkpoint.supersedes(before)) {
      durable = checkpoint;
    }
    Moment at = Moment.of(checkpoint.position());
    covered = at.isAfter(covered) ? at : covered;
    CopyState copy = checkpoint.copy();
    if (!copy.active() || !copy.listed()) {
      return;
    }
    Catalog then = mongo.at(at);
    for (Namespace namespace : world.scope(copy.edits())) {
      CollectionCopy state = copy.collections().get(namespace);
      UUID uuid = then.uuid(namespace);
      // What was added since is in the scope that the next stream is opened with.
      boolean isNews = !checkpoint.scope().contains(namespace.toString());
      boolean unknown = uuid != null && state == null && !isNews;
      // What went before it could be listed is known to be gone by the stream.
      if (unknown && !isRedefinedAfter(namespace, at)) {
        throw new Violation(
            "D3: the position "
                + Trace.of(checkpoint.position())
                + " is stored, and nothing of "
                + namespace);
      }
      if (state != null) {
        checkCovered(namespace, state, uuid, then, at);
      }
    }
  }

  private void checkCovered(
      Namespace namespace, CollectionCopy state, @Nullable UUID uuid, Catalog then, Moment at) {
    boolean done = !state.isPending();
    if (state.status() == CollectionCopy.Status.NOT_COPYABLE
        || state.status() == CollectionCopy.Status.LEFT) {
      return;
    }
    for (int key = 0; key < mongo.keys.count(); key++) {
      if (done || isCopied(state, key)) {
        Doc want = then.doc(uuid, key);
        Doc got = world.sink.view.doc(namespace, key);
        if (want != null && got == null && !isGoneAfter(namespace, key, at, Long.MAX_VALUE)) {
          throw new Violation(
              "D2: %s key %d is %s at %s and not in the sink, but stored as copied"
                  .formatted(namespace, key, want, at));
        }
        // A rename that this position does not cover may have brought old rows along already.
        boolean mayBeOld =
            (!done && (state.replaces() || want == null)) || isRedefinedAfter(namespace, at);
        if (got != null && !mayBeOld && !holdsAfter(got, namespace, key, at)) {
          throw new Violation(
              "D1: the sink has %s as %s key %d, which ended before the stored %s"
                  .formatted(got, namespace, key, at));
        }
      }
    }
  }

  /** What became visible at once: it does not end in the midst of a transaction. */
  void unit(List<Item> items, String scope) {
    Position last = null;
    for (Item item : items) {
      Position token = Item.tokenOf(item);
      last = token != null ? token : last;
    }
    if (last == null || world.transactionBytes < 1 << 20) {
      return;
    }
    Moment end = Moment.of(last);
    List<Op> transaction = mongo.transaction(end.time());
    if (transaction.stream().anyMatch(op -> !op.operation().isOnDocument())) {
      // Cut behind a change of a collection: the state that follows from it stands right there.
      return;
    }
    for (Op op : transaction) {
      if (op.at().isAfter(end) && scope.contains(op.namespace().toString())) {
        throw new Violation("half a transaction: what became visible ends before " + op);
      }
    }
  }

  private boolean isCopied(CollectionCopy state, int key) {
    for (KeyRange range : state.ranges()) {
      int from = mongo.keys.number(range.from(), -1);
      int to = mongo.keys.number(range.to(), mongo.keys.count());
      if (key >= from && key < to) {
        return range.complete() || key <= mongo.keys.number(range.done(), -1);
      }
    }
    return false;
  }

  // ---- reading

  /** The start position is durable before anything is read. */
  void windowOpens(Instance instance, String what) {
    if (durable == null) {
      throw new Violation(instance + " " + what + " before the start position is durable");
    }
  }

  /** No chunk of what is stored as copied is read again. */
  void reads(Instance instance, CopySource.Chunk chunk) {
    windowOpens(instance, "reads " + chunk.namespace());
    Checkpoint stored = instance.startedFrom();
    if (instance.isReplaced() || stored == null) {
      return;
    }
    CollectionCopy state = stored.copy().collections().get(chunk.namespace());
    Moment at = Moment.of(stored.position());
    if (state == null
        || !state.isPending()
        || !chunk.uuid().equals(state.uuid())
        || isRedefinedAfter(chunk.namespace(), at)) {
      return;
    }
    CopySource.Span span = chunk.span();
    int first =
        span.after() != null
            ? mongo.keys.number(span.after(), 0) + 1
            : mongo.keys.number(span.from(), 0);
    if (first < mongo.keys.number(span.to(), mongo.keys.count()) && isCopied(state, first)) {
      throw new Violation(
          "%s reads %s from key %d on, which is stored as copied: %s"
              .formatted(instance, chunk.namespace(), first, describe(stored.copy())));
    }
  }

  private boolean isRedefinedAfter(Namespace namespace, Moment moment) {
    return mongo.oplog().stream()
        .anyMatch(op ->
            op.at().isAfter(moment) && !op.operation().isOnDocument() && op.isAbout(namespace));
  }

  // ---- what is published: I4, D5

  /** An instance decided on a commit point: it must be covered by what is durable. */
  void decided(CommitPoint point, String who) {
    for (Op op : mongo.oplog()) {
      boolean lacking =
          op.time() <= point.time()
              && op.time() <= mongo.majority()
              && op.at().isAfter(covered)
              && world.isFollowed(op);
      if (lacking) {
        throw new Violation(
            "D5: %s commits %s while what is durable ends at %s, before %s"
                .formatted(who, Trace.time(point.time()), covered, op));
      }
    }
  }

  /**
   * A commit point is in the sink, or the last one is withdrawn.
   *
   * @param scope what its writer followed; what was added since, the next point is to cover
   */
  void published(CommitPoint point, String scope) {
    if (!point.consistent()) {
      published = null;
      return;
    }
    decided(point, "the sink");
    commits++;
    published = point.time();
    publishedScope = scope;
    world.trace.say(() -> "    PUBLISHED " + Trace.time(point.time()));
    checkPublished();
  }

  /** Something was written to the sink. */
  void applied() {
    if (published != null) {
      checkPublished();
    }
  }

  private void checkPublished() {
    Long time = published;
    if (time == null) {
      return;
    }
    Moment at = Moment.endOf(time);
    Catalog then = mongo.at(time);
    long known = Math.max(seen, time);
    for (Namespace namespace : world.followed()) {
      if (!publishedScope.contains(namespace.toString())) {
        continue;
      }
      for (int key = 0; key < mongo.keys.count(); key++) {
        Doc want = then.doc(namespace, key);
        Doc got = world.sink.view.doc(namespace, key);
        if (got != null && !holdsAfter(got, namespace, key, at)) {
          throw new Violation(
              "I4: at commit point %s the sink has %s as %s key %d, ended at %s; the source has %s"
                  .formatted(Trace.time(time), got, namespace, key, got.to, want));
        }
        if (want != null && got == null && !isGoneAfter(namespace, key, at, known)) {
          throw new Violation(
              "I4: at commit point %s the sink lacks %s key %d, which is %s"
                  .formatted(Trace.time(time), namespace, key, want));
        }
      }
    }
  }

  /** Whether a document's state still was one at some moment after this. */
  private boolean holdsAfter(Doc doc, Namespace namespace, int key, Moment at) {
    return doc.key == key
        && doc.to.isAfter(at)
        && mongo.isNamedAfter(namespace, doc.collection, at);
  }

  /** Whether a document went, by itself or with its collection, after a moment. */
  private boolean isGoneAfter(Namespace namespace, int key, Moment at, long until) {
    List<Op> oplog = mongo.oplog();
    for (int n = oplog.size() - 1; n >= 0 && oplog.get(n).at().isAfter(at); n--) {
      Op op = oplog.get(n);
      boolean goes =
          op.time() <= until
              && ((op.operation() == Operation.DELETE
                      && op.namespace().equals(namespace)
                      && op.key() == key)
                  || ((op.operation() == Operation.DROP || op.operation() == Operation.RENAME)
                      && op.isAbout(namespace)));
      if (goes) {
        return true;
      }
    }
    return false;
  }

  // ---- the end

  /** Null when the sink is as the source; else how it differs. */
  @Nullable String difference() {
    for (Namespace namespace : world.followed()) {
      for (int key = 0; key < mongo.keys.count(); key++) {
        Doc want = mongo.current().doc(namespace, key);
        Doc got = world.sink.view.doc(namespace, key);
        if (want != got) {
          return "%s key %d: the source has %s, the sink %s".formatted(namespace, key, want, got);
        }
      }
    }
    return null;
  }

  @Nullable Checkpoint newestDurable() {
    return durable;
  }

  /** How far the stream is covered by a durable position. */
  Moment covered() {
    return covered;
  }

  static String describe(CopyState copy) {
    StringBuilder text = new StringBuilder();
    text.append(copy.listed() ? "[" : "[not listed ");
    copy.collections()
        .forEach((name, it) -> {
          text.append(name.collection()).append(' ').append(it.status());
          if (it.isPending()) {
            it.ranges().forEach(range -> text.append(' ').append(describe(range)));
          }
          text.append(it.replaces() ? " replaces, " : ", ");
        });
    return text.append("B ")
        .append(Trace.time(copy.barrier()))
        .append(" T ")
        .append(Trace.time(copy.committed()))
        .append(copy.consistent() ? "" : "?")
        .append(']')
        .toString();
  }

  private static String describe(KeyRange range) {
    return "%s..%s:%s"
        .formatted(
            range.from() == null ? "" : range.from(),
            range.to() == null ? "" : range.to(),
            range.complete() ? "all" : range.done() == null ? "none" : range.done());
  }
}
