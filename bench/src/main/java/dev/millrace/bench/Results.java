package dev.millrace.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.bson.BsonDocument;

/** The runs of each contender, in the order of the rounds. */
final class Results {
  private final Map<String, List<BsonDocument>> runs = new LinkedHashMap<>();

  void add(String name, BsonDocument run) {
    runs.computeIfAbsent(name, any -> new ArrayList<>()).add(run);
  }

  boolean has(String name) {
    return runs.containsKey(name);
  }

  List<String> names() {
    return List.copyOf(runs.keySet());
  }

  /** Events per second of each round. */
  double[] rates(String name) {
    return of(name, run -> field(run, "events") / field(run, "seconds"));
  }

  double[] of(String name, ToDoubleFunction<BsonDocument> figure) {
    return runs.getOrDefault(name, List.of()).stream().mapToDouble(figure).toArray();
  }

  /**
   * The median of the ratios round by round: what slows the machine for a while slows neighbours
   * alike, so the ratio of two medians would be worse.
   */
  double ratio(String name, String anchor) {
    double[] own = rates(name);
    double[] other = rates(anchor);
    double[] ratios = new double[Math.min(own.length, other.length)];
    for (int i = 0; i < ratios.length; i++) {
      ratios[i] = own[i] / other[i];
    }
    return median(ratios);
  }

  /** Microseconds of CPU per event, of {@code cpu}, {@code mongodCpu} or {@code sinkCpu}. */
  double cpuMicros(String name, String whose) {
    return median(of(name, run -> field(run, whose) / field(run, "events") * 1e6));
  }

  /** Of all three together. */
  double cpuMicros(String name) {
    return median(
        of(
            name,
            run ->
                (field(run, "cpu") + field(run, "mongodCpu") + field(run, "sinkCpu"))
                    / field(run, "events")
                    * 1e6));
  }

  /** The most of all rounds, in MiB. */
  double mostMebibytes(String name, String field) {
    return Arrays.stream(of(name, run -> field(run, field))).max().orElse(Double.NaN) / (1 << 20);
  }

  static double field(BsonDocument run, String name) {
    return run.getNumber(name).doubleValue();
  }

  static double median(double[] values) {
    if (values.length == 0) {
      return Double.NaN;
    }
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }
}
