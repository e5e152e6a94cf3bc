package dev.millrace.verify;

import dev.millrace.model.ClusterTime;
import java.util.ArrayList;
import java.util.List;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;

/** What documents were a moment ago, as far as the source still knows. */
final class PastStates {
  private final Lookup lookup;
  private final Documents documents;

  PastStates(Lookup lookup, Documents documents) {
    this.lookup = lookup;
    this.documents = documents;
  }

  /** Whether there are changes, and not too many to look through. */
  static boolean canTell(List<Long> changes) {
    return !changes.isEmpty() && changes.size() <= ChangedRows.MOST_TIMES;
  }

  /**
   * Whether a row has what its document was at a position of the stream, or became behind it. Of a
   * document that changes all the time nothing more can be told, and nothing more is promised.
   *
   * @param held the hash of what the row has; null where there is none
   * @param position the cluster time of the position
   * @param changes when the document changed behind it; {@link #canTell} must say so
   */
  boolean had(RowId row, BsonValue id, @Nullable String held, long position, List<Long> changes) {
    List<Long> times = new ArrayList<>(List.of(ClusterTime.before(position), position));
    times.addAll(changes);
    List<String> wanted = held == null ? List.of() : List.of(held);
    return times.stream().anyMatch(time -> was(row, id, wanted, time));
  }

  private boolean was(RowId row, BsonValue id, List<String> wanted, long time) {
    List<String> found = new ArrayList<>();
    boolean known =
        lookup.findAt(
            row.namespace(), id, time, document -> found.add(documents.hash(document.document())));
    return known && found.equals(wanted);
  }
}
