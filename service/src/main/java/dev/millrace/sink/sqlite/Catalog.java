package dev.millrace.sink.sqlite;

import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;
import dev.millrace.model.Namespace;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which table holds which collection: the rows of {@code millrace_collections}, and the tables. A
 * table is named after its collection where it can be. SQLite compares names without regard to
 * ASCII case and keeps {@code sqlite_…} for itself; where a name is taken, the database goes before
 * it.
 *
 * <p>Every method works inside the transaction that is open. When that fails, so do the names
 * remembered here: {@link #forget} them.
 */
final class Catalog {
  private static final Logger LOG = LoggerFactory.getLogger(Catalog.class);

  /** Statements kept open: some 10 KiB each, and a deployment may have ten thousand collections. */
  private static final int MAX_OPEN = 200;

  private final Path file;
  private final Connection connection;
  private final boolean keepOnDrop;

  /** Least recently used first. */
  private final Map<Namespace, Table> open = new LinkedHashMap<>(16, 0.75f, true);

  Catalog(Path file, Connection connection, boolean keepOnDrop) {
    this.file = file;
    this.connection = connection;
    this.keepOnDrop = keepOnDrop;
  }

  void create() throws SQLException {
    execute(
        """
        CREATE TABLE IF NOT EXISTS millrace_collections (
          database_name TEXT NOT NULL,
          collection_name TEXT NOT NULL,
          table_name TEXT NOT NULL COLLATE NOCASE UNIQUE,
          PRIMARY KEY (database_name, collection_name))
        """);
  }

  /**
   * The collection's table, made where there is none.
   *
   * @throws MillraceException {@code Fatal} where there is one that is not ours
   */
  Table table(Namespace namespace) throws SQLException {
    Table table = open.get(namespace);
    if (table == null) {
      Optional<String> known = nameOf(namespace);
      String name = known.isPresent() ? known.get() : enter(namespace);
      checkColumns(name);
      closeEldest();
      table = new Table(connection, name);
      open.put(namespace, table);
    }
    return table;
  }

  /** Chooses a name and makes its table, or takes over one that is there and has our columns. */
  private String enter(Namespace namespace) throws SQLException {
    String name = freeName(namespace);
    if (!exists(name)) {
      // The rows are kept beside the key's index: with it, rows of 1 KB would spill out of pages.
      execute(
          """
          CREATE TABLE %s (
            id TEXT NOT NULL PRIMARY KEY,
            document TEXT NOT NULL,
            version TEXT NOT NULL)
          """
              .formatted(Table.quoted(name)));
    }
    try (PreparedStatement insert =
        connection.prepareStatement("INSERT INTO millrace_collections VALUES (?, ?, ?)")) {
      insert.setString(1, namespace.database());
      insert.setString(2, namespace.collection());
      insert.setString(3, name);
      insert.executeUpdate();
    }
    return name;
  }

  /** A name that no other collection has: its own, then with the database, then with more. */
  private String freeName(Namespace namespace) throws SQLException {
    String name = namespace.collection();
    if (isTaken(name)) {
      name = namespace.toString();
    }
    while (isTaken(name)) {
      name = "_" + name;
    }
    return name;
  }

  private boolean isTaken(String name) throws SQLException {
    String lower = name.toLowerCase(Locale.ROOT);
    return lower.startsWith("sqlite_")
        || lower.startsWith("millrace_")
        || isThere("SELECT 1 FROM millrace_collections WHERE table_name = ?", name);
  }

  private boolean exists(String name) throws SQLException {
    return isThere("SELECT 1 FROM sqlite_schema WHERE name = ? COLLATE NOCASE", name);
  }

  private boolean isThere(String sql, String name) throws SQLException {
    try (PreparedStatement select = connection.prepareStatement(sql)) {
      select.setString(1, name);
      try (ResultSet row = select.executeQuery()) {
        return row.next();
      }
    }
  }

  private void checkColumns(String name) throws SQLException {
    Set<String> columns = new HashSet<>();
    boolean keyed = false;
    try (PreparedStatement select =
        connection.prepareStatement("SELECT lower(name), pk FROM pragma_table_info(?)")) {
      select.setString(1, name);
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          columns.add(row.getString(1));
          keyed |= row.getString(1).equals("id") && row.getInt(2) == 1;
        }
      }
    }
    if (!keyed || !columns.containsAll(Set.of("id", "document", "version"))) {
      throw Failure.fatal(
          "MR-SQLITE-TABLE",
          "%s: \"%s\" is not a table (id TEXT PRIMARY KEY, document, version) as the collection needs it: rename it, or name another file"
              .formatted(file, name));
    }
  }

  private Optional<String> nameOf(Namespace namespace) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            """
            SELECT table_name FROM millrace_collections
            WHERE database_name = ? AND collection_name = ?
            """)) {
      select.setString(1, namespace.database());
      select.setString(2, namespace.collection());
      try (ResultSet row = select.executeQuery()) {
        return row.next() ? Optional.of(row.getString(1)) : Optional.empty();
      }
    }
  }

  /** The rows go with their collection, unless they are to stay. */
  void drop(Namespace namespace) throws SQLException {
    if (!keepOnDrop) {
      remove(namespace);
    }
  }

  private void remove(Namespace namespace) throws SQLException {
    close(namespace);
    Optional<String> name = nameOf(namespace);
    if (name.isPresent()) {
      execute("DROP TABLE IF EXISTS " + Table.quoted(name.get()));
      leave(namespace);
    }
  }

  private void leave(Namespace namespace) throws SQLException {
    try (PreparedStatement delete =
        connection.prepareStatement(
            """
            DELETE FROM millrace_collections WHERE database_name = ? AND collection_name = ?
            """)) {
      delete.setString(1, namespace.database());
      delete.setString(2, namespace.collection());
      delete.executeUpdate();
    }
  }

  void dropDatabase(String database) throws SQLException {
    List<Namespace> namespaces = new ArrayList<>();
    try (PreparedStatement select =
        connection.prepareStatement(
            "SELECT collection_name FROM millrace_collections WHERE database_name = ?")) {
      select.setString(1, database);
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          namespaces.add(new Namespace(database, row.getString(1)));
        }
      }
    }
    for (Namespace namespace : namespaces) {
      drop(namespace);
    }
  }

  /**
   * The rows follow their collection to its new name, also to one that is not followed itself: they
   * then stay as they were. What was at that name was dropped by this; where rows are kept on drop,
   * the arriving rows join those kept, and replace them where they are of the same document.
   */
  void rename(Namespace from, Namespace to) throws SQLException {
    drop(to);
    Optional<String> arriving = nameOf(from);
    if (arriving.isEmpty()) {
      return;
    }
    close(from);
    Optional<String> kept = nameOf(to);
    if (kept.isPresent()) {
      close(to);
      execute(
          "INSERT OR REPLACE INTO %s (id, document, version) SELECT id, document, version FROM %s"
              .formatted(Table.quoted(kept.get()), Table.quoted(arriving.get())));
      remove(from);
    } else {
      move(arriving.get(), from, to);
    }
  }

  private void move(String name, Namespace from, Namespace to) throws SQLException {
    leave(from);
    String next = freeName(to);
    if (next.equalsIgnoreCase(name)) {
      // SQLite refuses to change nothing but the case.
      next = name;
    } else if (exists(next)) {
      throw Failure.fatal(
          "MR-SQLITE-TABLE",
          "%s: collection %s is now %s, but there is a table \"%s\" already: rename that"
              .formatted(file, from, to, next));
    } else {
      execute("ALTER TABLE %s RENAME TO %s".formatted(Table.quoted(name), Table.quoted(next)));
    }
    try (PreparedStatement insert =
        connection.prepareStatement("INSERT INTO millrace_collections VALUES (?, ?, ?)")) {
      insert.setString(1, to.database());
      insert.setString(2, to.collection());
      insert.setString(3, next);
      insert.executeUpdate();
    }
  }

  private void closeEldest() throws SQLException {
    if (open.size() >= MAX_OPEN) {
      Iterator<Table> tables = open.values().iterator();
      Table eldest = tables.next();
      tables.remove();
      eldest.close();
    }
  }

  private void close(Namespace namespace) throws SQLException {
    Table table = open.remove(namespace);
    if (table != null) {
      table.close();
    }
  }

  /** After a transaction that was rolled back, with all that it had made. */
  void forget() {
    for (Table table : open.values()) {
      try {
        table.close();
      } catch (SQLException e) {
        LOG.trace("closing statements", e);
      }
    }
    open.clear();
  }

  private void execute(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }
}
