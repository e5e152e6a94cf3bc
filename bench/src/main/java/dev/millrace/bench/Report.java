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
  private final Results results;
  private final String unit;
  private final String server;
  private final String legend;
  private final List<String> head = new ArrayList<>();
  private final Table writers = new Table("JSON", "documents/s", "min–max", "ratio");
  private final Table times = new Table("time", "p50", "p90", "p99", "max");
  private final List<Table> more = new ArrayList<>();
  private final List<Bar> bars = new ArrayList<>();

  /**
   * @param unit what is counted: event or document
   * @param server that is delivered to, in a word
   */
  Report(Results results, String unit, String server) {
    this(
        results,
        unit,
        server,
        ("%1$ss/s: median, then the slowest and fastest round. ratio: median of the rounds' ratios."
                + " µs: CPU per %1$s of the contender, of mongod and of %2$s while it ran."
                + " heap: the most seen in use, looked at every 20 ms. RSS: the process's peak (VmHWM).")
            .formatted(unit, server));
  }

  /**
   * @param legend what the columns of its tables are
   */
  Report(Results results, String unit, String server, String legend) {
    this.results = results;
    this.unit = unit;
    this.server = server;
    this.legend = legend;
  }

  void head(List<String> lines) {
    head.addAll(lines);
  }

  /** A table of its own, shown behind the contenders'. */
  void table(Table table) {
    more.add(table);
  }

  void bar(Bar bar) {
    bars.add(bar);
  }

  /** A promise of the ratio of two contenders, where both ran. */
  void ratioBar(String name, String anchor, double bound) {
    if (results.has(name) && results.has(anchor)) {
      bars.add(Bar.atLeast(name + " / " + anchor, results.ratio(name, anchor), bound, " ×"));
    }
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

  /** From write to durable in the sink, in milliseconds: the median round's, the worst of all. */
  void lag(String name) {
    double worst = Arrays.stream(lags(name, Lags.MAX)).max().orElse(Double.NaN);
    times.row(
        "lag: %s: write → durable in the sink, ms, %s writes"
            .formatted(name, thousands(Results.median(lags(name, Lags.MARKS)))),
        two(Results.median(lags(name, Lags.P50))),
        two(Results.median(lags(name, Lags.P90))),
        two(Results.median(lags(name, Lags.P99))),
        two(worst));
    bars.add(Bar.atMost("lag of " + name + ", worst", worst, 2_000, " ms"));
  }

  private double[] lags(String name, String field) {
    return results.of(name, run -> run.containsKey(field) ? Results.field(run, field) : Double.NaN);
  }

  private static double quantile(double[] sorted, double part) {
    return sorted[(int) Math.clamp(Math.ceil(part * sorted.length) - 1, 0, sorted.length - 1)];
  }

  private Table contenders() {
    Table table =
        new Table(
            "contender",
            unit + "s/s",
            "min–max",
            "ratio",
            "client µs",
            "mongod µs",
            server + " µs",
            "all µs",
            "heap MiB",
            "RSS MiB");
    for (String name : results.names()) {
      Entry entry = Contenders.find(name);
      if (entry == null) {
        continue;
      }
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
          one(results.cpuMicros(name, "sinkCpu")),
          one(results.cpuMicros(name)),
          whole(results.mostMebibytes(name, "heap")),
          whole(results.mostMebibytes(name, "rss")));
    }
    return table;
  }

  boolean met() {
    return bars.stream().allMatch(Bar::met);
  }

  private Table barTable() {
    Table table = new Table("bar", "wanted", "measured", "");
    bars.forEach(bar -> table.row(bar.cells()));
    return table;
  }

  private List<Table> tables() {
    List<Table> tables = new ArrayList<>();
    tables.add(contenders());
    tables.addAll(more);
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
    return text.append('\n').append(legend).toString();
  }

  String markdown() {
    StringBuilder text = new StringBuilder();
    head.forEach(line -> text.append("- ").append(line).append('\n'));
    tables().forEach(table -> text.append('\n').append(table.markdown()));
    return text.append('\n').append(legend).append('\n').toString();
  }

  static String thousands(double value) {
    return String.format(Locale.ROOT, "%,.0f", value);
  }

  static String span(double[] values) {
    return thousands(Arrays.stream(values).min().orElse(0))
        + "–"
        + thousands(Arrays.stream(values).max().orElse(0));
  }

  static String ratio(double value) {
    return String.format(Locale.ROOT, "%.2f ×", value);
  }

  static String one(double value) {
    return String.format(Locale.ROOT, "%.1f", value);
  }

  static String two(double value) {
    return String.format(Locale.ROOT, "%.2f", value);
  }

  static String whole(double value) {
    return String.format(Locale.ROOT, "%.0f", value);
  }
}
