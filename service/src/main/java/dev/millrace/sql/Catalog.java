package dev.millrace.sql;

import dev.millrace.config.SinkConfig;
import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;
import dev.millrace.model.Namespace;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which table holds which collection: the rows of {@code millrace_collections}, and the tables. A
 * table is named as configured where it can be; where that name is taken, the database goes before
 * it.
 *
 * <p>Every method works inside the transaction that is open. When that fails, so do the names
 * remembered here: {@link #forget} them.
 */
final class Catalog {
  private static final Logger LOG = LoggerFactory.getLogger(Catalog.class);

  private static final String NAME = "millrace_collections";

  /** Statements kept open: some 10 KiB each, and a deployment may have ten thousand collections. */
  private static final int MAX_OPEN = 200;

  private final String database;
  private final Dialect dialect;
  private final Connection connection;
  private final SinkConfig.Tables config;

  /** Collections that are copied anew, as their tables are gone. */
  private final Set<Namespace> vanished = new HashSet<>();

  /** Least recently used first. */
  private final Map<Namespace, Table> open = new LinkedHashMap<>(16, 0.75f, true);

  Catalog(Database database, Connection connection, SinkConfig.Tables config) {
    this.database = database.name();
    this.dialect = database.dialect();
    this.connection = connection;
    this.config = config;
  }

  void create() throws SQLException {
    execute(
        """
        CREATE TABLE IF NOT EXISTS %s (
          database_name TEXT NOT NULL,
          collection_name TEXT NOT NULL,
          table_name %s,
          PRIMARY KEY (database_name, collection_name))
        """
            .formatted(entries(), dialect.nameColumn()));
  }

  /** The table of this catalog itself. */
  private String entries() {
    return dialect.quoted(NAME);
  }

  private PreparedStatement onEntries(String sql) throws SQLException {
    return connection.prepareStatement(sql.formatted(entries()));
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
      if (vanished.contains(namespace) && !dialect.exists(connection, name)) {
        make(name);
      }
      Columns columns = columns(name);
      closeEldest();
      table = new Table(connection, dialect, new TableShape(name, columns, config.softDeletes()));
      open.put(namespace, table);
    }
    return table;
  }

  /** Chooses a name and makes its table, or takes over one that is there and has our columns. */
  private String enter(Namespace namespace) throws SQLException {
    String name = freeName(namespace);
    if (!dialect.exists(connection, name)) {
      make(name);
    }
    note(namespace, name);
    return name;
  }

  private void make(String name) throws SQLException {
    String marks = config.softDeletes() ? ", deleted_at " + dialect.instantType() : "";
    execute(
        "CREATE TABLE %s (%s%s)"
            .formatted(dialect.quoted(name), dialect.columnsOfDocuments(), marks));
  }

  private void note(Namespace namespace, String name) throws SQLException {
    try (PreparedStatement insert = onEntries("INSERT INTO %s VALUES (?, ?, ?)")) {
      insert.setString(1, namespace.database());
      insert.setString(2, namespace.collection());
      insert.setString(3, name);
      insert.executeUpdate();
    }
  }

  /** A name that no other collection has: as configured, then with the database, then with more. */
  private String freeName(Namespace namespace) throws SQLException {
    String name = dialect.fitting(config.name().of(namespace));
    if (isTaken(name)) {
      name = dialect.fitting(namespace.toString());
    }
    while (isTaken(name)) {
      name = dialect.fitting("_" + name);
    }
    return name;
  }

  private boolean isTaken(String name) throws SQLException {
    if (dialect.isReserved(name)) {
      return true;
    }
    try (PreparedStatement select = onEntries("SELECT 1 FROM %s WHERE table_name = ?")) {
      select.setString(1, name);
      try (ResultSet row = select.executeQuery()) {
        return row.next();
      }
    }
  }

  /** What a table of ours has; the marks' column is added where they are wanted. */
  private Columns columns(String name) throws SQLException {
    Columns columns =
        dialect
            .columns(connection, name)
            .orElseThrow(() ->
                Failure.fatal(
                    dialect.code("TABLE"),
                    "%s: \"%s\" is not a table (id TEXT PRIMARY KEY, document, version) as the collection needs it: rename it, or have tables named otherwise (sink.table)"
                        .formatted(database, name)));
    if (config.softDeletes() && !columns.marking()) {
      execute(
          "ALTER TABLE %s ADD COLUMN deleted_at %s"
              .formatted(dialect.quoted(name), dialect.instantType()));
      return columns.withMarks();
    }
    return columns;
  }

  /** Whether the collection's rows are, or would be, in a table without versions. */
  boolean isUnversioned(Namespace namespace) throws SQLException {
    Optional<String> known = nameOf(namespace);
    return isUnversioned(known.isPresent() ? known.get() : freeName(namespace));
  }

  private boolean isUnversioned(String name) throws SQLException {
    return dialect.columns(connection, name).filter(columns -> !columns.versioned()).isPresent();
  }

  /** The collections known whose tables have no versions. */
  List<Namespace> unversioned() throws SQLException {
    List<Namespace> found = new ArrayList<>();
    for (Map.Entry<Namespace, String> entry : known().entrySet()) {
      if (isUnversioned(entry.getValue())) {
        found.add(entry.getKey());
      }
    }
    return found;
  }

  /** Whether a sink ever wrote here. */
  boolean isThere() throws SQLException {
    return dialect.exists(connection, NAME);
  }

  /** All collections with their tables' names. */
  Map<Namespace, String> known() throws SQLException {
    Map<Namespace, String> known = new LinkedHashMap<>();
    try (PreparedStatement select = onEntries("SELECT * FROM %s ORDER BY 1, 2");
        ResultSet row = select.executeQuery()) {
      while (row.next()) {
        known.put(new Namespace(row.getString(1), row.getString(2)), row.getString(3));
      }
    }
    return known;
  }

  /** The collections whose tables somebody dropped; from here on they are made again. */
  Set<Namespace> lookForVanished() throws SQLException {
    vanished.addAll(vanished());
    return Set.copyOf(vanished);
  }

  /** The collections whose tables somebody dropped. */
  Set<Namespace> vanished() throws SQLException {
    Set<Namespace> found = new LinkedHashSet<>();
    for (Map.Entry<Namespace, String> entry : known().entrySet()) {
      if (!dialect.exists(connection, entry.getValue())) {
        found.add(entry.getKey());
      }
    }
    return found;
  }

  Optional<String> nameOf(Namespace namespace) throws SQLException {
    try (PreparedStatement select =
        onEntries("SELECT table_name FROM %s WHERE database_name = ? AND collection_name = ?")) {
      select.setString(1, namespace.database());
      select.setString(2, namespace.collection());
      try (ResultSet row = select.executeQuery()) {
        return row.next() ? Optional.of(row.getString(1)) : Optional.empty();
      }
    }
  }

  /** The rows go with their collection, or are marked, unless they are to stay. */
  void drop(Namespace namespace, String version) throws SQLException {
    if (config.keepOnDrop()) {
      return;
    }
    if (!config.softDeletes()) {
      remove(namespace);
    } else if (nameOf(namespace).isPresent()) {
      table(namespace).removeAll(version);
    }
  }

  private void remove(Namespace namespace) throws SQLException {
    close(namespace);
    Optional<String> name = nameOf(namespace);
    if (name.isPresent()) {
      execute("DROP TABLE IF EXISTS " + dialect.quoted(name.get()));
      leave(namespace);
    }
  }

  private void leave(Namespace namespace) throws SQLException {
    try (PreparedStatement delete =
        onEntries("DELETE FROM %s WHERE database_name = ? AND collection_name = ?")) {
      delete.setString(1, namespace.database());
      delete.setString(2, namespace.collection());
      delete.executeUpdate();
    }
  }

  void dropDatabase(String dropped, String version) throws SQLException {
    List<Namespace> namespaces = new ArrayList<>();
    try (PreparedStatement select =
        onEntries("SELECT collection_name FROM %s WHERE database_name = ?")) {
      select.setString(1, dropped);
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          namespaces.add(new Namespace(dropped, row.getString(1)));
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
    StringBuilder sets = new StringBuilder("document = excluded.document");
    if (to.versioned()) {
      names.append(", version");
      sets.append(", version = excluded.version");
      values.append(from.versioned() ? ", coalesce(version, '')" : ", ''");
    }
    if (to.marking()) {
      names.append(", deleted_at");
      sets.append(", deleted_at = excluded.deleted_at");
      values.append(from.marking() ? ", deleted_at" : ", NULL");
    }
    // SQLite takes ON CONFLICT behind a SELECT only where that has a WHERE.
    execute(
        "INSERT INTO %s (%s) SELECT %s FROM %s WHERE %s ON CONFLICT (id) DO UPDATE SET %s"
            .formatted(
                dialect.quoted(kept),
                names,
                values,
                dialect.quoted(arriving),
                from.marking() && !to.marking() ? "deleted_at IS NULL" : "id IS NOT NULL",
                sets));
  }

  private void move(String name, Namespace from, Namespace to) throws SQLException {
    leave(from);
    String next = freeName(to);
    if (dialect.isSameName(next, name)) {
      // A database that takes both for one refuses to change nothing but the case.
      next = name;
    } else if (dialect.exists(connection, next)) {
      throw Failure.fatal(
          dialect.code("TABLE"),
          "%s: collection %s is now %s, but there is a table \"%s\" already: rename that"
              .formatted(database, from, to, next));
    } else {
      execute(dialect.renaming(name, next));
    }
    note(to, next);
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

  /**
   * The collections in whose tables somebody gave {@code document} another type since it was looked
   * at. What a transaction made that was rolled back is none of that.
   */
  Set<Namespace> altered() throws SQLException {
    Set<Namespace> found = new LinkedHashSet<>();
    for (Map.Entry<Namespace, Table> entry : open.entrySet()) {
      TableShape shape = entry.getValue().shape();
      String type = shape.columns().documentType();
      Optional<Columns> now = dialect.columns(connection, shape.name());
      if (now.isPresent() && !now.get().documentType().equals(type)) {
        found.add(entry.getKey());
      }
    }
    return found;
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
