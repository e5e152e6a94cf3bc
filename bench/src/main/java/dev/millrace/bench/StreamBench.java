package dev.millrace.bench;

import dev.millrace.bench.Contenders.Entry;
import dev.millrace.lab.MongoServers;
import dev.millrace.lab.NatsServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;
import org.bson.BsonDocument;
import org.bson.BsonString;
import org.bson.BsonTimestamp;
import org.jspecify.annotations.Nullable;

/**
 * `bench/run stream`: one mongod, one nats-server, one stretch of oplog, and every contender over
 * it in turn.
 */
final class StreamBench {
  static final String USAGE =
      """
      bench/run stream [--events N] [--rounds R] [--size BYTES] [--only NAMES] [--lookup]
                       [--warm-up N] [--latencies N] [--markdown FILE] [--json-lines FILE]
                       [--jvm FLAGS]

        --events N      events in the oplog; 200,000 unless said
        --rounds R      how often each contender runs, in turn; 5 unless said
        --size BYTES    of a document, roughly; 1,024 unless said
        --only NAMES    of %s
        --lookup        updates whose documents the server looks up, instead of inserts
        --warm-up N     events each process runs before it is measured; all unless said
        --latencies N   single inserts in `latency`; 500 unless said
        --markdown FILE write the tables there as well
        --json-lines FILE  append every single run there
        --jvm FLAGS     more flags for every contender's JVM; NAME in them becomes the run's name
      """;

  private static final String JSON = "json";
  private static final String FIRST = "first";
  private static final String LATENCY = "latency";
  private static final Set<String> VALUED =
      Set.of(
          "--events",
          "--rounds",
          "--size",
          "--only",
          "--warm-up",
          "--markdown",
          "--jvm",
          "--json-lines",
          "--latencies");

  private final long events;
  private final int rounds;
  private final int size;
  private final boolean lookup;
  private final long warmUp;
  private final int latencies;
  private final Set<String> only;
  private final List<String> flags;
  private final @Nullable Path markdown;
  private final @Nullable Path jsonLines;
  private final Results results = new Results();
  private final Report report;

  private StreamBench(Options options) {
    this.events = options.number("--events", 200_000);
    this.rounds = (int) options.number("--rounds", 5);
    this.size = (int) options.number("--size", 1_024);
    this.lookup = options.has("--lookup");
    this.warmUp = options.number("--warm-up", events);
    this.latencies = (int) options.number("--latencies", 500);
    this.only = only(options.text("--only"));
    String jvm = options.text("--jvm");
    this.flags = jvm == null ? List.of() : List.of(jvm.strip().split("\\s+"));
    this.markdown = options.path("--markdown");
    this.jsonLines = options.path("--json-lines");
    this.report = new Report(results);
  }

  /** Returns whether every bar that was measured is met. */
  static boolean main(List<String> args) throws Exception {
    return new StreamBench(new Options(args, VALUED, Set.of("--lookup"))).run();
  }

  static String names() {
    return String.join(",", known());
  }

  private static Set<String> known() {
    Set<String> names = new LinkedHashSet<>();
    Contenders.all().forEach(entry -> names.add(entry.name()));
    names.addAll(List.of(JSON, FIRST, LATENCY));
    return names;
  }

  private static Set<String> only(@Nullable String text) {
    if (text == null) {
      return known();
    }
    Set<String> names = new LinkedHashSet<>(List.of(text.split(",")));
    names.stream()
        .filter(Predicate.not(known()::contains))
        .findFirst()
        .ifPresent(name -> {
          throw new UsageException("no contender " + name + "; there are " + names());
        });
    return names;
  }

  private boolean run() throws Exception {
    try (MongoServers mongo = MongoServers.replicaSet();
        NatsServer nats = NatsServer.builder().start()) {
      report.head(Machine.describe(mongo.client(), nats));
      report.head(setting());
      contend(mongo, nats);
      if (only.contains(JSON)) {
        say("json");
        report.json(JsonBench.run(new Orders(mongo.client(), "unused", size), 3 + 2 * rounds));
      }
      if (only.contains(FIRST) || only.contains(LATENCY)) {
        latency(mongo, nats);
      }
    }
    System.err.println();
    System.out.println(report.plain());
    if (markdown != null) {
      Files.writeString(markdown, report.markdown());
    }
    return report.met();
  }

  private List<String> setting() {
    String what =
        lookup
            ? "%,d updates of 20,000 documents of about %,d bytes, looked up by the server"
            : "%,d inserts of documents of about %,d bytes";
    return List.of(
        String.format(Locale.ROOT, what, events, size)
            + ", read from the oplog of a replica set of one; "
            + rounds
            + " rounds, contenders in turn",
        String.format(
            Locale.ROOT,
            "each run is a JVM of its own, -Xmx1g unless said%s; it warms up with %,d events and then"
                + " opens all its connections anew: the clock runs from before that to the last"
                + " event counted or acknowledged",
            flags.isEmpty() ? "" : ", " + String.join(" ", flags),
            Math.min(warmUp, events)));
  }

  private void contend(MongoServers mongo, NatsServer nats) throws Exception {
    List<Entry> entries =
        Contenders.all().stream().filter(entry -> only.contains(entry.name())).toList();
    if (entries.isEmpty()) {
      return;
    }
    say(String.format(Locale.ROOT, "writing %,d events", events));
    Orders orders = new Orders(mongo.client(), "bench", size);
    BsonTimestamp from = lookup ? orders.update(events) : orders.insert(events);
    Course course =
        new Course(
            mongo.uri(), "bench", from, events, lookup, nats.url(), "", mongo.pid(0), nats.pid());
    try (Broker broker = Broker.connect(nats.url())) {
      for (int round = 1; round <= rounds; round++) {
        for (Entry entry : entries) {
          one(entry, course, round, broker);
        }
      }
    }
  }

  private void one(Entry entry, Course course, int round, Broker broker) throws Exception {
    String stream = entry.name().replace('-', '_') + "_" + round;
    BsonDocument run =
        Jvm.ask(
            Jvm.child(
                entry.heap(),
                flags.stream().map(flag -> flag.replace("NAME", stream)).toList(),
                List.of(entry.name(), course.into(stream).toJson(), Long.toString(warmUp))));
    broker.delete(stream);
    broker.delete(stream + Child.WARM_UP);
    results.add(entry.name(), run);
    note(entry, round, run);
  }

  private void note(Entry entry, int round, BsonDocument run) throws IOException {
    say(
        String.format(
            Locale.ROOT,
            "round %d/%d %-14s %,9.0f/s",
            round,
            rounds,
            entry.name(),
            Results.field(run, "events") / Results.field(run, "seconds")));
    if (jsonLines != null) {
      BsonDocument line = new BsonDocument("contender", new BsonString(entry.name()));
      line.putAll(run);
      Files.writeString(
          jsonLines,
          line.toJson(PlainRelay.RELAXED) + "\n",
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    }
  }

  private void latency(MongoServers mongo, NatsServer nats) throws Exception {
    say("latency and first change");
    try (Latency latency = new Latency(mongo, nats, "bench_idle", size)) {
      if (only.contains(LATENCY)) {
        report.latency(latency.singles(latencies));
      }
      if (only.contains(FIRST)) {
        report.first(latency.firsts(rounds), Latency.byLauncher());
      }
    }
  }

  private static void say(String line) {
    System.err.println("bench: " + line);
  }
}
