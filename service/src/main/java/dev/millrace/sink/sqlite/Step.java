package dev.millrace.sink.sqlite;

import dev.millrace.model.Namespace;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/** One thing a parcel does, after the steps before it. */
sealed interface Step {
  /**
   * Changes of documents up to the next change of a collection. Only the last of each document is
   * kept: nobody sees the middle of a transaction.
   */
  record Rows(Map<Namespace, Map<String, Row>> byNamespace) implements Step {
    Rows() {
      this(new HashMap<>());
    }

    /**
     * Takes a row in unless what is held for its document is newer.
     *
     * @return how many bytes more are held now
     */
    long put(Namespace namespace, String id, Row row) {
      Map<String, Row> rows = byNamespace.computeIfAbsent(namespace, any -> new LinkedHashMap<>());
      Row held = rows.get(id);
      if (held != null && held.version().compareTo(row.version()) > 0) {
        return 0;
      }
      rows.put(id, row);
      return held == null ? ROW_BYTES + id.length() + bytes(row) : bytes(row) - bytes(held);
    }

    private static long bytes(Row row) {
      return row instanceof Row.Put put ? put.json().length : 0;
    }
  }

  /** A collection came into being. */
  record Create(Namespace namespace) implements Step {}

  /** A collection is gone. */
  record Drop(Namespace namespace) implements Step {}

  /** A collection has another name. */
  record Rename(Namespace from, Namespace to) implements Step {}

  /** A database is gone. */
  record DropDatabase(String database) implements Step {}

  /** What a row costs beside its document: objects, the map's entry, the version. */
  int ROW_BYTES = 200;
}
