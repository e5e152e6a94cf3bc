package dev.millrace.sim;

import dev.millrace.model.Namespace;
import dev.millrace.model.Operation;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A replica set: its oplog, every state it ever was in, and how much of that the majority has.
 * Writes here are what other programs do to it; {@link SimSource} and {@link SimCopySource} are how
 * Millrace sees it.
 */
final class SimMongo {
  static final long EPOCH = 1_700_000_000L << 32;
  static final String DATABASE = "d";

  private record Named(Namespace namespace, UUID uuid, Moment from, Moment to) {}

  final Keys keys;
  private final SplittableRandom random;
  private final Trace trace;
  private final List<Op> oplog = new ArrayList<>();
  private final TreeMap<Long, Catalog> history = new TreeMap<>();
  private final Map<Long, Doc> docs = new HashMap<>();
  private final Set<UUID> capped = new HashSet<>();
  private List<Named> namings = new ArrayList<>();
  private Catalog current = Catalog.EMPTY;
  private long now = EPOCH;
  private long majority = EPOCH;
  private long oldest = EPOCH;
  private long oldestSnapshot = EPOCH;
  private long uuids;
  private long docNumbers;
  private int connections;
  private int lastIndex = -1;

  SimMongo(Keys keys, SplittableRandom random, Trace trace) {
    this.keys = keys;
    this.random = random;
    this.trace = trace;
    history.put(EPOCH, Catalog.EMPTY);
  }

  long now() {
    return now;
  }

  long majority() {
    return majority;
  }

  long oldest() {
    return oldest;
  }

  long oldestSnapshot() {
    return oldestSnapshot;
  }

  /** Raised whenever all connections are cut. */
  int connections() {
    return connections;
  }

  List<Op> oplog() {
    return oplog;
  }

  Catalog current() {
    return current;
  }

  boolean isCapped(UUID uuid) {
    return capped.contains(uuid);
  }

  @Nullable Doc doc(long number) {
    return docs.get(number);
  }

  /** What was there when everything up to this time had happened. */
  Catalog at(long time) {
    Map.Entry<Long, Catalog> entry = history.floorEntry(time);
    return entry == null ? Catalog.EMPTY : entry.getValue();
  }

  /** What was there at a moment, which may lie inside a transaction. */
  Catalog at(Moment moment) {
    Catalog catalog = at(moment.time());
    Op last = null;
    for (int n = oplog.size() - 1; n >= 0 && oplog.get(n).time() >= moment.time(); n--) {
      if (oplog.get(n).time() == moment.time()) {
        last = oplog.get(n);
        break;
      }
    }
    if (last == null || last.at().index() <= moment.index()) {
      return catalog;
    }
    catalog = at(moment.time() - 1);
    for (Op op : oplog) {
      if (op.time() == moment.time() && op.at().index() <= moment.index()) {
        catalog = catalog.after(op, keys.count());
      }
    }
    return catalog;
  }

  /** Whether this collection had this name at some moment after this one, or at it. */
  boolean isNamedAfter(Namespace namespace, UUID uuid, Moment moment) {
    return namings.stream()
        .anyMatch(it ->
            it.namespace().equals(namespace) && it.uuid().equals(uuid) && it.to().isAfter(moment));
  }

  // ---- what happens to it

  /** A tick at which nothing of interest is written. */
  long noop() {
    tick();
    history.put(now, current);
    return now;
  }

  /** A write that the majority has before it is answered. */
  long majorityWrite() {
    noop();
    majority = now;
    return now;
  }

  void majorityTo(long time) {
    majority = Math.max(majority, Math.min(time, now));
  }

  private void tick() {
    now += 1 + (random.nextInt(3) == 0 ? random.nextInt(3) : 0);
    lastIndex = -1;
  }

  /** Begins a transaction; what follows has one time, until {@link #commit}. */
  void begin() {
    tick();
  }

  void commit() {
    history.put(now, current);
    trace.say(() -> "  oplog " + oplog.stream().filter(op -> op.time() == now).toList());
  }

  /** What has this time; more than one are a transaction. */
  List<Op> transaction(long time) {
    int end = oplog.size();
    while (end > 0 && oplog.get(end - 1).time() > time) {
      end--;
    }
    int from = end;
    while (from > 0 && oplog.get(from - 1).time() == time) {
      from--;
    }
    return oplog.subList(from, end);
  }

  private Moment next() {
    return new Moment(now, ++lastIndex);
  }

  private void log(Op op) {
    oplog.add(op);
    current = current.after(op, keys.count());
  }

  UUID create(Namespace namespace, boolean isCapped) {
    UUID uuid = new UUID(0x4000L, ++uuids);
    Moment at = next();
    if (isCapped) {
      capped.add(uuid);
    }
    log(new Op(at, Operation.CREATE, namespace, null, uuid, null, -1, null, null));
    namings.add(new Named(namespace, uuid, at, Moment.NEVER));
    return uuid;
  }

  void drop(Namespace namespace) {
    UUID uuid = uuid(namespace);
    Moment at = next();
    log(new Op(at, Operation.DROP, namespace, null, uuid, null, -1, null, null));
    endName(namespace, at);
  }

  void rename(Namespace from, Namespace to) {
    UUID uuid = uuid(from);
    UUID displaced = current.uuid(to);
    Moment at = next();
    log(new Op(at, Operation.RENAME, from, to, uuid, displaced, -1, null, null));
    endName(from, at);
    endName(to, at);
    namings.add(new Named(to, uuid, at, Moment.NEVER));
  }

  /** Drops every collection, each at a time of its own, and then says that the database went. */
  void dropDatabase() {
    for (Namespace namespace : List.copyOf(current.names().keySet())) {
      begin();
      drop(namespace);
      commit();
    }
    begin();
    Namespace database = new Namespace(DATABASE, "");
    log(new Op(next(), Operation.DROP_DATABASE, database, null, null, null, -1, null, null));
    commit();
  }

  /** Inserts, or replaces or updates what is there. */
  Doc put(Namespace namespace, int key) {
    UUID uuid = uuid(namespace);
    Doc before = current.doc(uuid, key);
    Moment at = next();
    // An update keeps the spelling of the _id, a replacement or a new insert need not.
    boolean replaces = before != null && random.nextInt(4) == 0;
    Doc doc =
        new Doc(
            ++docNumbers,
            uuid,
            key,
            before != null && !replaces ? before.id : keys.anySpelling(key, random),
            at);
    docs.put(doc.number, doc);
    if (before != null) {
      before.to = at;
    }
    Operation operation =
        before == null ? Operation.INSERT : replaces ? Operation.REPLACE : Operation.UPDATE;
    log(
        new Op(
            at,
            operation,
            namespace,
            null,
            uuid,
            null,
            key,
            before == null ? doc.id : before.id,
            doc));
    return doc;
  }

  void delete(Namespace namespace, int key) {
    UUID uuid = uuid(namespace);
    Doc before = current.doc(uuid, key);
    if (before == null) {
      throw new IllegalStateException("no such document");
    }
    Moment at = next();
    before.to = at;
    log(new Op(at, Operation.DELETE, namespace, null, uuid, null, key, before.id, null));
  }

  private UUID uuid(Namespace namespace) {
    UUID uuid = current.uuid(namespace);
    if (uuid == null) {
      throw new IllegalStateException("no collection " + namespace);
    }
    return uuid;
  }

  private void endName(Namespace namespace, Moment at) {
    namings.replaceAll(it ->
        it.namespace().equals(namespace) && it.to().equals(Moment.NEVER)
            ? new Named(namespace, it.uuid(), it.from(), at)
            : it);
  }

  /** Another member becomes primary: connections break, and what the majority lacks never was. */
  void stepDown() {
    connections++;
    Moment kept = Moment.endOf(majority);
    for (Op op : oplog) {
      if (op.at().isAfter(kept) && op.doc() != null) {
        docs.remove(op.doc().number);
      }
    }
    docs.values().stream()
        .filter(doc -> isRolledBack(doc.to, kept))
        .forEach(doc -> doc.to = Moment.NEVER);
    oplog.removeIf(op -> op.at().isAfter(kept));
    history.tailMap(majority, false).clear();
    current = at(majority);
    List<Named> after = new ArrayList<>();
    for (Named it : namings) {
      if (!it.from().isAfter(kept)) {
        after.add(
            isRolledBack(it.to(), kept)
                ? new Named(it.namespace(), it.uuid(), it.from(), Moment.NEVER)
                : it);
      }
    }
    namings = after;
    now += 10;
    trace.say(() -> "  STEP-DOWN, everything after " + Trace.time(majority) + " is rolled back");
    majorityWrite();
  }

  private static boolean isRolledBack(Moment end, Moment kept) {
    return !end.equals(Moment.NEVER) && end.isAfter(kept);
  }

  /** Events before this time are in no stream any more. */
  void forgetBefore(long time) {
    oldest = Math.max(oldest, time);
    trace.say(() -> "  OPLOG begins at " + Trace.time(oldest));
  }

  /** States before this time cannot be read any more. */
  void forgetSnapshotsBefore(long time) {
    oldestSnapshot = Math.max(oldestSnapshot, time);
  }
}
