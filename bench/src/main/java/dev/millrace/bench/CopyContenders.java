package dev.millrace.bench;

import dev.millrace.bench.Contenders.Entry;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** All that copy a collection, by name, in the order of a round. */
final class CopyContenders {
  static final List<Integer> READERS = List.of(1, 2, 4);
  static final String UPSERT = "upsert";
  static final String SQLITE = "sqlite-4";
  static final String POSTGRES = "postgres-4";
  static final String BULK_CRATE = "bulk-crate";
  static final String CRATE = "crate-4";
  static final String JETSTREAM = "jetstream-4";
  static final String NULL_256M = "null-256m";
  static final String SQLITE_256M = "sqlite-256m";

  private static final String BATCH = "batch-postgres";
  private static final String REWRITTEN = "rewritten-postgres";
  private static final String ARRAYS = "arrays-postgres";

  /** All that upsert into PostgreSQL by the driver alone. */
  static final List<String> BARE_POSTGRES = List.of(BATCH, REWRITTEN, ARRAYS);

  private static final String HEAP = "1g";
  private static final String LITTLE = "256m";

  private CopyContenders() {}

  static String find(int readers) {
    return "find-" + readers;
  }

  static String paged(int readers) {
    return "paged-" + readers;
  }

  static String toNull(int readers) {
    return "null-" + readers;
  }

  static List<Entry> all() {
    List<Entry> all = new ArrayList<>(compared());
    all.addAll(little());
    all.addAll(databases());
    return all;
  }

  static Set<String> names(List<Entry> entries) {
    Set<String> names = new LinkedHashSet<>();
    entries.forEach(entry -> names.add(entry.name()));
    return names;
  }

  /** With all the memory they like. */
  static List<Entry> compared() {
    List<Entry> all = new ArrayList<>();
    for (int readers : READERS) {
      String find = find(readers);
      all.add(
          new Entry(
              find,
              () -> new BareFind(readers, false),
              "",
              HEAP,
              "bare find, raw batches, %s".formatted(cursors(readers))));
      all.add(
          new Entry(
              paged(readers),
              () -> new BareFind(readers, true),
              find,
              HEAP,
              "bare find in pages, all of one cluster time"));
      all.add(
          new Entry(
              toNull(readers),
              () -> CopyRun.toNull(readers),
              find,
              HEAP,
              "Millrace to a null sink, parallelism %d".formatted(readers)));
    }
    all.add(upsert());
    all.add(sqlite());
    all.add(
        new Entry(JETSTREAM, () -> CopyRun.toJetStream(4), find(4), HEAP, "Millrace to JetStream"));
    return all;
  }

  private static Entry upsert() {
    return new Entry(
        UPSERT,
        () -> new BareUpsert(course -> BareSqlite.open()),
        "",
        HEAP,
        "ready JSON upserted into SQLite, 5,000 at a time");
  }

  private static Entry sqlite() {
    return new Entry(SQLITE, () -> CopyRun.toSqlite(4), find(4), HEAP, "Millrace to SQLite");
  }

  /** Into databases, with what their drivers do alone. */
  static List<Entry> databases() {
    List<Entry> all =
        new ArrayList<>(
            List.of(
                upsert(),
                sqlite(),
                bare(BATCH, BarePostgres.Way.BATCH, "the driver's batch"),
                bare(
                    REWRITTEN,
                    BarePostgres.Way.REWRITTEN_BATCH,
                    "its batch with reWriteBatchedInserts"),
                bare(ARRAYS, BarePostgres.Way.ARRAYS, "arrays, as Millrace has them"),
                new Entry(
                    POSTGRES, () -> CopyRun.toPostgres(4), BATCH, HEAP, "Millrace to PostgreSQL")));
    if (BareCrate.URL.isPresent()) {
      all.addAll(crate());
    }
    return all;
  }

  private static List<Entry> crate() {
    return List.of(
        new Entry(
            BULK_CRATE,
            () -> new BareUpsert(course -> new BareCrate(course.stream())),
            "",
            HEAP,
            "ready JSON upserted into CrateDB, bulks of 1,000, two under way"),
        new Entry(CRATE, () -> CopyRun.toCrate(4), BULK_CRATE, HEAP, "Millrace to CrateDB"));
  }

  private static Entry bare(String name, BarePostgres.Way way, String what) {
    return new Entry(
        name,
        () -> new BareUpsert(BarePostgres.by(way)),
        "",
        HEAP,
        "ready JSON upserted into PostgreSQL, " + what);
  }

  /** With a heap of 256 MiB. */
  static List<Entry> little() {
    return List.of(
        new Entry(NULL_256M, () -> CopyRun.toNull(4), "", LITTLE, "Millrace to a null sink"),
        new Entry(SQLITE_256M, () -> CopyRun.toSqlite(4), "", LITTLE, "Millrace to SQLite"));
  }

  private static String cursors(int readers) {
    return readers == 1 ? "one cursor" : readers + " cursors over parts of the _ids";
  }
}
