package dev.millrace.sink.crate;

import dev.millrace.letters.Address;
import dev.millrace.letters.DeadLetter;
import dev.millrace.letters.Which;
import dev.millrace.model.Namespace;
import dev.millrace.table.DocumentKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Reads a pipeline's rows of {@code millrace_dead_letters}, which is there. */
final class LetterRows {
  /** One row by its whole key, which sees it at once. */
  static final String KEY = "pipeline = ? AND database_name = ? AND collection_name = ? AND id = ?";

  private static final String COLUMNS =
      "SELECT database_name, collection_name, id, version, code, reason, %s";

  /** Only what an id cannot tell is looked for in the document, which may be large. */
  private static final String SHORT = "CASE WHEN id LIKE '{\"$sha256\":%' THEN document END";

  private final CrateClient client;
  private final String table;
  private final String pipeline;

  LetterRows(CrateClient client, String table, String pipeline) {
    this.client = client;
    this.table = table;
    this.pipeline = pipeline;
  }

  long count(Which which) {
    refresh();
    Condition condition = new Condition(which);
    return run("SELECT count(*) FROM %s WHERE %s".formatted(table, condition.sql), condition)
        .rows()
        .get(0)
        .get(0)
        .asLong();
  }

  List<DeadLetter> page(Which which, Optional<Address> after, int limit) {
    Condition condition = new Condition(which);
    after.ifPresent(condition::after);
    return some(condition, "1, 2, 3", limit);
  }

  List<DeadLetter> newest(int limit) {
    return some(new Condition(Which.ALL), "version DESC, 1, 2, 3", limit);
  }

  private List<DeadLetter> some(Condition condition, String order, int limit) {
    refresh();
    Reply reply =
        run(
            "%s FROM %s WHERE %s ORDER BY %s LIMIT %d"
                .formatted(COLUMNS.formatted(SHORT), table, condition.sql, order, limit),
            condition);
    List<DeadLetter> letters = new ArrayList<>();
    // Without the documents that were looked into.
    reply.rows().values().forEach(row -> letters.add(letter(row).withoutDocument()));
    return letters;
  }

  Optional<DeadLetter> find(Address address) {
    JsonNode rows =
        client
            .run(
                "reading from",
                DeadLetters.NAME,
                "%s FROM %s WHERE %s".formatted(COLUMNS.formatted("document"), table, KEY),
                key(address))
            .rows();
    return rows.isEmpty() ? Optional.empty() : Optional.of(letter(rows.get(0)));
  }

  /** Removes one if it is of this version; whether it was. */
  boolean remove(Address address, String version) {
    JsonNode rows =
        client
            .run(
                "reading from",
                DeadLetters.NAME,
                "SELECT version, _seq_no, _primary_term FROM %s WHERE %s".formatted(table, KEY),
                key(address))
            .rows();
    if (rows.isEmpty() || !rows.get(0).get(0).asString().equals(version)) {
      return false;
    }
    List<@Nullable Object> parameters = new ArrayList<>(List.of(key(address)));
    parameters.add(rows.get(0).get(1).asLong());
    parameters.add(rows.get(0).get(2).asLong());
    return client
            .run(
                "removing from",
                DeadLetters.NAME,
                "DELETE FROM %s WHERE %s AND _seq_no = ? AND _primary_term = ?"
                    .formatted(table, KEY),
                parameters.toArray())
            .rowCount()
        == 1;
  }

  private Object[] key(Address address) {
    Namespace namespace = address.namespace();
    return new Object[] {pipeline, namespace.database(), namespace.collection(), address.id()};
  }

  private void refresh() {
    client.run("refreshing", DeadLetters.NAME, "REFRESH TABLE " + table);
  }

  private Reply run(String sql, Condition condition) {
    return client.run("reading from", DeadLetters.NAME, sql, condition.parameters.toArray());
  }

  private static DeadLetter letter(JsonNode row) {
    String id = row.get(2).asString();
    String document = row.get(6).isNull() ? null : row.get(6).asString();
    return DeadLetter.ofRow(
        new Address(new Namespace(row.get(0).asString(), row.get(1).asString()), id),
        DocumentKey.of(id, document),
        row.get(3).asString(),
        row.get(4).asString(),
        row.get(5).asString(),
        document);
  }

  /** What a statement is about, with its parameters. */
  private final class Condition {
    private final StringBuilder sql = new StringBuilder("pipeline = ?");
    private final List<String> parameters = new ArrayList<>(List.of(pipeline));

    Condition(Which which) {
      String separator = " AND (";
      for (Namespace namespace : which.collections()) {
        sql.append(separator).append("(database_name = ? AND collection_name = ?)");
        parameters.add(namespace.database());
        parameters.add(namespace.collection());
        separator = " OR ";
      }
      sql.append(which.collections().isEmpty() ? "" : ")");
      which.id().ifPresent(id -> and("id = ?", id));
    }

    /** CrateDB compares no rows as a whole. */
    void after(Address address) {
      String database = address.namespace().database();
      String collection = address.namespace().collection();
      and(
          "(database_name > ? OR (database_name = ? AND (collection_name > ? OR (collection_name = ? AND id > ?))))",
          database,
          database,
          collection,
          collection,
          address.id());
    }

    private void and(String condition, String... values) {
      sql.append(" AND ").append(condition);
      parameters.addAll(List.of(values));
    }
  }
}
