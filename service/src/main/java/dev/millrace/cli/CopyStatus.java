package dev.millrace.cli;

import dev.millrace.config.MillraceConfig;
import dev.millrace.config.PipelineConfig;
import dev.millrace.model.NamePattern;
import dev.millrace.progress.Wording;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;

/** What the running instance says of copying, beside the configuration that is at hand here. */
final class CopyStatus {
  private static final String RELOAD = "`millrace reload` makes the file hold";

  private final MillraceConfig config;
  private final PrintStream out;

  CopyStatus(MillraceConfig config, PrintStream out) {
    this.config = config;
    this.out = out;
  }

  /** Nothing for a pipeline that neither copies nor differs. */
  void print(JsonNode pipeline) {
    List<String> lines = new ArrayList<>();
    JsonNode copy = pipeline.path("copy");
    if (copy.path("active").asBoolean(false)) {
      lines.addAll(commit(copy));
    }
    long left = copy.path("history_left_seconds").asLong(-1);
    if (left >= 0) {
      lines.add("source's history passes the position in " + Wording.time(left));
    }
    lines.addAll(differences(pipeline));
    List<List<String>> rows = rows(copy.path("collections"));
    if (lines.isEmpty() && rows.size() == 1) {
      return;
    }
    out.println();
    out.println("pipeline " + pipeline.path("name").asString(""));
    if (rows.size() > 1) {
      Table.print(rows, out);
    }
    lines.forEach(out::println);
  }

  private static List<List<String>> rows(JsonNode collections) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("COLLECTION", "COPY", "ROWS", "RANGES", "DETAIL"));
    for (JsonNode one : collections.values()) {
      String status = one.path("status").asString("").replace('_', ' ');
      rows.add(
          List.of(
              one.path("name").asString(""),
              one.path("paused").asBoolean(false) ? status + ", paused" : status,
              copied(one),
              Wording.ranges(one.path("ranges_complete").asInt(0), one.path("ranges").asInt(0)),
              one.path("reason").asString("")));
    }
    return rows;
  }

  /** What it was once estimated at means nothing once it is done. */
  private static String copied(JsonNode one) {
    boolean pending = one.path("status").asString("").equals("pending");
    long estimated = pending ? one.path("estimated").asLong(-1) : -1;
    return Wording.rows(one.path("copied").asLong(0), estimated);
  }

  private static List<String> commit(JsonNode copy) {
    List<String> lines = new ArrayList<>();
    JsonNode commit = copy.path("commit");
    String time = commit.path("time").asString("");
    String why = commit.path("reason").asString("");
    lines.add(
        time.isEmpty()
            ? "no commit point yet"
            : "commit point "
                + time
                + (commit.path("consistent").asBoolean(false)
                    ? ", consistent"
                    : ", no longer consistent" + (why.isEmpty() ? "" : ": " + why)));
    String waiting = copy.path("waiting_for").asString("");
    if (!waiting.isEmpty()) {
      lines.add("the next commit point waits for " + waiting);
    }
    List<String> excluded = texts(commit.path("excluded"));
    if (!excluded.isEmpty()) {
      lines.add("commit points leave out " + String.join(", ", excluded));
    }
    return lines;
  }

  private List<String> differences(JsonNode pipeline) {
    List<String> lines = new ArrayList<>();
    Optional<PipelineConfig> mine =
        config.pipelines().stream()
            .filter(p -> p.name().equals(pipeline.path("name").asString("")))
            .findFirst();
    JsonNode edits = pipeline.path("copy").path("edits");
    if (mine.isPresent()) {
      List<String> patterns = mine.get().source().collections();
      Predicate<String> inFile =
          name ->
              patterns.isEmpty() || patterns.stream().anyMatch(p -> NamePattern.matches(p, name));
      told("added while running", edits.path("added"), inFile.negate(), "not in the file", lines);
      told("removed while running", edits.path("removed"), inFile, "still in the file", lines);
      String follows = mine.get().source().summary();
      if (!follows.equals(pipeline.path("source").asString(follows))) {
        lines.add("the file has changed since, to %s; %s".formatted(follows, RELOAD));
      }
    }
    List<String> paused = texts(edits.path("paused"));
    if (!paused.isEmpty()) {
      String all = paused.contains("*") ? "all collections" : String.join(", ", paused);
      lines.add("paused: " + all + " (`millrace resume` goes on)");
    }
    return lines;
  }

  private static void told(
      String what, JsonNode names, Predicate<String> differs, String how, List<String> lines) {
    List<String> those = texts(names).stream().filter(differs).toList();
    if (!those.isEmpty()) {
      lines.add("%s: %s (%s; %s)".formatted(what, String.join(", ", those), how, RELOAD));
    }
  }

  private static List<String> texts(JsonNode list) {
    return list.values().stream().map(node -> node.asString("")).toList();
  }
}
