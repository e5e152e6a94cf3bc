package dev.millrace.bench;

import dev.millrace.bench.Contenders.Entry;
import dev.millrace.lab.MongoServers;
import dev.millrace.lab.NatsServer;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonString;
import org.bson.BsonTimestamp;

/**
 * `bench/run copy` and `bench/run copy-while-writing`: one mongod, one nats-server, one collection,
 * and every contender over it in turn.
 */
final class CopyBench {
  private static final String USAGE =
      """
      bench/run copy [--documents N] [--size BYTES] [--memory] …
      bench/run copy-while-writing [--documents N] [--size BYTES] [--writes N] …

        --documents N   in the collection; 3,000,000 unless said
        --size BYTES    of a document, roughly; 1,024 unless said
        --writes N      writes per second meanwhile; 2,000 unless said
        --memory        only this: how memory grows with the collection, in a heap of 256 MiB
        --small N       with --memory: documents in the other collection; 100,000 unless said
      """;

  private static final String DATABASE = "bench";

  /** Two seconds or so, as long as the JIT compiler is busy. */
  private static final long WARM_UP = 1_000_000;

  private static final String WHILE_WRITING = "while-writing";

  private final boolean writing;
  private final boolean memory;
  private final long documents;
  private final long small;
  private final double writes;
  private final int size;
  private final Set<String> only;
  private final Rounds rounds;
  private final Results results = new Results();
  private final Report report = new Report(results, "document", "nats");

  private CopyBench(Options options, boolean writing) {
    this.writing = writing;
    this.memory = options.has("--memory");
    if (writing && memory) {
      throw new UsageException("--memory is of `copy`, not of `copy-" + WHILE_WRITING + "`");
    }
    this.documents = options.number("--documents", 3_000_000);
    this.small = options.number("--small", 100_000);
    this.writes = options.number("--writes", 2_000);
    this.size = (int) options.number("--size", 1_024);
    this.rounds = new Rounds(options, memory ? 1 : 3, Math.min(WARM_UP, documents));
    List<Entry> known = memory ? CopyContenders.little() : CopyContenders.compared();
    this.only = rounds.only(CopyContenders.names(known));
  }

  /** Returns whether every bar that was measured is met. */
  static boolean main(List<String> args, boolean writing) throws Exception {
    Set<String> valued = new HashSet<>(Rounds.VALUED);
    valued.addAll(List.of("--documents", "--size", "--writes", "--small"));
    return new CopyBench(new Options(args, valued, Set.of("--memory")), writing).run();
  }

  static String usage() {
    return USAGE
        + Rounds.USAGE.formatted(
            "3 (with --memory: 1)",
            String.join(",", CopyContenders.names(CopyContenders.compared())),
            "documents",
            String.format(Locale.ROOT, "%,d", WARM_UP));
  }

  private boolean run() throws Exception {
    try (MongoServers mongo = MongoServers.replicaSet();
        NatsServer nats = NatsServer.builder().start();
        Broker broker = Broker.connect(nats.url())) {
      report.head(Machine.describe(mongo.client(), Broker.versions(nats)));
      report.head(setting());
      keepInMemory(mongo);
      new Orders(mongo.client(), Course.WARM_UP_DATABASE, size).insert(rounds.warmUp());
      if (memory) {
        memory(mongo, nats, broker);
      } else {
        contend(mongo, nats, broker);
      }
    }
    return rounds.conclude(report);
  }

  /** The lab's mongod has a small cache; here reading is measured, not the disk. */
  static void keepInMemory(MongoServers mongo) {
    mongo.runOnPrimary(
        new BsonDocument("setParameter", new BsonInt32(1))
            .append("wiredTigerEngineRuntimeConfig", new BsonString("cache_size=6GB")));
  }

  private List<String> setting() {
    return List.of(
        String.format(
            Locale.ROOT,
            "%,d documents of about %,d bytes in one collection of a replica set of one that has it"
                + " in memory%s; %d rounds, contenders in turn",
            documents,
            size,
            writing
                ? String.format(Locale.ROOT, ", with %,.0f writes a second going on", writes)
                : "",
            rounds.rounds()),
        String.format(
            Locale.ROOT,
            "each run is a JVM of its own, %s%s; it warms up with %,d documents and then opens all"
                + " its connections anew: the clock runs from before that until all is counted, or"
                + " in the sink with the commit point that says so",
            memory ? "-Xmx256m" : "-Xmx1g",
            rounds.moreFlags(),
            rounds.warmUp()));
  }

  private Course course(MongoServers mongo, NatsServer nats, String database, long count) {
    return new Course(
        mongo.uri(),
        database,
        new BsonTimestamp(),
        count,
        writing ? Course.Task.COPY_WHILE_WRITING : Course.Task.COPY,
        nats.url(),
        "",
        mongo.pid(0),
        nats.pid());
  }

  static Orders fill(MongoServers mongo, String database, long count, int size) {
    Rounds.say(String.format(Locale.ROOT, "writing %,d documents", count));
    Orders orders = new Orders(mongo.client(), database, size);
    orders.insert(count);
    return orders;
  }

  private void contend(MongoServers mongo, NatsServer nats, Broker broker) throws Exception {
    List<Entry> entries =
        CopyContenders.compared().stream()
            .filter(entry -> only.contains(entry.name()))
            .filter(entry -> !writing || !entry.name().equals(CopyContenders.UPSERT))
            .toList();
    Orders orders = fill(mongo, DATABASE, documents, size);
    Course course = course(mongo, nats, DATABASE, documents);
    if (!writing) {
      rounds.run(entries, course, broker::delete, results);
      for (int readers : CopyContenders.READERS) {
        report.ratioBar(CopyContenders.toNull(readers), CopyContenders.find(readers), 0.8);
      }
      report.ratioBar(CopyContenders.SQLITE, CopyContenders.UPSERT, 0.7);
      return;
    }
    try (Writer writer = new Writer(mongo.client(), DATABASE, orders, documents, writes)) {
      rounds.run(entries, course, broker::delete, results);
      report.bar(Bar.atLeast("writes a second", writer.achieved(), 0.95 * writes, ""));
    }
    for (Entry entry : entries) {
      if (!entry.anchor().isEmpty() && !entry.name().startsWith("paged")) {
        report.lag(entry.name());
      }
    }
  }

  private void memory(MongoServers mongo, NatsServer nats, Broker broker) throws Exception {
    List<Entry> entries =
        CopyContenders.little().stream().filter(entry -> only.contains(entry.name())).toList();
    fill(mongo, DATABASE + "_small", small, size);
    fill(mongo, DATABASE, documents, size);
    new CopyMemory(rounds, results, report)
        .run(
            entries,
            course(mongo, nats, DATABASE + "_small", small),
            course(mongo, nats, DATABASE, documents),
            broker::delete);
  }
}
