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
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
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
  private final boolean softDeletes;

  /** Least recently used first. */
  private final Map<Namespace, Table> open = new LinkedHashMap<>(16, 0.75f, true);

  /**
   * @param keepOnDrop whether rows stay as they are when their collection is dropped
   * @param softDeletes whether rows are marked instead of removed
   */
  Catalog(Path file, Connection connection, boolean keepOnDrop, boolean softDeletes) {
    this.file = file;
    this.connection = connection;
    this.keepOnDrop = keepOnDrop;
    this.softDeletes = softDeletes;
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
      Columns columns = columns(name);
      closeEldest();
      table = new Table(connection, name, columns, softDeletes);
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
            version TEXT NOT NULL%s)
          """
              .formatted(Table.quoted(name), softDeletes ? ", deleted_at TEXT" : ""));
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

  /** What a table of ours has; the marks' column is added where they are wanted. */
  private Columns columns(String name) throws SQLException {
    Columns columns =
        Columns.of(connection, name)
            .orElseThrow(() ->
                Failure.fatal(
                    "MR-SQLITE-TABLE",
                    "%s: \"%s\" is not a table (id TEXT PRIMARY KEY, document, version) as the collection needs it: rename it, or name another file"
                        .formatted(file, name)));
    if (softDeletes && !columns.marking()) {
      execute("ALTER TABLE %s ADD COLUMN deleted_at TEXT".formatted(Table.quoted(name)));
      return new Columns(columns.versioned(), true);
    }
    return columns;
  }

  /** Whether the collection's rows are, or would be, in a table without versions. */
  boolean isUnversioned(Namespace namespace) throws SQLException {
    Optional<String> known = nameOf(namespace);
    return isUnversioned(known.isPresent() ? known.get() : freeName(namespace));
  }

  private boolean isUnversioned(String name) throws SQLException {
    return Columns.of(connection, name).filter(columns -> !columns.versioned()).isPresent();
  }

  /** The collections known whose tables have no versions. */
  List<Namespace> unversioned() throws SQLException {
    List<Namespace> found = new ArrayList<>();
    try (Statement select = connection.createStatement();
        ResultSet row = select.executeQuery("SELECT * FROM millrace_collections ORDER BY 1, 2")) {
      while (row.next()) {
        if (isUnversioned(row.getString(3))) {
          found.add(new Namespace(row.getString(1), row.getString(2)));
        }
      }
    }
    return found;
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

  /** The rows go with their collection, or are marked, unless they are to stay. */
  void drop(Namespace namespace, String version) throws SQLException {
    if (keepOnDrop) {
      return;
    }
    if (!softDeletes) {
      remove(namespace);
    } else if (nameOf(namespace).isPresent()) {
      table(namespace).removeAll(version);
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

  void dropDatabase(String database, String version) throws SQLException {
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
      drop(namespace, version);
    }
  }

  /**
   * The rows follow their collection to its new name, also to one that is not followed itself: they
   * then stay as they were. What was at that name was dropped by this; where its rows stay, as they
   * were or marked, the arriving rows join them, and replace them where they are of the same
   * document.
   */
  void rename(Namespace from, Namespace to, String version) throws SQLException {
    drop(to, version);
    Optional<String> arriving = nameOf(from);
    if (arriving.isEmpty()) {
      return;
    }
    close(from);
    Optional<String> kept = nameOf(to);
    if (kept.isPresent()) {
      close(to);
      join(arriving.get(), kept.get());
      remove(from);
    } else {
      move(arriving.get(), from, to);
    }
  }

  /** A row without a version becomes the oldest; one that is marked goes where no marks are. */
  private void join(String arriving, String kept) throws SQLException {
    Columns from = columns(arriving);
    Columns to = columns(kept);
    StringBuilder names = new StringBuilder("id, document");
    StringBuilder values = new StringBuilder("id, document");
    if (to.versioned()) {
      names.append(", version");
      values.append(from.versioned() ? ", coalesce(version, '')" : ", ''");
    }
    if (to.marking()) {
      names.append(", deleted_at");
      values.append(from.marking() ? ", deleted_at" : ", NULL");
    }
    execute(
        "INSERT OR REPLACE INTO %s (%s) SELECT %s FROM %s%s"
            .formatted(
                Table.quoted(kept),
                names,
                values,
                Table.quoted(arriving),
                from.marking() && !to.marking() ? " WHERE deleted_at IS NULL" : ""));
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
