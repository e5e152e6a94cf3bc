package dev.millrace.engine;

import dev.millrace.model.ClusterTime;
import dev.millrace.model.CollectionCopy;
import dev.millrace.model.CopyState;
import dev.millrace.model.Namespace;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What every checkpoint says of the copy, kept as it changes. Right for what was taken by the
 * sequencer, at any moment.
 */
final class CopyLedger {
  private final boolean active;
  private final Map<Namespace, CollectionWindows> collections = new TreeMap<>();

  /** Those of them that are to be copied: asked for at every turn, and mostly few or none. */
  private final Map<Namespace, CollectionWindows> pending = new TreeMap<>();

  private boolean listed;
  private long barrier;
  private long committed;
  private boolean consistent;
  private CopyState.Edits edits;
  private long revision;
  private CopyState state;

  /** The one asked for last, which nearly always is asked for next. */
  private @Nullable CollectionWindows lastFound;

  CopyLedger(CopyState start) {
    active = start.active();
    start.collections().forEach((name, copy) -> enter(new CollectionWindows(name, copy)));
    listed = start.listed();
    barrier = start.barrier();
    committed = start.committed();
    consistent = start.consistent();
    edits = start.edits();
    revision = start.revision();
    state = start;
  }

  boolean isActive() {
    return active;
  }

  CopyState state() {
    if (state.revision() != revision) {
      Map<Namespace, CollectionCopy> copies = new TreeMap<>();
      collections.forEach((name, windows) -> copies.put(name, windows.copy()));
      state =
          new CopyState(active, revision, listed, copies, barrier, committed, consistent, edits);
    }
    return state;
  }

  long revision() {
    return revision;
  }

  /** Something is otherwise than the last state says. */
  void changed() {
    revision++;
  }

  @Nullable CollectionWindows find(Namespace namespace) {
    CollectionWindows last = lastFound;
    if (last != null && last.namespace.equals(namespace)) {
      return last;
    }
    CollectionWindows found = collections.get(namespace);
    if (found != null) {
      lastFound = found;
    }
    return found;
  }

  Collection<CollectionWindows> all() {
    return collections.values();
  }

  Collection<CollectionWindows> pending() {
    return pending.values();
  }

  private void enter(CollectionWindows windows) {
    collections.put(windows.namespace, windows);
    if (windows.copy().isPending()) {
      pending.put(windows.namespace, windows);
    } else {
      pending.remove(windows.namespace);
    }
  }

  /** Has the collection be copied, or not, as this says. */
  CollectionWindows become(Namespace namespace, CollectionCopy copy) {
    CollectionWindows windows = collections.get(namespace);
    if (windows == null) {
      windows = new CollectionWindows(namespace, copy);
    } else {
      windows.become(copy);
    }
    enter(windows);
    changed();
    return windows;
  }

  void forget(Namespace namespace) {
    CollectionWindows gone = collections.remove(namespace);
    if (gone != null) {
      pending.remove(namespace);
      gone.become(CollectionCopy.empty(null, gone.copy().generation()));
      lastFound = null;
      changed();
    }
  }

  boolean isListed() {
    return listed;
  }

  void listed() {
    if (!listed) {
      listed = true;
      changed();
    }
  }

  /** No commit point before this. */
  void raiseBarrier(long time) {
    if (ClusterTime.isAfter(time, barrier)) {
      barrier = time;
      changed();
    }
  }

  long barrier() {
    return barrier;
  }

  long committed() {
    return committed;
  }

  boolean isConsistent() {
    return consistent;
  }

  void commit(long time) {
    committed = time;
    consistent = true;
    changed();
  }

  void withdraw() {
    consistent = false;
    changed();
  }

  CopyState.Edits edits() {
    return edits;
  }

  void edit(CopyState.Edits next) {
    edits = next;
    changed();
  }

  boolean isPaused(Namespace namespace) {
    return !edits.paused().isEmpty()
        && (edits.paused().contains("*")
            || edits.paused().contains(namespace.collection())
            || edits.paused().contains(namespace.toString()));
  }

  boolean isAnyPending() {
    return active && (!listed || !pending.isEmpty());
  }
}
