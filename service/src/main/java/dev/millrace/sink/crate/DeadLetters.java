package dev.millrace.sink.crate;

import dev.millrace.letters.Address;
import dev.millrace.letters.DeadLetter;
import dev.millrace.letters.Which;
import dev.millrace.model.Namespace;
import dev.millrace.table.Row;
import dev.millrace.table.RowVersion;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Documents that their table does not take: a row for each, with the newest state that was refused.
 * It ends with a later state that fits, with the document, and with its collection.
 *
 * <p>A letter and its document's row are not written as one. What a crash comes between is
 * delivered again, and ends the letter then. Which letters there are is kept in memory: rows are
 * looked up by their whole keys alone, which sees what is not searchable yet. For one thread, but
 * for {@link #count}.
 */
final class DeadLetters {
  static final String NAME = "millrace_dead_letters";

  private static final int LOADED = 10_000;

  private final CrateClient client;
  private final String schema;
  private final String table;
  private final String pipeline;

  /** Versions by id. */
  private final Map<Namespace, Map<String, String>> open = new HashMap<>();

  /** Kept since {@link #beginRows}. */
  private final Set<Address> kept = new HashSet<>();

  private boolean isThere;
  private volatile long count;

  DeadLetters(CrateClient client, String schema, String pipeline) {
    this.client = client;
    this.schema = schema;
    this.table = CrateTable.quoted(schema, NAME);
    this.pipeline = pipeline;
  }

  /** Reads which there are. */
  void load() {
    LetterRows rows = new LetterRows(client, table, pipeline);
    isThere = Shape.of(client, schema, NAME).isPresent();
    open.clear();
    Optional<Address> after = Optional.empty();
    do {
      List<DeadLetter> page = isThere ? rows.page(Which.ALL, after, LOADED) : List.of();
      page.forEach(letter -> note(letter.address(), letter.version()));
      after = page.size() < LOADED ? Optional.empty() : Optional.of(page.getLast().address());
    } while (after.isPresent());
    recount();
  }

  /** How many there are, as far as is known; any thread. */
  long count() {
    return count;
  }

  /** A person may have discarded some. */
  void lookAgain() {
    if (count > 0 && new LetterRows(client, table, pipeline).count(Which.ALL) != count) {
      load();
    }
  }

  private void note(Address address, String version) {
    open.computeIfAbsent(address.namespace(), any -> new HashMap<>())
        .merge(address.id(), version, (one, other) -> one.compareTo(other) > 0 ? one : other);
  }

  private void recount() {
    open.values().removeIf(Map::isEmpty);
    count = open.values().stream().mapToLong(Map::size).sum();
  }

  /** Rows are about to be written; what is kept of them from here on does not end. */
  void beginRows() {
    kept.clear();
  }

  /**
   * These rows are written, or kept here.
   *
   * @param renewed those of them that stand for any older state
   */
  void end(Namespace namespace, Map<String, Row> rows, Set<String> renewed) {
    Map<String, String> ours = open.getOrDefault(namespace, Map.of());
    if (ours.isEmpty()) {
      return;
    }
    List<String> over = new ArrayList<>();
    rows.forEach((id, row) -> {
      String version = ours.get(id);
      if (version != null
          && (renewed.contains(id) || version.compareTo(row.version()) <= 0)
          && !kept.contains(new Address(namespace, id))) {
        over.add(id);
      }
    });
    remove(namespace, over);
  }

  /** The collection is gone, and with it its documents of up to this version. */
  void endAll(Namespace namespace, String version) {
    endWhere(namespace, version, order -> order <= 0);
  }

  /** What a complete copy left alone is gone. */
  void sweep(Namespace namespace, String version) {
    endWhere(namespace, version, order -> order < 0);
  }

  private void endWhere(Namespace namespace, String version, IntPredicate isOver) {
    List<String> over = new ArrayList<>();
    open.getOrDefault(namespace, Map.of())
        .forEach((id, held) -> {
          if (isOver.test(held.compareTo(version))) {
            over.add(id);
          }
        });
    remove(namespace, over);
  }

  private void remove(Namespace namespace, List<String> ids) {
    for (String id : ids) {
      client.run(
          "removing from",
          NAME,
          "DELETE FROM %s WHERE %s".formatted(table, LetterRows.KEY),
          pipeline,
          namespace.database(),
          namespace.collection(),
          id);
    }
    open.getOrDefault(namespace, Map.of()).keySet().removeAll(ids);
    recount();
  }

  /**
   * They go with their collection to its new name; what was there is gone. They get the rename's
   * version, so that the same rename, when a start repeats it, does not take them for what it
   * drops.
   */
  void rename(Namespace from, Namespace to, String version) {
    sweep(to, version);
    Map<String, String> moving = open.getOrDefault(from, Map.of());
    if (moving.isEmpty()) {
      return;
    }
    client.run("refreshing", NAME, "REFRESH TABLE " + table);
    client.run(
        "moving rows of",
        NAME,
        """
        INSERT INTO %s
          (pipeline, database_name, collection_name, id, version, code, reason, document, at)
        (SELECT pipeline, ?, ?, id, ?, code, reason, document, at FROM %s
          WHERE pipeline = ? AND database_name = ? AND collection_name = ?)
        ON CONFLICT DO NOTHING
        """
            .formatted(table, table),
        to.database(),
        to.collection(),
        version,
        pipeline,
        from.database(),
        from.collection());
    moving.keySet().forEach(id -> note(new Address(to, id), version));
    remove(from, List.copyOf(moving.keySet()));
  }

  void write(Namespace namespace, Document document, String code, String reason) {
    write(
        new Address(namespace, document.oid()), document.version(), code, reason, document.text());
  }

  /**
   * Keeps one, in place of an older one of its document.
   *
   * @param text the document as JSON, as far as there is any
   */
  void write(Address address, String version, String code, String reason, @Nullable String text) {
    Namespace namespace = address.namespace();
    create();
    client.run(
        "writing to",
        NAME,
        """
        INSERT INTO %s
          (pipeline, database_name, collection_name, id, version, code, reason, document, at)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (pipeline, database_name, collection_name, id) DO UPDATE SET
          code = CASE WHEN excluded.version >= version THEN excluded.code ELSE code END,
          reason = CASE WHEN excluded.version >= version THEN excluded.reason ELSE reason END,
          document = CASE WHEN excluded.version >= version THEN excluded.document ELSE document END,
          at = CASE WHEN excluded.version >= version THEN excluded.at ELSE at END,
          version = greatest(version, excluded.version)
        """
            .formatted(table),
        pipeline,
        namespace.database(),
        namespace.collection(),
        address.id(),
        version,
        code,
        reason,
        text,
        RowVersion.instant(version));
    note(address, version);
    kept.add(address);
    recount();
  }

  /**
   * The versions of those of these documents that have one; also of one that is over.
   *
   * @param ids some hundred at most, and one at least
   */
  Map<String, String> of(Namespace namespace, Collection<String> ids) {
    if (Shape.of(client, schema, NAME).isEmpty()) {
      return Map.of();
    }
    client.run("refreshing", NAME, "REFRESH TABLE " + table);
    List<String> parameters =
        new ArrayList<>(List.of(pipeline, namespace.database(), namespace.collection()));
    parameters.addAll(ids);
    Reply reply =
        client.run(
            "reading from",
            NAME,
            "SELECT id, version FROM %s WHERE pipeline = ? AND database_name = ? AND collection_name = ? AND id IN (?%s) LIMIT %d"
                .formatted(table, ", ?".repeat(ids.size() - 1), ids.size()),
            parameters.toArray());
    Map<String, String> versions = new HashMap<>();
    reply
        .rows()
        .values()
        .forEach(row -> versions.put(row.get(0).asString(), row.get(1).asString()));
    return versions;
  }

  private void create() {
    if (isThere) {
      return;
    }
    client.run(
        "making",
        NAME,
        """
        CREATE TABLE IF NOT EXISTS %s (
          pipeline TEXT, database_name TEXT, collection_name TEXT, id TEXT,
          version TEXT, code TEXT, reason TEXT INDEX OFF STORAGE WITH (columnstore = false),
          document TEXT INDEX OFF STORAGE WITH (columnstore = false),
          at TIMESTAMP WITH TIME ZONE,
          PRIMARY KEY (pipeline, database_name, collection_name, id))
        CLUSTERED INTO 1 SHARDS
        """
            .formatted(table));
    isThere = true;
  }
}
