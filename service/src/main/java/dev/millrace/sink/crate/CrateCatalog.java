package dev.millrace.sink.crate;

import dev.millrace.config.SinkConfig;
import dev.millrace.config.SinkConfig.CrateObjects;
import dev.millrace.config.SinkConfig.OnForeignTable;
import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;
import dev.millrace.model.Namespace;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which table holds which collection: the rows of {@code millrace_collections}, and the tables. A
 * table is named as configured where it can be; where that name is taken, the database goes before
 * it.
 *
 * <p>A table and its entry are not changed as one, so what is about to be done to a table stands in
 * its {@link Entry} first, and is finished at the next start.
 */
final class CrateCatalog {
  private static final Logger LOG = LoggerFactory.getLogger(CrateCatalog.class);

  private static final String MISFIT_TYPE = "TEXT INDEX OFF STORAGE WITH (columnstore = false)";
  private static final String MARK_TYPE = "TIMESTAMP WITH TIME ZONE";

  private final CrateClient client;
  private final SinkConfig.Crate config;
  private final Misfits misfits;
  private final Entries entries;
  private final ForeignTables foreign;

  private final Map<Namespace, RowWriter> open = new HashMap<>();

  /** Tables with rows that are not searchable yet. */
  private final Set<String> written = new HashSet<>();

  CrateCatalog(CrateClient client, SinkConfig.Crate config, Misfits misfits) {
    this.client = client;
    this.config = config;
    this.misfits = misfits;
    this.entries = new Entries(client, config.schema());
    this.foreign = new ForeignTables(client, config);
  }

  /** Reads what is there, finishes what was begun, and sees that the way is clear. */
  void load() {
    entries.load();
    for (Map.Entry<Namespace, Entry> each : entries.all().entrySet()) {
      Entry entry = each.getValue();
      if (entry.isDropping()) {
        remove(each.getKey());
      } else if (!entry.movingFrom().isEmpty()) {
        finishMove(each.getKey(), entry);
      }
    }
    clearWay();
  }

  /**
   * A table in the way that is known before there is anything to write goes before what is missing
   * is looked for: whose table it was is then copied anew.
   */
  private void clearWay() {
    Set<String> known = new TreeSet<>();
    if (config.tables().name().isConstant()) {
      known.add(TableNames.fitting(config.tables().name().template()));
    }
    if (config.onForeignTable() == OnForeignTable.SET_ASIDE) {
      entries.all().values().forEach(entry -> known.add(entry.table()));
    }
    if (!known.isEmpty()) {
      known.retainAll(tablesThere());
      known.stream().filter(foreign::isThere).forEach(foreign::clear);
    }
  }

  /** The writer of the collection's rows; its table is made where there is none. */
  RowWriter rows(Namespace namespace) {
    return open.computeIfAbsent(namespace, this::openTable);
  }

  /** As {@link #rows}, and they are about to be written. */
  RowWriter toWrite(Namespace namespace) {
    RowWriter rows = rows(namespace);
    written.add(rows.table().quoted());
    return rows;
  }

  private RowWriter openTable(Namespace namespace) {
    String name = nameOf(namespace);
    if (entries.of(namespace).isEmpty() && foreign.isThere(name)) {
      foreign.clear(name);
    }
    if (shape(name).isEmpty()) {
      make(name);
    }
    if (entries.of(namespace).filter(entry -> entry.table().equals(name)).isEmpty()) {
      entries.put(namespace, Entry.of(name));
    }
    boolean soft = config.tables().softDeletes();
    CrateTable table = new CrateTable(client, config.schema(), name, completed(name), soft);
    return new RowWriter(client, table, namespace, misfits);
  }

  /**
   * Sees that the collection's table, where it has one, is the one that is configured.
   *
   * @throws MillraceException where it is another one
   */
  void demandName(Namespace namespace) {
    if (entries.of(namespace).isPresent()) {
      nameOf(namespace);
    }
  }

  /**
   * Where the collection is; where there is one name for a table, also where it is to be by now.
   */
  private String nameOf(Namespace namespace) {
    Optional<String> held = entries.of(namespace).map(Entry::table);
    String named = TableNames.fitting(config.tables().name().of(namespace));
    boolean moves =
        held.isPresent()
            && !config.tables().name().isOfEachCollection()
            && !held.get().equals(named)
            && !isTaken(named);
    if (!moves) {
      return held.orElseGet(() -> freeName(namespace));
    }
    if (shape(held.get()).isPresent()) {
      String table = quoted(held.get());
      throw Failure.fatal(
          "MR-CRATE-TABLE-NAME",
          "collection %s is in table %s, and is to be in %s: name the old one again, or type ALTER TABLE %s RENAME TO %s; (or DROP TABLE %s;) and start again: it is copied anew. For a second table beside it take another schema"
              .formatted(namespace, table, quoted(named), table, Names.quoted(named), table));
    }
    return named;
  }

  private Optional<Shape> shape(String name) {
    return Shape.of(client, config.schema(), name);
  }

  private String quoted(String name) {
    return CrateTable.quoted(config.schema(), name);
  }

  private void make(String name) {
    client.run(
        "making",
        name,
        "CREATE TABLE IF NOT EXISTS %s (oid TEXT PRIMARY KEY, data OBJECT(%s), version TEXT, data_misfit %s%s)"
            .formatted(
                quoted(name),
                config.objects() == CrateObjects.IGNORED ? "IGNORED" : "DYNAMIC",
                MISFIT_TYPE,
                config.tables().softDeletes() ? ", deleted_at " + MARK_TYPE : ""));
  }

  /** The table with all of our columns. */
  private Shape completed(String name) {
    Shape shape = shape(name).orElseThrow(() -> gone(name));
    if (!shape.takesDocuments()) {
      throw foreign.refused(name);
    }
    boolean added = false;
    added |= add(shape, name, Shape.VERSION, "TEXT");
    added |= add(shape, name, Shape.MISFIT, MISFIT_TYPE);
    if (config.tables().softDeletes()) {
      added |= add(shape, name, Shape.DELETED_AT, MARK_TYPE);
    }
    return added ? shape(name).orElseThrow(() -> gone(name)) : shape;
  }

  private boolean add(Shape shape, String name, String column, String type) {
    if (shape.has(column)) {
      return false;
    }
    client.run(
        "adding a column to",
        name,
        "ALTER TABLE %s ADD COLUMN %s %s".formatted(quoted(name), column, type));
    return true;
  }

  private static MillraceException gone(String name) {
    return Failure.transientFailure(
        "MR-CRATE-TABLE-GONE", "somebody dropped table %s".formatted(name), null);
  }

  /** A name that no other collection has: as configured, then with the database, then with more. */
  private String freeName(Namespace namespace) {
    String name = TableNames.fitting(config.tables().name().of(namespace));
    if (!isTaken(name)) {
      return name;
    }
    name = TableNames.fitting(namespace.toString());
    while (isTaken(name)) {
      name = TableNames.fitting("_" + name);
    }
    if (config.tables().name().isConstant()) {
      LOG.warn(
          "MR-CRATE-TABLE-NAME: {} goes into table {}, for {} is taken",
          namespace,
          quoted(name),
          config.tables().name().template());
    }
    return name;
  }

  private boolean isTaken(String name) {
    return TableNames.isReserved(name) || entries.hasTable(name);
  }

  /** A node that has only just started knows of no tables at all, and says so without a word. */
  private Set<String> tablesThere() {
    Reply tables =
        client.run(
            "looking for tables in",
            config.schema(),
            "SELECT table_name FROM information_schema.tables WHERE table_schema = ? LIMIT %d"
                .formatted(Entries.MOST),
            config.schema());
    Set<String> there = new HashSet<>();
    tables.rows().values().forEach(row -> there.add(row.get(0).asString()));
    if (!there.contains(Entries.NAME)) {
      throw Failure.transientFailure(
          "MR-CRATE-AWAY",
          "%s does not know its tables yet: it is tried again".formatted(client.name()),
          null);
    }
    return there;
  }

  /** The collections whose tables somebody dropped. */
  Set<Namespace> vanished() {
    Set<String> there = tablesThere();
    Set<Namespace> found = new TreeSet<>(Comparator.comparing(Namespace::toString));
    for (Map.Entry<Namespace, Entry> each : entries.all().entrySet()) {
      if (!there.contains(each.getValue().table())) {
        found.add(each.getKey());
      }
    }
    return found;
  }

  /** The rows go with their collection, or are marked, unless they are to stay. */
  void drop(Namespace namespace, String version) {
    if (config.tables().keepOnDrop() || entries.of(namespace).isEmpty()) {
      return;
    }
    if (config.tables().softDeletes()) {
      toWrite(namespace).table().removeAll(version);
    } else {
      remove(namespace);
    }
  }

  private void remove(Namespace namespace) {
    close(namespace);
    entries
        .of(namespace)
        .ifPresent(entry -> {
          entries.put(namespace, entry.dropping());
          client.run("dropping", entry.table(), "DROP TABLE IF EXISTS " + quoted(entry.table()));
          entries.remove(namespace);
        });
  }

  private void close(Namespace namespace) {
    RowWriter rows = open.remove(namespace);
    if (rows != null) {
      written.remove(rows.table().quoted());
    }
  }

  void dropDatabase(String database, String version) {
    for (Namespace namespace : List.copyOf(entries.all().keySet())) {
      if (namespace.database().equals(database)) {
        drop(namespace, version);
      }
    }
  }

  /**
   * The rows follow their collection to its new name. What was at that name was dropped by this;
   * where its rows stay, as they were or marked, they stay in a table of their own.
   *
   * <p>The same rename comes again where a start repeats it. The rows have moved by then, and what
   * is at the old name are repeated changes from before it, which moved with them.
   */
  void rename(Namespace from, Namespace to, String version) {
    Optional<Entry> there = entries.of(to);
    if (there.isPresent() && there.get().arrived().compareTo(version) >= 0) {
      if (!config.tables().keepOnDrop()) {
        remove(from);
      }
      return;
    }
    drop(to, version);
    Optional<Entry> arriving = entries.of(from);
    if (arriving.isEmpty()) {
      return;
    }
    close(from);
    entries.of(to).ifPresent(entry -> setAside(to, entry, version));
    String next = freeName(to);
    if (tablesThere().contains(next)) {
      throw Failure.fatal(
          "MR-CRATE-TABLE",
          "collection %s is now %s, but there is a table %s already: rename that"
              .formatted(from, to, quoted(next)));
    }
    Entry moving = Entry.moving(next, version, arriving.get().table());
    entries.put(to, moving);
    finishMove(to, moving);
  }

  /** Steps that may have been done already, in an order in which each can be told. */
  private void finishMove(Namespace to, Entry moving) {
    Set<String> there = tablesThere();
    if (!there.contains(moving.table()) && there.contains(moving.movingFrom())) {
      client.run(
          "renaming",
          moving.movingFrom(),
          "ALTER TABLE %s RENAME TO %s"
              .formatted(quoted(moving.movingFrom()), Names.quoted(moving.table())));
    }
    for (Map.Entry<Namespace, Entry> each : List.copyOf(entries.all().entrySet())) {
      if (!each.getKey().equals(to) && each.getValue().table().equals(moving.movingFrom())) {
        entries.remove(each.getKey());
      }
    }
    entries.put(to, moving.moved());
  }

  /** Rows that stay when their collection is gone make room for those that take its name. */
  private void setAside(Namespace namespace, Entry entry, String version) {
    close(namespace);
    String aside = TableNames.fitting("%s_until_%s".formatted(entry.table(), version));
    if (!tablesThere().contains(aside)) {
      client.run(
          "renaming",
          entry.table(),
          "ALTER TABLE %s RENAME TO %s".formatted(quoted(entry.table()), Names.quoted(aside)));
    }
    entries.remove(namespace);
    LOG.warn(
        "{}: another collection has this name now; the rows that were kept are in table {}",
        namespace,
        aside);
  }

  /** Makes all that was written searchable. */
  void refresh() {
    if (!written.isEmpty()) {
      client.runLong("refreshing", config.schema(), "REFRESH TABLE " + String.join(", ", written));
      written.clear();
    }
  }
}
