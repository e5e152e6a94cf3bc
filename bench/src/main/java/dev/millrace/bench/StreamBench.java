package dev.millrace.bench;

import dev.millrace.bench.Contenders.Entry;
import dev.millrace.lab.MongoServers;
import dev.millrace.lab.NatsServer;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.bson.BsonTimestamp;

/**
 * `bench/run stream`: one mongod, one nats-server, one stretch of oplog, and every contender over
 * it in turn.
 */
final class StreamBench {
  private static final String USAGE =
      """
      bench/run stream [--events N] [--size BYTES] [--lookup] [--latencies N] …

        --events N      events in the oplog; 200,000 unless said
        --size BYTES    of a document, roughly; 1,024 unless said
        --lookup        updates whose documents the server looks up, instead of inserts
        --latencies N   single inserts in `latency`; 500 unless said
      """;

  private static final String JSON = "json";
  private static final String FIRST = "first";
  private static final String LATENCY = "latency";
  private final long events;
  private final int size;
  private final boolean lookup;
  private final int latencies;
  private final Set<String> only;
  private final Rounds rounds;
  private final Results results = new Results();
  private final Report report = new Report(results, "event", "nats");

  private StreamBench(Options options) {
    this.events = options.number("--events", 200_000);
    this.size = (int) options.number("--size", 1_024);
    this.lookup = options.has("--lookup");
    this.latencies = (int) options.number("--latencies", 500);
    this.rounds = new Rounds(options, 5, events);
    this.only = rounds.only(known());
  }

  /** Returns whether every bar that was measured is met. */
  static boolean main(List<String> args) throws Exception {
    Set<String> valued = new HashSet<>(Rounds.VALUED);
    valued.addAll(List.of("--events", "--size", "--latencies"));
    return new StreamBench(new Options(args, valued, Set.of("--lookup"))).run();
  }

  static String usage() {
    return USAGE + Rounds.USAGE.formatted("5", String.join(",", known()), "events", "all");
  }

  private static Set<String> known() {
    Set<String> names = new LinkedHashSet<>();
    Contenders.all().forEach(entry -> names.add(entry.name()));
    names.addAll(List.of(JSON, FIRST, LATENCY));
    return names;
  }

  private boolean run() throws Exception {
    try (MongoServers mongo = MongoServers.replicaSet();
        NatsServer nats = NatsServer.builder().start()) {
      report.head(Machine.describe(mongo.client(), Broker.versions(nats)));
      report.head(setting());
      contend(mongo, nats);
      bars();
      if (only.contains(JSON)) {
        Rounds.say("json");
        report.json(
            JsonBench.run(new Orders(mongo.client(), "unused", size), 3 + 2 * rounds.rounds()));
      }
      if (only.contains(FIRST) || only.contains(LATENCY)) {
        latency(mongo, nats);
      }
    }
    return rounds.conclude(report);
  }

  private void bars() {
    report.ratioBar(Contenders.NULL, Contenders.RAW, 0.95);
    report.ratioBar(Contenders.JETSTREAM, Contenders.RELAY, 1.8);
    report.ratioBar(Contenders.JETSTREAM_256M, Contenders.JETSTREAM, 0.95);
    if (results.has(Contenders.JETSTREAM_256M)) {
      report.bar(
          Bar.atMost(
              Contenders.JETSTREAM_256M + " RSS",
              results.mostMebibytes(Contenders.JETSTREAM_256M, "rss"),
              450,
              " MiB"));
    }
  }

  private List<String> setting() {
    String what =
        lookup
            ? "%,d updates of 20,000 documents of about %,d bytes, looked up by the server"
            : "%,d inserts of documents of about %,d bytes";
    return List.of(
        String.format(Locale.ROOT, what, events, size)
            + ", read from the oplog of a replica set of one; "
            + rounds.rounds()
            + " rounds, contenders in turn",
        String.format(
            Locale.ROOT,
            "each run is a JVM of its own, -Xmx1g unless said%s; it warms up with %,d events and then"
                + " opens all its connections anew: the clock runs from before that to the last"
                + " event counted or acknowledged",
            rounds.moreFlags(),
            Math.min(rounds.warmUp(), events)));
  }

  private void contend(MongoServers mongo, NatsServer nats) throws Exception {
    List<Entry> entries =
        Contenders.all().stream().filter(entry -> only.contains(entry.name())).toList();
    if (entries.isEmpty()) {
      return;
    }
    Rounds.say(String.format(Locale.ROOT, "writing %,d events", events));
    Orders orders = new Orders(mongo.client(), "bench", size);
    BsonTimestamp from = lookup ? orders.update(events) : orders.insert(events);
    Course course =
        new Course(
            mongo.uri(),
            "bench",
            from,
            events,
            lookup ? Course.Task.LOOKUP : Course.Task.STREAM,
            nats.url(),
            "",
            mongo.pid(0),
            nats.pid());
    try (Broker broker = Broker.connect(nats.url())) {
      rounds.run(entries, course, broker::delete, results);
    }
  }

  private void latency(MongoServers mongo, NatsServer nats) throws Exception {
    Rounds.say("latency and first change");
    try (Latency latency = new Latency(mongo, nats, "bench_idle", size)) {
      if (only.contains(LATENCY)) {
        report.latency(latency.singles(latencies));
      }
      if (only.contains(FIRST)) {
        report.first(latency.firsts(rounds.rounds()), Latency.byLauncher());
      }
    }
  }
}
