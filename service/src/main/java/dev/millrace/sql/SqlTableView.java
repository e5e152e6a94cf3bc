package dev.millrace.sql;

import dev.millrace.config.SinkConfig;
import dev.millrace.json.JsonMode;
import dev.millrace.model.Namespace;
import dev.millrace.model.RawValue;
import dev.millrace.table.TableView;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What {@link SqlSink} wrote. */
public final class SqlTableView implements TableView {
  /** Every database takes so many parameters. */
  private static final int KEYS_AT_ONCE = 500;

  /** So that a driver does not hold all rows of an answer. */
  private static final int ROWS_AT_ONCE = 100;

  private final Database database;
  private final SinkConfig.Tables config;
  private final Function<RawValue, String> key;
  private final DeadLetters letters;

  /**
   * Takes over an open database.
   *
   * @param key as the sink's
   * @param pipeline whose dead letters count
   */
  public SqlTableView(
      Database database,
      SinkConfig.Tables config,
      Function<RawValue, String> key,
      String pipeline) {
    this.database = database;
    this.config = config;
    this.key = key;
    this.letters = new DeadLetters(database.dialect(), pipeline);
  }

  /** A table with our columns. */
  private record Found(String name, Columns columns) {}

  @Override
  public JsonMode json() {
    return config.json();
  }

  @Override
  public boolean keepsDropped() {
    return config.keepOnDrop();
  }

  @Override
  public String key(RawValue id) {
    return key.apply(id);
  }

  @Override
  public Set<Namespace> collections() {
    return database.read(
        "looking for tables in",
        connection -> {
          Catalog catalog = new Catalog(database, connection, config);
          return catalog.isThere() ? catalog.known().keySet() : Set.of();
        });
  }

  @Override
  public List<String> keys(Namespace namespace, @Nullable String after, int most) {
    return database.read(
        "looking for keys in",
        connection -> {
          Optional<Found> table = table(connection, namespace);
          return table.isPresent() ? keys(connection, table.get(), after, most) : List.of();
        });
  }

  private List<String> keys(Connection connection, Found table, @Nullable String after, int most)
      throws SQLException {
    String sql =
        "SELECT id FROM %s WHERE %s%s ORDER BY id LIMIT %d"
            .formatted(quoted(table), alive(table), after == null ? "" : " AND id > ?", most);
    List<String> keys = new ArrayList<>();
    try (PreparedStatement select = connection.prepareStatement(sql)) {
      if (after != null) {
        select.setString(1, after);
      }
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          keys.add(row.getString(1));
        }
      }
    }
    return keys;
  }

  @Override
  public void rows(
      Namespace namespace, Collection<String> keys, BiConsumer<String, byte @Nullable []> shown) {
    List<String> all = List.copyOf(keys);
    database.read(
        "looking for rows in",
        connection -> {
          Optional<Found> table = table(connection, namespace);
          for (int at = 0; table.isPresent() && at < all.size(); at += KEYS_AT_ONCE) {
            List<String> some = all.subList(at, Math.min(all.size(), at + KEYS_AT_ONCE));
            rows(connection, table.get(), some, shown);
          }
          return true;
        });
  }

  private void rows(
      Connection connection,
      Found table,
      List<String> keys,
      BiConsumer<String, byte @Nullable []> shown)
      throws SQLException {
    // Bytes, for a text of a large document is twice as large, and is made only to be taken apart.
    String sql =
        "SELECT id, CAST(document AS TEXT) FROM %s WHERE %s AND id IN (%s)"
            .formatted(
                quoted(table),
                alive(table),
                String.join(", ", Collections.nCopies(keys.size(), "?")));
    try (PreparedStatement select = connection.prepareStatement(sql)) {
      select.setFetchSize(ROWS_AT_ONCE);
      for (int i = 0; i < keys.size(); i++) {
        select.setString(i + 1, keys.get(i));
      }
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          shown.accept(row.getString(1), row.getBytes(2));
        }
      }
    }
  }

  @Override
  public Set<String> deadLetters(Namespace namespace, Collection<String> keys) {
    return database.read(
        "looking for dead letters in", connection -> letters.among(connection, namespace, keys));
  }

  /** Empty where it was dropped, or is none of ours: then it has no rows of the collection. */
  private Optional<Found> table(Connection connection, Namespace namespace) throws SQLException {
    Catalog catalog = new Catalog(database, connection, config);
    Optional<String> name = catalog.isThere() ? catalog.nameOf(namespace) : Optional.empty();
    if (name.isEmpty()) {
      return Optional.empty();
    }
    return database
        .dialect()
        .columns(connection, name.get())
        .map(columns -> new Found(name.get(), columns));
  }

  private String quoted(Found table) {
    return database.dialect().quoted(table.name());
  }

  private static String alive(Found table) {
    return table.columns().marking() ? "deleted_at IS NULL" : "id IS NOT NULL";
  }

  @Override
  public void close() {
    database.close();
  }
}
