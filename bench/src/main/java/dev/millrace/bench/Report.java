package dev.millrace.bench;

import dev.millrace.bench.Contenders.Entry;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.bson.BsonDocument;
import org.bson.BsonValue;

/** Everything that was measured, as tables; and the bars that it meets or does not. */
final class Report {
  private static final String LEGEND =
      "events/s: median, then the slowest and fastest round. ratio: median of the rounds' ratios."
          + " µs: CPU per event of the contender, of mongod and of nats-server while it ran."
          + " heap: the most seen in use, looked at every 20 ms. RSS: the process's peak (VmHWM).";

  private final Results results;
  private final List<String> head = new ArrayList<>();
  private final Table writers = new Table("JSON", "documents/s", "min–max", "ratio");
  private final Table times = new Table("time", "p50", "p90", "p99", "max");
  private final List<Bar> bars = new ArrayList<>();

  Report(Results results) {
    this.results = results;
  }

  void head(List<String> lines) {
    head.addAll(lines);
  }

  void json(BsonDocument figures) {
    double[] tree = numbers(figures, "driver");
    double[] pipe = numbers(figures, "driverPipe");
    double[] ours = numbers(figures, "ours");
    double[] anchor = Results.median(tree) >= Results.median(pipe) ? tree : pipe;
    writer("json-driver: RawBsonDocument.toJson", tree, anchor);
    writer("json-driver: JsonWriter.pipe", pipe, anchor);
    writer("json-ours: BsonJson", ours, anchor);
    bars.add(Bar.atLeast("json-ours / the faster json-driver", pairwise(ours, anchor), 3, " ×"));
  }

  private void writer(String name, double[] rates, double[] anchor) {
    writers.row(
        name, thousands(Results.median(rates)), span(rates), ratio(pairwise(rates, anchor)));
  }

  private static double pairwise(double[] own, double[] anchor) {
    double[] ratios = new double[own.length];
    for (int i = 0; i < own.length; i++) {
      ratios[i] = own[i] / anchor[i];
    }
    return Results.median(ratios);
  }

  private static double[] numbers(BsonDocument from, String field) {
    return from.getArray(field).stream()
        .map(BsonValue::asDouble)
        .mapToDouble(number -> number.getValue())
        .toArray();
  }

  /** From insert to arrival, in milliseconds, ascending. */
  void latency(double[] millis) {
    times.row(
        "latency: insert (w: majority) → arrival, ms, %d one at a time".formatted(millis.length),
        two(quantile(millis, 0.5)),
        two(quantile(millis, 0.9)),
        two(quantile(millis, 0.99)),
        two(quantile(millis, 1)));
    bars.add(Bar.atMost("latency p50", quantile(millis, 0.5), 5, " ms"));
    bars.add(Bar.atMost("latency p99", quantile(millis, 0.99), 25, " ms"));
  }

  /** From starting the process to the first change, in seconds. */
  void first(double[] seconds, boolean byLauncher) {
    double[] sorted = seconds.clone();
    Arrays.sort(sorted);
    times.row(
        "first: start of %s → first change arrived, s, %d starts"
            .formatted(byLauncher ? "./millrace run" : "a JVM", sorted.length),
        two(quantile(sorted, 0.5)),
        two(quantile(sorted, 0.9)),
        two(quantile(sorted, 0.99)),
        two(quantile(sorted, 1)));
    bars.add(Bar.atMost("first", Results.median(sorted), 2, " s"));
  }

  private static double quantile(double[] sorted, double part) {
    return sorted[(int) Math.clamp(Math.ceil(part * sorted.length) - 1, 0, sorted.length - 1)];
  }

  private Table contenders() {
    Table table =
        new Table(
            "contender",
            "events/s",
            "min–max",
            "ratio",
            "client µs",
            "mongod µs",
            "nats µs",
            "all µs",
            "heap MiB",
            "RSS MiB");
    for (String name : results.names()) {
      Entry entry = Contenders.named(name);
      double[] rates = results.rates(name);
      table.row(
          name + ": " + entry.what(),
          thousands(Results.median(rates)),
          span(rates),
          results.has(entry.anchor())
              ? ratio(results.ratio(name, entry.anchor())) + " " + entry.anchor()
              : "",
          one(results.cpuMicros(name, "cpu")),
          one(results.cpuMicros(name, "mongodCpu")),
          one(results.cpuMicros(name, "natsCpu")),
          one(results.cpuMicros(name)),
          whole(results.mostMebibytes(name, "heap")),
          whole(results.mostMebibytes(name, "rss")));
    }
    return table;
  }

  private List<Bar> allBars() {
    List<Bar> all = new ArrayList<>();
    ratioBar(all, Contenders.NULL, Contenders.RAW, 0.95);
    ratioBar(all, Contenders.JETSTREAM, Contenders.RELAY, 1.8);
    ratioBar(all, Contenders.JETSTREAM_256M, Contenders.JETSTREAM, 0.95);
    if (results.has(Contenders.JETSTREAM_256M)) {
      all.add(
          Bar.atMost(
              Contenders.JETSTREAM_256M + " RSS",
              results.mostMebibytes(Contenders.JETSTREAM_256M, "rss"),
              450,
              " MiB"));
    }
    all.addAll(bars);
    return all;
  }

  private void ratioBar(List<Bar> all, String name, String anchor, double bound) {
    if (results.has(name) && results.has(anchor)) {
      all.add(Bar.atLeast(name + " / " + anchor, results.ratio(name, anchor), bound, " ×"));
    }
  }

  boolean met() {
    return allBars().stream().allMatch(Bar::met);
  }

  private Table barTable() {
    Table table = new Table("bar", "wanted", "measured", "");
    allBars().forEach(bar -> table.row(bar.cells()));
    return table;
  }

  private List<Table> tables() {
    List<Table> tables = new ArrayList<>();
    tables.add(contenders());
    tables.add(writers);
    tables.add(times);
    tables.add(barTable());
    tables.removeIf(Table::isEmpty);
    return tables;
  }

  String plain() {
    StringBuilder text = new StringBuilder();
    head.forEach(line -> text.append(line).append('\n'));
    tables().forEach(table -> text.append('\n').append(table.plain()));
    return text.append('\n').append(LEGEND).toString();
  }

  String markdown() {
    StringBuilder text = new StringBuilder();
    head.forEach(line -> text.append("- ").append(line).append('\n'));
    tables().forEach(table -> text.append('\n').append(table.markdown()));
    return text.append('\n').append(LEGEND).append('\n').toString();
  }

  private static String thousands(double value) {
    return String.format(Locale.ROOT, "%,.0f", value);
  }

  private static String span(double[] values) {
    return thousands(Arrays.stream(values).min().orElse(0))
        + "–"
        + thousands(Arrays.stream(values).max().orElse(0));
  }

  private static String ratio(double value) {
    return String.format(Locale.ROOT, "%.2f ×", value);
  }

  private static String one(double value) {
    return String.format(Locale.ROOT, "%.1f", value);
  }

  private static String two(double value) {
    return String.format(Locale.ROOT, "%.2f", value);
  }

  private static String whole(double value) {
    return String.format(Locale.ROOT, "%.0f", value);
  }
}
