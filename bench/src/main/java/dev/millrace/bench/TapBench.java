package dev.millrace.bench;

import dev.millrace.lab.Binaries;
import dev.millrace.lab.Folders;
import dev.millrace.lab.MongoServers;
import dev.millrace.lab.PythonProgram;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.bson.BsonArray;
import org.bson.BsonBoolean;
import org.bson.BsonDocument;
import org.bson.BsonInt64;
import org.bson.BsonString;
import org.bson.BsonTimestamp;

/**
 * `bench/run tap`: our Singer tap beside tap-mongodb, each a process of its own from its start to
 * its end, over one collection and over the changes that filled it.
 */
final class TapBench {
  static final String USAGE =
      """
      bench/run tap [--documents N] [--size BYTES] [--rounds R] [--only ours] …

        --documents N   in the collection; 200,000 unless said. Ours reads one of ten times as many as well
        --size BYTES    of a document, roughly; 1,024 unless said
        --rounds R      how often each runs, in turn; 3 unless said
        --only NAMES    of ours,tap-mongodb
        --markdown FILE write the tables there as well
        --json-lines FILE  append every single run there
      """;

  private static final String OURS = "ours";
  private static final String THEIRS = "tap-mongodb";
  private static final String SMALL = "bench";
  private static final String LARGE = "bench_large";
  private static final int TIMES = 10;
  private static final double FLAT = 1.25;

  private static final String LEGEND =
      "documents/s: of a whole process, its start included: median, then the slowest and fastest"
          + " round. ratio: median of the rounds' ratios. µs: CPU per document of the tap and of"
          + " mongod. RSS: the process's peak (VmHWM).";

  private enum Method {
    FULL_TABLE(6),
    LOG_BASED(3);

    private final double bar;

    Method(double bar) {
      this.bar = bar;
    }
  }

  private final long documents;
  private final int size;
  private final Rounds rounds;
  private final Set<String> only;
  private final Results results = new Results();
  private final Report report = new Report(results, "document", "mongod", LEGEND);

  private TapBench(Options options) {
    this.documents = options.number("--documents", 200_000);
    this.size = (int) options.number("--size", 1_024);
    this.rounds = new Rounds(options, 3, 1);
    this.only = rounds.only(new LinkedHashSet<>(List.of(OURS, THEIRS)));
  }

  /** Returns whether every bar that was measured is met. */
  static boolean main(List<String> args) throws Exception {
    Set<String> valued =
        Set.of("--documents", "--size", "--rounds", "--only", "--markdown", "--json-lines");
    return new TapBench(new Options(args, valued, Set.of())).run();
  }

  private boolean run() throws Exception {
    Path folder = Files.createTempDirectory("millrace-bench-tap-");
    // Both collections' changes have to be in it.
    try (MongoServers mongo =
        MongoServers.builder().oplogMegabytes((int) (documents * size * 40 / 1_000_000)).start()) {
      report.head(
          Machine.describe(mongo.client(), PythonProgram.TAP_MONGODB.requirement() + " of PyPI"));
      report.head(setting());
      CopyBench.keepInMemory(mongo);
      compare(mongo, folder);
    } finally {
      Folders.delete(folder);
    }
    return rounds.conclude(report);
  }

  private void compare(MongoServers mongo, Path folder) throws Exception {
    // The small one last: behind its state stand no changes but its own.
    Input large =
        only.contains(OURS) ? fill(mongo, folder, LARGE, TIMES * documents) : new Input(0, folder);
    Input small = fill(mongo, folder, SMALL, documents);
    for (int round = 1; round <= rounds.rounds(); round++) {
      for (Method method : Method.values()) {
        if (only.contains(THEIRS)) {
          one(theirs(), name(THEIRS, method), small, method, round, mongo);
        }
        if (only.contains(OURS)) {
          one(ours(), name(OURS, method), small, method, round, mongo);
          one(ours(), large(method), large, method, round, mongo);
        }
      }
    }
    for (Method method : Method.values()) {
      report.ratioBar(name(OURS, method), name(THEIRS, method), method.bar);
      if (only.contains(OURS)) {
        report.bar(
            Bar.atMost(
                String.format(
                    Locale.ROOT,
                    "%s: RSS of %,d documents / of %,d",
                    method,
                    large.documents(),
                    small.documents()),
                results.mostMebibytes(large(method), "rss")
                    / results.mostMebibytes(name(OURS, method), "rss"),
                FLAT,
                " ×"));
      }
    }
    report.table(table());
  }

  private static String name(String tap, Method method) {
    return tap + " " + method;
  }

  private static String large(Method method) {
    return name(OURS, method) + " ×" + TIMES;
  }

  private Table table() {
    Table table =
        new Table(
            "tap",
            "documents",
            "documents/s",
            "min–max",
            "ratio",
            "tap µs",
            "mongod µs",
            "RSS MiB");
    for (String name : results.names()) {
      double[] rates = results.rates(name);
      String other = name.replace(OURS, THEIRS).replace(" ×" + TIMES, "");
      boolean compared = !name.equals(other) && results.has(other);
      table.row(
          name,
          Report.thousands(Results.median(results.of(name, run -> Results.field(run, "events")))),
          Report.thousands(Results.median(rates)),
          Report.span(rates),
          compared ? Report.ratio(results.ratio(name, other)) : "",
          Report.one(results.cpuMicros(name, "cpu")),
          Report.one(results.cpuMicros(name, "mongodCpu")),
          Report.whole(results.mostMebibytes(name, "rss")));
    }
    return table;
  }

  private void one(
      TapProcess tap, String as, Input input, Method method, int round, MongoServers mongo)
      throws Exception {
    List<String> arguments = input.arguments(method);
    if (round == 1 && input.documents() == documents) {
      demandAll(tap, as, input, arguments);
    }
    rounds.add(as, round, tap.run(arguments, input.documents(), mongo.pid(0)), results);
  }

  /** Before anything is measured; it warms mongod up as well. */
  private static void demandAll(TapProcess tap, String as, Input input, List<String> arguments)
      throws IOException, InterruptedException {
    long records = tap.records(arguments);
    if (records != input.documents()) {
      throw new IOException(
          "%s told of %d documents instead of %d".formatted(as, records, input.documents()));
    }
  }

  private static TapProcess ours() {
    List<String> command =
        new ArrayList<>(Program.hasLauncher() ? Program.launcher() : Program.jar());
    command.set(command.size() - 1, "tap");
    return new TapProcess(command);
  }

  private static TapProcess theirs() {
    return new TapProcess(List.of(Binaries.system().python(PythonProgram.TAP_MONGODB).toString()));
  }

  private record Input(long documents, Path folder) {
    List<String> arguments(Method method) {
      List<String> arguments =
          new ArrayList<>(
              List.of(
                  "--config",
                  folder.resolve("config.json").toString(),
                  "--catalog",
                  folder.resolve(method + ".json").toString()));
      if (method == Method.LOG_BASED) {
        arguments.addAll(List.of("--state", folder.resolve("state.json").toString()));
      }
      return arguments;
    }
  }

  /**
   * The collection, and what the taps are told of it; the state is of before its first document.
   */
  private Input fill(MongoServers mongo, Path folder, String database, long count)
      throws IOException {
    Rounds.say(String.format(Locale.ROOT, "writing %,d documents", count));
    BsonTimestamp before = new Orders(mongo.client(), database, size).insert(count);
    Path files = Files.createDirectory(folder.resolve(database));
    write(
        files,
        "config.json",
        text("host", "127.0.0.1")
            .append("port", new BsonString(Integer.toString(mongo.port(0))))
            .append("user", new BsonString(""))
            .append("password", new BsonString(""))
            .append("database", new BsonString("admin")));
    for (Method method : Method.values()) {
      write(files, method + ".json", catalog(database, method));
    }
    write(files, "state.json", state(database, before));
    return new Input(count, files);
  }

  private static BsonDocument catalog(String database, Method method) {
    BsonDocument metadata =
        text("database-name", database)
            .append("table-key-properties", new BsonArray(List.of(new BsonString("_id"))))
            .append("replication-method", new BsonString(method.name()))
            .append("is-view", BsonBoolean.FALSE)
            .append("selected", BsonBoolean.TRUE);
    BsonDocument stream =
        text("table_name", Orders.COLLECTION)
            .append("stream", new BsonString(Orders.COLLECTION))
            .append("tap_stream_id", new BsonString(database + "-" + Orders.COLLECTION))
            .append("schema", text("type", "object"))
            .append(
                "metadata",
                new BsonArray(
                    List.of(
                        new BsonDocument("breadcrumb", new BsonArray())
                            .append("metadata", metadata))));
    return new BsonDocument("streams", new BsonArray(List.of(stream)));
  }

  private static BsonDocument state(String database, BsonTimestamp time) {
    BsonDocument bookmark =
        text("last_replication_method", Method.LOG_BASED.name())
            .append("version", new BsonInt64(1))
            .append("initial_full_table_complete", BsonBoolean.TRUE)
            .append("oplog_ts_time", new BsonInt64(Integer.toUnsignedLong(time.getTime())))
            .append("oplog_ts_inc", new BsonInt64(Integer.toUnsignedLong(time.getInc())));
    return new BsonDocument(
        "bookmarks", new BsonDocument(database + "-" + Orders.COLLECTION, bookmark));
  }

  private static BsonDocument text(String name, String value) {
    return new BsonDocument(name, new BsonString(value));
  }

  private static void write(Path folder, String name, BsonDocument json) throws IOException {
    Files.writeString(folder.resolve(name), json.toJson(PlainRelay.RELAXED));
  }

  private List<String> setting() {
    return List.of(
        String.format(
            Locale.ROOT,
            "%,d documents of about %,d bytes in one collection of a replica set of one that has it in"
                + " memory, ours of %,d as well; FULL_TABLE, and LOG_BASED from a state of before"
                + " the first was written; %d rounds, in turn",
            documents,
            size,
            TIMES * documents,
            rounds.rounds()),
        "each run is a process as its users start it, from its start to its end, messages to"
            + " /dev/null; one before the first round is not measured, but its records are counted");
  }
}
