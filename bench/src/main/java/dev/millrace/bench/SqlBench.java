package dev.millrace.bench;

import dev.millrace.bench.Contenders.Entry;
import dev.millrace.lab.MongoServers;
import dev.millrace.lab.PostgresServer;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.bson.BsonTimestamp;
import org.postgresql.util.DriverInfo;
import org.sqlite.SQLiteJDBCLoader;

/**
 * `bench/run sql`: a collection copied into databases, beside ready JSON that is upserted there by
 * the driver alone.
 */
final class SqlBench {
  private static final String USAGE =
      """
      bench/run sql [--documents N] [--size BYTES] …

      CrateDB is among them where CRATEDB_URL says where one is.

        --documents N   in the collection; 600,000 unless said
        --size BYTES    of a document, roughly; 1,024 unless said
      """;

  private static final String DATABASE = "bench";
  private static final long WARM_UP = 300_000;
  private static final double BAR = 0.7;

  private final long documents;
  private final int size;
  private final Set<String> only;
  private final Rounds rounds;
  private final Results results = new Results();
  private final Report report = new Report(results, "document", "postgres");

  private SqlBench(Options options) {
    this.documents = options.number("--documents", 600_000);
    this.size = (int) options.number("--size", 1_024);
    this.rounds = new Rounds(options, 3, Math.min(WARM_UP, documents));
    this.only = rounds.only(CopyContenders.names(CopyContenders.databases()));
  }

  /** Returns whether every bar that was measured is met. */
  static boolean main(List<String> args) throws Exception {
    Set<String> valued = new HashSet<>(Rounds.VALUED);
    valued.addAll(List.of("--documents", "--size"));
    return new SqlBench(new Options(args, valued, Set.of())).run();
  }

  static String usage() {
    return USAGE
        + Rounds.USAGE.formatted(
            "3",
            String.join(",", CopyContenders.names(CopyContenders.databases())),
            "documents",
            String.format(Locale.ROOT, "%,d", WARM_UP));
  }

  private boolean run() throws Exception {
    try (MongoServers mongo = MongoServers.replicaSet();
        PostgresServer postgres = server()) {
      report.head(Machine.describe(mongo.client(), versions(postgres)));
      report.head(setting());
      CopyBench.keepInMemory(mongo);
      CopyBench.fill(mongo, Course.WARM_UP_DATABASE, rounds.warmUp(), size);
      CopyBench.fill(mongo, DATABASE, documents, size);
      List<Entry> entries =
          CopyContenders.databases().stream().filter(entry -> only.contains(entry.name())).toList();
      rounds.run(
          entries, course(mongo, postgres), stream -> removeSchema(postgres, stream), results);
      report.ratioBar(CopyContenders.SQLITE, CopyContenders.UPSERT, BAR);
      report.ratioBar(CopyContenders.CRATE, CopyContenders.BULK_CRATE, BAR);
      for (String bare : CopyContenders.BARE_POSTGRES) {
        report.ratioBar(CopyContenders.POSTGRES, bare, BAR);
      }
    }
    return rounds.conclude(report);
  }

  private static String versions(PostgresServer postgres) {
    return "PostgreSQL %s, pgjdbc %s, sqlite-jdbc %s"
        .formatted(postgres.version(), DriverInfo.DRIVER_VERSION, SQLiteJDBCLoader.getVersion());
  }

  /** As small as the lab has it, it would write its checkpoints while we measure. */
  private static PostgresServer server() {
    return PostgresServer.builder()
        .setting("shared_buffers", "512MB")
        .setting("max_wal_size", "8GB")
        .start();
  }

  private static void removeSchema(PostgresServer postgres, String name) throws SQLException {
    if (BareCrate.URL.isPresent()) {
      BareCrate.remove(name);
    }
    try (Connection connection = DriverManager.getConnection(postgres.url());
        Statement statement = connection.createStatement()) {
      statement.execute("DROP SCHEMA IF EXISTS %s CASCADE".formatted(name));
    }
  }

  private Course course(MongoServers mongo, PostgresServer postgres) {
    return new Course(
        mongo.uri(),
        DATABASE,
        new BsonTimestamp(),
        documents,
        Course.Task.COPY,
        postgres.url(),
        "",
        mongo.pid(0),
        postgres.pid());
  }

  private List<String> setting() {
    return List.of(
        String.format(
            Locale.ROOT,
            "%,d documents of about %,d bytes in one collection of a replica set of one that has it"
                + " in memory; %d rounds, contenders in turn",
            documents,
            size,
            rounds.rounds()),
        String.format(
            Locale.ROOT,
            "each run is a JVM of its own, -Xmx1g%s; it warms up with %,d documents and then opens"
                + " all its connections anew; bare: 5,000 rows a transaction, nothing read and"
                + " nothing converted",
            rounds.moreFlags(),
            rounds.warmUp()),
        BareCrate.URL
            .map(url -> "CrateDB is given")
            .orElse("without CrateDB: CRATEDB_URL is not set"));
  }
}
