package dev.millrace.sink.crate;

import dev.millrace.table.RowVersion;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** One collection's table: the statements that it knows, and what is done to all of its rows. */
final class CrateTable {
  /**
   * A key that is asked for in a list is only found once it is searchable, by {@code OR} at once.
   */
  private static final int KEYS = 100;

  private final CrateClient client;
  private final String schema;
  private final String name;
  private final boolean softDeletes;
  private final boolean marking;
  private Shape shape;

  CrateTable(CrateClient client, String schema, String name, Shape shape, boolean softDeletes) {
    this.client = client;
    this.schema = schema;
    this.name = name;
    this.shape = shape;
    this.softDeletes = softDeletes;
    this.marking = shape.has(Shape.DELETED_AT);
  }

  String name() {
    return name;
  }

  String quoted() {
    return quoted(schema, name);
  }

  static String quoted(String schema, String name) {
    return Names.quoted(schema) + "." + Names.quoted(name);
  }

  boolean isSoft() {
    return softDeletes;
  }

  /** The column of documents, as it was when it was last looked at. */
  Column data() {
    return shape.data();
  }

  /** Looks which columns there are now. */
  void lookAgain() {
    Shape.of(client, schema, name).ifPresent(now -> shape = now);
  }

  /** Whether it may have so many columns more. */
  boolean hasRoomFor(int more) {
    Reply limit =
        client.run(
            "looking at the settings of",
            name,
            "SELECT settings['mapping']['total_fields']['limit'] FROM information_schema.tables"
                + " WHERE table_schema = ? AND table_name = ?",
            schema,
            name);
    long most = limit.rows().path(0).path(0).asLong(Long.MAX_VALUE);
    return shape.count() + more <= most;
  }

  private String columns() {
    return "oid, data, version, data_misfit" + (marking ? ", deleted_at" : "");
  }

  private String places() {
    return marking ? "?, ?, ?, ?, ?" : "?, ?, ?, ?";
  }

  /** Parameters: {@link Document#row}. It leaves a row of a later version as it is. */
  String upsert() {
    StringBuilder sets = new StringBuilder();
    for (String column : List.of(Shape.DATA, Shape.MISFIT, Shape.DELETED_AT)) {
      if (marking || !column.equals(Shape.DELETED_AT)) {
        sets.append(
            "%s = CASE WHEN excluded.version >= coalesce(version, '') THEN excluded.%s ELSE %s END, "
                .formatted(column, column, column));
      }
    }
    return "INSERT INTO %s (%s) VALUES (%s) ON CONFLICT (oid) DO UPDATE SET %sversion = greatest(version, excluded.version)"
        .formatted(quoted(), columns(), places(), sets);
  }

  /** Parameters: {@link Document#row}. */
  String insert() {
    return "INSERT INTO %s (%s) VALUES (%s)".formatted(quoted(), columns(), places());
  }

  /**
   * Parameters: {@link Document#row} without the id; then id, sequence and term of what is held.
   */
  String update() {
    return "UPDATE %s SET data = ?, version = ?, data_misfit = ?%s WHERE oid = ? AND _seq_no = ? AND _primary_term = ?"
        .formatted(quoted(), marking ? ", deleted_at = ?" : "");
  }

  /** Parameters: id, sequence and term of what is held. */
  String delete() {
    return "DELETE FROM %s WHERE oid = ? AND _seq_no = ? AND _primary_term = ?".formatted(quoted());
  }

  /** Parameters: id, version and time of the delete; what is there stays as it is. */
  String mark() {
    return "INSERT INTO %s (oid, version, deleted_at) VALUES (?, ?, ?) ON CONFLICT (oid) DO UPDATE SET deleted_at = CASE WHEN excluded.version >= coalesce(version, '') THEN excluded.deleted_at ELSE deleted_at END, version = greatest(version, excluded.version)"
        .formatted(quoted());
  }

  /** Parameters of the statements above. */
  @Nullable Object[] row(
      String oid,
      Request.@Nullable Json data,
      String version,
      @Nullable String misfit,
      @Nullable String deletedAt) {
    return marking
        ? new @Nullable Object[] {oid, data, version, misfit, deletedAt}
        : new @Nullable Object[] {oid, data, version, misfit};
  }

  /** What is there of these ids now. */
  Map<String, Held> held(Collection<String> oids) {
    Map<String, Held> held = new HashMap<>();
    List<String> all = new ArrayList<>(oids);
    for (int from = 0; from < all.size(); from += KEYS) {
      List<String> some = all.subList(from, Math.min(from + KEYS, all.size()));
      String any = "oid = ?" + " OR oid = ?".repeat(some.size() - 1);
      Reply reply =
          client.run(
              "reading from",
              name,
              "SELECT oid, version, _seq_no, _primary_term FROM %s WHERE %s"
                  .formatted(quoted(), any),
              some.toArray());
      for (JsonNode row : reply.rows().values()) {
        String version = row.get(1).isNull() ? "" : row.get(1).asString();
        held.put(
            row.get(0).asString(), new Held(version, row.get(2).asLong(), row.get(3).asLong()));
      }
    }
    return held;
  }

  /** The document that is there now. */
  Optional<JsonNode> document(String oid) {
    Reply reply =
        client.run(
            "reading from", name, "SELECT data FROM %s WHERE oid = ?".formatted(quoted()), oid);
    return reply.rows().isEmpty() ? Optional.empty() : Optional.of(reply.rows().get(0).get(0));
  }

  /** Removes or marks the rows of an earlier version. */
  void sweep(String version) {
    remove("version < ?", version);
  }

  /** Removes or marks all rows but those of a later version. */
  void removeAll(String version) {
    remove("version <= ?", version);
  }

  /** What is done by condition goes by what is searchable. */
  private void remove(String condition, String version) {
    client.runLong("refreshing", name, "REFRESH TABLE " + quoted());
    String rows = "(%s OR version IS NULL)".formatted(condition);
    if (softDeletes) {
      client.runLong(
          "marking rows of",
          name,
          "UPDATE %s SET deleted_at = ?, version = ? WHERE deleted_at IS NULL AND %s"
              .formatted(quoted(), rows),
          RowVersion.instant(version),
          version,
          version);
    } else {
      client.runLong(
          "removing rows of", name, "DELETE FROM %s WHERE %s".formatted(quoted(), rows), version);
    }
  }
}
