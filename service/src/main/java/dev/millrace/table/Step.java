package dev.millrace.table;

import dev.millrace.model.CommitPoint;
import dev.millrace.model.Namespace;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * One thing a parcel does to tables, after the steps before it. Where it has a version, as {@link
 * RowVersion} writes it, single rows of a later one are left alone; drops and renames take all
 * rows.
 */
public sealed interface Step {
  /**
   * Rows up to the next step that is about a whole table. Only the last state of each document is
   * kept: nobody sees the middle of a transaction.
   *
   * @param renewed keys of which whatever is there goes before these are written
   * @param softDeletes whether a deleted document's row stays, so that its last state is not passed
   *     over where it came in the same parcel
   */
  record Rows(
      Map<Namespace, Map<String, Row>> byNamespace,
      Map<Namespace, Set<String>> renewed,
      boolean softDeletes)
      implements Step {
    Rows(boolean softDeletes) {
      this(new HashMap<>(), new HashMap<>(), softDeletes);
    }

    /** Takes a row in that replaces whatever there is of its document, of any version. */
    long renew(Namespace namespace, String key, Row row) {
      renewed.computeIfAbsent(namespace, any -> new HashSet<>()).add(key);
      Map<String, Row> rows = byNamespace.computeIfAbsent(namespace, any -> new LinkedHashMap<>());
      Row held = rows.put(key, row);
      return ROW_BYTES + key.length() + bytes(row) - (held == null ? 0 : bytes(held));
    }

    /**
     * Takes a row in unless what is held for its document is newer.
     *
     * @return how many bytes more are held now
     */
    long put(Namespace namespace, String key, Row row) {
      Map<String, Row> rows = byNamespace.computeIfAbsent(namespace, any -> new LinkedHashMap<>());
      Row held = rows.get(key);
      if (held == null) {
        rows.put(key, row);
        return ROW_BYTES + key.length() + bytes(row);
      }
      if (held.version().compareTo(row.version()) > 0) {
        return 0;
      }
      Row next = softDeletes ? marked(held, row) : row;
      rows.put(key, next);
      return bytes(next) - bytes(held);
    }

    private static Row marked(Row held, Row next) {
      if (!(next instanceof Row.Gone)) {
        return next;
      }
      return switch (held) {
        case Row.Put put -> new Row.Marked(next.version(), put.json());
        case Row.Marked marked -> new Row.Marked(next.version(), marked.json());
        case Row.Gone gone -> next;
        case Row.Misfit misfit -> next;
      };
    }

    private static long bytes(Row row) {
      return switch (row) {
        case Row.Put put -> put.json().length;
        case Row.Marked marked -> marked.json().length;
        case Row.Gone gone -> 0;
        case Row.Misfit misfit -> misfit.json() == null ? 0 : misfit.json().length;
      };
    }
  }

  /** A collection came into being. */
  record Create(Namespace namespace) implements Step {}

  /** A collection is gone. */
  record Drop(Namespace namespace, String version) implements Step {}

  /** A collection has another name. */
  record Rename(Namespace from, Namespace to, String version) implements Step {}

  /** A database is gone. */
  record DropDatabase(String database, String version) implements Step {}

  /** A collection is about to be copied anew. */
  record Reset(Namespace namespace, String version) implements Step {}

  /**
   * A collection is copied: rows of an earlier version than this are of documents that are gone.
   */
  record Sweep(Namespace namespace, String version) implements Step {}

  /** The tables may be taken for this as a whole. */
  record Commit(CommitPoint point) implements Step {}

  /** What a row costs beside its document: objects, the map's entry, the version. */
  int ROW_BYTES = 200;
}
