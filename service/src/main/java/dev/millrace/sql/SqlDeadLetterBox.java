package dev.millrace.sql;

import dev.millrace.letters.Address;
import dev.millrace.letters.DeadLetter;
import dev.millrace.letters.DeadLetterBox;
import dev.millrace.letters.Which;
import dev.millrace.model.Namespace;
import dev.millrace.table.DocumentKey;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.UnaryOperator;

/**
 * A pipeline's rows of {@code millrace_dead_letters}, for people. It makes nothing: where the sink
 * never was, there is no such table, and there are none.
 */
public final class SqlDeadLetterBox implements DeadLetterBox {
  private static final String READING = "reading the dead letters in";

  private static final String BY_ADDRESS = "1, 2, 3";

  /** Only what an id cannot tell is looked for in the document, which may be large. */
  private static final String SHORT =
      "CASE WHEN id LIKE '{\"$sha256\":%' THEN document END AS document";

  private final Database database;
  private final Dialect dialect;
  private final String pipeline;

  /** Takes over an open database, which is closed with this. */
  public SqlDeadLetterBox(Database database, String pipeline) {
    this.database = database;
    this.dialect = database.dialect();
    this.pipeline = pipeline;
  }

  private static boolean isThere(Connection connection, Dialect dialect) throws SQLException {
    return dialect.exists(connection, DeadLetters.NAME);
  }

  private String table() {
    return dialect.quoted(DeadLetters.NAME);
  }

  @Override
  public long count(Which which) {
    return database.read(
        READING,
        connection -> {
          if (!isThere(connection, dialect)) {
            return 0L;
          }
          Condition condition = new Condition(which);
          try (PreparedStatement select =
              connection.prepareStatement(
                  "SELECT count(*) FROM %s WHERE %s".formatted(table(), condition.sql))) {
            condition.bind(select);
            try (ResultSet row = select.executeQuery()) {
              row.next();
              return row.getLong(1);
            }
          }
        });
  }

  @Override
  public List<DeadLetter> page(Which which, Optional<Address> after, int limit) {
    Condition condition = new Condition(which);
    after.ifPresent(condition::after);
    return shortened(condition, BY_ADDRESS, limit);
  }

  @Override
  public List<DeadLetter> newest(int limit) {
    return shortened(new Condition(Which.ALL), "version DESC, 1, 2, 3", limit);
  }

  /** Without the documents that were looked into. */
  private List<DeadLetter> shortened(Condition condition, String order, int limit) {
    return select(condition, SHORT, order, OptionalInt.of(limit), DeadLetter::withoutDocument);
  }

  @Override
  public Optional<DeadLetter> find(Address address) {
    return select(
            new Condition(address),
            "document",
            BY_ADDRESS,
            OptionalInt.empty(),
            UnaryOperator.identity())
        .stream()
        .findFirst();
  }

  private List<DeadLetter> select(
      Condition condition,
      String document,
      String order,
      OptionalInt limit,
      UnaryOperator<DeadLetter> kept) {
    return database.read(
        READING,
        connection -> {
          List<DeadLetter> letters = new ArrayList<>();
          if (!isThere(connection, dialect)) {
            return letters;
          }
          String sql =
              "SELECT database_name, collection_name, id, version, code, reason, %s FROM %s WHERE %s ORDER BY %s%s"
                  .formatted(
                      document,
                      table(),
                      condition.sql,
                      order,
                      limit.isPresent() ? " LIMIT " + limit.getAsInt() : "");
          try (PreparedStatement select = connection.prepareStatement(sql)) {
            condition.bind(select);
            try (ResultSet row = select.executeQuery()) {
              while (row.next()) {
                letters.add(kept.apply(letter(row)));
              }
            }
          }
          return letters;
        });
  }

  private static DeadLetter letter(ResultSet row) throws SQLException {
    String id = row.getString(3);
    String document = row.getString(7);
    return DeadLetter.ofRow(
        new Address(new Namespace(row.getString(1), row.getString(2)), id),
        DocumentKey.of(id, document),
        row.getString(4),
        row.getString(5),
        row.getString(6),
        document);
  }

  @Override
  public int discard(List<DeadLetter> letters) {
    return database.write(
        "removing dead letters from",
        connection -> {
          if (!isThere(connection, dialect)) {
            return 0;
          }
          int removed = 0;
          for (DeadLetter letter : letters) {
            Condition condition = new Condition(letter.address());
            condition.and("version = ?", letter.version());
            try (PreparedStatement delete =
                connection.prepareStatement(
                    "DELETE FROM %s WHERE %s".formatted(table(), condition.sql))) {
              condition.bind(delete);
              removed += delete.executeUpdate();
            }
          }
          return removed;
        });
  }

  @Override
  public void close() {
    database.close();
  }

  /** What a statement is about, with its parameters. */
  private final class Condition {
    private final StringBuilder sql = new StringBuilder("pipeline = ?");
    private final List<String> parameters = new ArrayList<>(List.of(pipeline));

    Condition(Which which) {
      if (!which.collections().isEmpty()) {
        String separator = " AND (";
        for (Namespace namespace : which.collections()) {
          sql.append(separator).append("(database_name = ? AND collection_name = ?)");
          parameters.add(namespace.database());
          parameters.add(namespace.collection());
          separator = " OR ";
        }
        sql.append(')');
      }
      which.id().ifPresent(id -> and("id = ?", id));
    }

    Condition(Address address) {
      and("database_name = ?", address.namespace().database());
      and("collection_name = ?", address.namespace().collection());
      and("id = ?", address.id());
    }

    void and(String condition, String... values) {
      sql.append(" AND ").append(condition);
      parameters.addAll(List.of(values));
    }

    void after(Address address) {
      and(
          "(database_name, collection_name, id) > (?, ?, ?)",
          address.namespace().database(),
          address.namespace().collection(),
          address.id());
    }

    void bind(PreparedStatement statement) throws SQLException {
      for (int i = 0; i < parameters.size(); i++) {
        statement.setString(i + 1, parameters.get(i));
      }
    }
  }
}
