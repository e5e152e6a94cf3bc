package dev.millrace.cli;

import dev.millrace.model.ClusterTime;
import dev.millrace.verify.Difference;
import dev.millrace.verify.Findings;
import java.io.PrintStream;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/** What a comparison came to: for people, for machines, and as an exit code. */
final class VerifyReport {
  private static final int MOST_EXAMPLES = 10;
  private static final int SHOWN_KEY = 100;

  private final String pipeline;
  private final Findings found;
  private final long begunNanos;
  private long repaired;

  VerifyReport(String pipeline, Findings found, long begunNanos) {
    this.pipeline = pipeline;
    this.found = found;
    this.begunNanos = begunNanos;
  }

  Findings found() {
    return found;
  }

  void repaired(long rows) {
    repaired = rows;
  }

  /** Some of each kind, by their keys alone: what is in documents is nobody's business here. */
  void examples(PrintStream err) {
    for (Difference how : Difference.values()) {
      found.differing().entrySet().stream()
          .filter(row -> row.getValue().how() == how)
          .limit(MOST_EXAMPLES)
          .forEach(row ->
              err.printf(
                  "%-9s %s %s%n",
                  how.name().toLowerCase(Locale.ROOT),
                  row.getKey().namespace(),
                  abbreviated(row.getKey().key())));
    }
    if (found.undelivered() > 0) {
      err.printf(
          "%,d rows are of documents that changed behind the pipeline's position: not delivered yet, for nobody runs it%n",
          found.undelivered());
    }
    if (found.unsettled() > 0) {
      err.printf(
          "%,d rows could not be told: they kept changing (--wait), or nobody can ask for their _id%n",
          found.unsettled());
    }
    if (found.deadLetters() > 0) {
      err.printf(
          "%,d rows differ because their tables do not take their documents: see millrace_dead_letters%n",
          found.deadLetters());
    }
    if (!found.complete()) {
      err.println(
          "so many rows differ that no more were looked for: `millrace snapshot` copies anew");
    }
  }

  private static String abbreviated(String key) {
    return key.length() <= SHOWN_KEY ? key : key.substring(0, SHOWN_KEY) + "…";
  }

  /** One line. */
  String json() {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("pipeline", pipeline);
    line.put("collections", found.collections());
    line.put("left_out", found.leftOut());
    line.put("documents", found.documents());
    line.put("missing", found.count(Difference.MISSING));
    line.put("different", found.count(Difference.DIFFERENT));
    line.put("extra", found.count(Difference.EXTRA));
    line.put("dead_letters", found.deadLetters());
    line.put("undelivered", found.undelivered());
    line.put("unsettled", found.unsettled());
    line.put("repaired", repaired);
    line.put("seconds", Math.round((System.nanoTime() - begunNanos) / 1e8) / 10.0);
    line.put("cluster_time", ClusterTime.text(found.time()));
    return Json.MAPPER.writeValueAsString(line);
  }

  int exitCode() {
    if (repaired < found.differing().size()) {
      return ExitCode.FAILED;
    }
    return found.isDecided() ? ExitCode.OK : ExitCode.UNREACHABLE;
  }

  /** Loaded when there is something to tell. */
  private static final class Json {
    static final JsonMapper MAPPER = new JsonMapper();
  }
}
