package dev.millrace.verify;

import dev.millrace.model.Batch;
import dev.millrace.model.Change;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.ClusterTime;
import dev.millrace.model.Namespace;
import dev.millrace.source.Source;
import dev.millrace.source.StartFrom;
import dev.millrace.table.TableView;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What of some rows' documents changed behind a position of the stream, by the stream itself: to
 * read a document twice and find it the same does not say that it was not another one in between.
 */
final class ChangedRows {
  /** Of more changes to one document one more is kept, and nothing said of the others. */
  static final int MOST_TIMES = 100;

  private static final long POLL_MILLIS = 50;

  private final TableView tables;
  private final Set<RowId> asked;
  private final Map<RowId, List<Long>> rows = new HashMap<>();
  private final Set<Namespace> collections = new HashSet<>();
  private final Set<String> databases = new HashSet<>();

  private ChangedRows(TableView tables, Set<RowId> asked) {
    this.tables = tables;
    this.asked = asked;
  }

  /**
   * Reads all changes behind the checkpoint up to a time.
   *
   * @return empty where that took longer than anybody waits
   * @throws dev.millrace.model.MillraceException with {@code PositionLost} where the source no
   *     longer has them
   */
  static Optional<ChangedRows> between(
      Checkpoint checkpoint, long until, Parts parts, Set<RowId> asked, Patience patience) {
    ChangedRows changed = new ChangedRows(parts.tables(), asked);
    try (Source source =
        parts
            .opener()
            .open(Optional.of(checkpoint), new StartFrom.Now(), checkpoint.copy().edits())) {
      long reached = ClusterTime.NONE;
      while (!ClusterTime.isAfter(reached, until)) {
        if (patience.isOver()) {
          return Optional.empty();
        }
        reached = ClusterTime.later(reached, changed.note(source.poll(POLL_MILLIS)));
      }
    }
    return Optional.of(changed);
  }

  /** Returns a time before which nothing will come any more. */
  private long note(Batch batch) {
    long reached = ClusterTime.NONE;
    for (Iterator<Change.Streamed> changes = batch.changes(); changes.hasNext(); ) {
      Change.Streamed change = changes.next();
      note(change);
      reached = ClusterTime.later(reached, change.event().clusterTime());
    }
    return ClusterTime.later(reached, batch.frontier());
  }

  private void note(Change.Streamed change) {
    switch (change) {
      case Change.OnDocument document -> {
        RowId row = new RowId(change.namespace(), tables.key(document.id()));
        if (asked.contains(row)) {
          List<Long> times = rows.computeIfAbsent(row, any -> new ArrayList<>());
          if (times.size() <= MOST_TIMES) {
            times.add(change.event().clusterTime());
          }
        }
      }
      case Change.Created created -> collections.add(created.namespace());
      case Change.Dropped dropped -> collections.add(dropped.namespace());
      case Change.Renamed renamed -> {
        collections.add(renamed.namespace());
        collections.add(renamed.to());
      }
      case Change.DatabaseDropped dropped -> databases.add(dropped.namespace().database());
    }
  }

  boolean has(RowId row) {
    return rows.containsKey(row)
        || collections.contains(row.namespace())
        || databases.contains(row.namespace().database());
  }

  /** When its document changed, each a cluster time; those of its collection are not among them. */
  List<Long> times(RowId row) {
    return rows.getOrDefault(row, List.of());
  }
}
