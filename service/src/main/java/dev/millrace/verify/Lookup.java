package dev.millrace.verify;

import dev.millrace.json.CanonicalKey;
import dev.millrace.model.Failure;
import dev.millrace.model.Namespace;
import dev.millrace.source.CopySource;
import dev.millrace.source.CopySource.Outcome;
import dev.millrace.source.CopySource.Row;
import dev.millrace.source.CopySource.Wanted;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.bson.BsonValue;

/** Looks single documents up, one reply of the source after another. */
final class Lookup {
  private final CopySource source;

  Lookup(CopySource source) {
    this.source = source;
  }

  /**
   * Finds documents by their {@code _id}s. In a collection whose own collation takes several texts
   * for the same, also one that was not asked for may come.
   *
   * @param idsAlone whether all else may be left out of the documents
   * @param after as they are at that cluster time or later
   * @param found is told of those that there are, in no order
   */
  void find(
      Namespace namespace,
      Collection<BsonValue> ids,
      boolean idsAlone,
      long after,
      Consumer<Row> found) {
    List<BsonValue> left = List.copyOf(ids);
    while (!left.isEmpty()) {
      Outcome.Rows rows = rows(new Wanted(namespace, left, after, false, idsAlone));
      Set<String> told = new HashSet<>();
      for (Row row : rows.rows()) {
        found.accept(row);
        told.add(CanonicalKey.of(row.id()));
      }
      List<BsonValue> rest = new ArrayList<>(left);
      rest.removeIf(id -> rows.complete() || told.contains(CanonicalKey.of(id)));
      if (rest.size() == left.size()) {
        throw Failure.fatal(
            "MR-VERIFY-REFUSED",
            "MongoDB brings other documents of %s than those asked for, and not all in one reply"
                .formatted(namespace));
      }
      left = rest;
    }
  }

  private Outcome.Rows rows(Wanted wanted) {
    return switch (source.find(wanted)) {
      case Outcome.Rows rows -> rows;
      case Outcome.NotAtThatTime no ->
          throw Failure.transientFailure(
              "MR-SOURCE-BEHIND", "the primary has not come as far as another one has told", null);
      case Outcome.Gone gone -> throw new IllegalStateException("asked for by name, and gone");
      case Outcome.Refused refused -> throw Failure.fatal("MR-VERIFY-REFUSED", refused.reason());
    };
  }

  /**
   * Finds a document as it was.
   *
   * @return whether the source still, or already, has that time; nothing was found where not
   */
  boolean findAt(Namespace namespace, BsonValue id, long time, Consumer<Row> found) {
    if (source.find(new Wanted(namespace, List.of(id), time, true, false))
            instanceof Outcome.Rows rows
        && rows.readAt() == time) {
      rows.rows().forEach(found);
      return true;
    }
    return false;
  }
}
