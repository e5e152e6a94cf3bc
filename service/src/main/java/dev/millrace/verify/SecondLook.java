package dev.millrace.verify;

import dev.millrace.model.Namespace;
import dev.millrace.table.TableView;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;

/** Looks up single documents and their rows, and holds them against each other by their hashes. */
final class SecondLook {
  private static final int ROWS_AT_ONCE = 500;

  private final TableView tables;
  private final Lookup lookup;
  private final Documents documents;
  private final boolean extras;

  /**
   * How a row differs.
   *
   * @param held the hash of what it has; null where there is no row
   */
  record Differs(Difference how, @Nullable String held) {}

  /**
   * @param extras whether a row without a document differs
   */
  SecondLook(TableView tables, Lookup lookup, Documents documents, boolean extras) {
    this.extras = extras;
    this.tables = tables;
    this.lookup = lookup;
    this.documents = documents;
  }

  /**
   * Those that differ now.
   *
   * @param suspects with the {@code _id}s to ask for them by
   * @param after documents are as they are at that time or later
   */
  Map<RowId, Differs> at(Map<RowId, BsonValue> suspects, long after) {
    Map<Namespace, List<RowId>> byNamespace = new LinkedHashMap<>();
    suspects
        .keySet()
        .forEach(
            row -> byNamespace.computeIfAbsent(row.namespace(), any -> new ArrayList<>()).add(row));
    Map<RowId, Differs> found = new LinkedHashMap<>();
    byNamespace.forEach((namespace, rows) -> {
      for (int at = 0; at < rows.size(); at += ROWS_AT_ONCE) {
        List<RowId> some = rows.subList(at, Math.min(rows.size(), at + ROWS_AT_ONCE));
        compare(namespace, some, suspects, after, found);
      }
    });
    return found;
  }

  /** Documents first: the sink is behind, and so has the better chance to have the same. */
  private void compare(
      Namespace namespace,
      List<RowId> rows,
      Map<RowId, BsonValue> suspects,
      long after,
      Map<RowId, Differs> found) {
    List<String> keys = rows.stream().map(RowId::key).toList();
    Set<String> asked = new HashSet<>(keys);
    Map<String, String> wanted = new HashMap<>();
    lookup.find(
        namespace,
        rows.stream().map(suspects::get).toList(),
        false,
        after,
        row -> {
          String key = tables.key(row.id());
          if (asked.contains(key)) {
            wanted.put(key, documents.hash(row.document()));
          }
        });
    Map<String, String> held = new HashMap<>();
    tables.rows(
        namespace,
        keys,
        (key, json) -> held.put(key, json == null ? "none" : JsonValue.hash(json)));
    for (RowId row : rows) {
      String document = wanted.get(row.key());
      String json = held.get(row.key());
      if (document == null) {
        if (json != null && extras) {
          found.put(row, new Differs(Difference.EXTRA, json));
        }
      } else if (json == null) {
        found.put(row, new Differs(Difference.MISSING, null));
      } else if (!document.equals(json)) {
        found.put(row, new Differs(Difference.DIFFERENT, json));
      }
    }
  }
}
