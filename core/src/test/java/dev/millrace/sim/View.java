package dev.millrace.sim;

import dev.millrace.model.Namespace;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What whoever reads a sink holds of the collections: a table's rows, or what a log comes to. */
final class View {
  private static final Moment NOTHING = new Moment(0, 0);

  /**
   * @param doc null for a tombstone
   * @param reset which reset was the last before it was written
   */
  private record Cell(@Nullable Doc doc, Moment version, int reset) {}

  private final class Rows {
    final Cell[] cells = new Cell[keys];
    Moment floor = NOTHING;
    String generation = "";
    int resets;
  }

  private final SinkKind kind;
  private final int keys;
  private final Map<Namespace, Rows> collections = new HashMap<>();

  View(SinkKind kind, int keys) {
    this.kind = kind;
    this.keys = keys;
  }

  @Nullable Doc doc(Namespace namespace, int key) {
    Rows rows = collections.get(namespace);
    Cell cell = rows == null ? null : rows.cells[key];
    return cell == null ? null : cell.doc();
  }

  /**
   * @param scope what the writer follows; rows that get another name are kept only there
   */
  void apply(Item item, String scope) {
    switch (item) {
      case Item.Row row -> write(row);
      case Item.Cleared cleared -> {
        if (cleared.namespace().collection().isEmpty()) {
          World.NAMES.forEach(name -> clear(name, cleared.version()));
        } else {
          clear(cleared.namespace(), cleared.version());
        }
      }
      case Item.Moved moved -> move(moved, scope.contains(moved.to().toString()));
      case Item.Reset reset -> {
        Rows rows = rows(reset.namespace());
        if (!rows.generation.equals(reset.generation().id())) {
          rows.generation = reset.generation().id();
          rows.resets++;
        }
      }
      case Item.Swept swept -> sweep(swept);
      case Item.Told told -> {}
      case Item.Committed committed -> {}
    }
  }

  private void write(Item.Row row) {
    Rows rows = rows(row.namespace());
    Cell before = rows.cells[row.key()];
    // Who cannot be written to by somebody late takes a renewed row whatever it has.
    boolean anyway = row.isRenewed() && kind.fence == SinkKind.Fence.TERM;
    if (kind.hasVersions && !anyway) {
      boolean late =
          !row.version().isAfter(rows.floor)
              || (before != null && before.version().isAfter(row.version()));
      if (late) {
        return;
      }
    }
    rows.cells[row.key()] = new Cell(row.doc(), row.version(), rows.resets);
  }

  private void clear(Namespace namespace, Moment version) {
    Rows rows = rows(namespace);
    for (int key = 0; key < keys; key++) {
      Cell cell = rows.cells[key];
      if (cell != null && !(kind.hasVersions && cell.version().isAfter(version))) {
        rows.cells[key] = null;
      }
    }
    raiseFloor(rows, version);
  }

  private void move(Item.Moved moved, boolean isFollowed) {
    Cell[] from = rows(moved.namespace()).cells.clone();
    clear(moved.to(), moved.version());
    clear(moved.namespace(), moved.version());
    Rows to = rows(moved.to());
    for (int key = 0; key < keys; key++) {
      Cell cell = from[key];
      boolean goesAlong =
          isFollowed
              && cell != null
              && to.cells[key] == null
              && !cell.version().isAfter(moved.version());
      if (goesAlong && cell != null) {
        to.cells[key] = new Cell(cell.doc(), cell.version(), to.resets);
      }
    }
  }

  private void sweep(Item.Swept swept) {
    Rows rows = rows(swept.namespace());
    Moment since = Moment.endOf(swept.generation().since());
    for (int key = 0; key < keys; key++) {
      Cell cell = rows.cells[key];
      boolean untouched =
          cell != null
              && (kind.isLog() ? cell.reset() < rows.resets : !cell.version().isAfter(since));
      if (untouched) {
        rows.cells[key] = null;
      }
    }
    raiseFloor(rows, since);
  }

  /** Who has no transactions and no fence must refuse late rows of what is gone by itself. */
  private void raiseFloor(Rows rows, Moment version) {
    if (kind.hasVersions && version.isAfter(rows.floor)) {
      rows.floor = version;
    }
  }

  private Rows rows(Namespace namespace) {
    return collections.computeIfAbsent(namespace, it -> new Rows());
  }
}
