package dev.millrace.bench;

import dev.millrace.bench.Contenders.Entry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.bson.BsonDocument;
import org.bson.BsonInt64;
import org.bson.BsonString;
import org.jspecify.annotations.Nullable;

/** Runs contenders in turn, each in a JVM of its own, and notes what each did. */
final class Rounds {
  /** The options that say how; see {@link #USAGE}. */
  static final Set<String> VALUED =
      Set.of("--rounds", "--only", "--warm-up", "--markdown", "--jvm", "--json-lines");

  static final String USAGE =
      """
        --rounds R      how often each contender runs, in turn; %s unless said
        --only NAMES    of %s
        --warm-up N     %s each process runs before it is measured; %s unless said
        --markdown FILE write the tables there as well
        --json-lines FILE  append every single run there
        --jvm FLAGS     more flags for every contender's JVM; NAME in them becomes the run's name
      """;

  private final int rounds;
  private final long warmUp;
  private final List<String> flags;
  private final @Nullable String only;
  private final @Nullable Path markdown;
  private final @Nullable Path jsonLines;

  /**
   * @param warmUp events or documents, unless said otherwise
   */
  Rounds(Options options, int usualRounds, long warmUp) {
    this.rounds = (int) options.number("--rounds", usualRounds);
    this.warmUp = options.number("--warm-up", warmUp);
    String jvm = options.text("--jvm");
    this.flags = jvm == null ? List.of() : List.of(jvm.strip().split("\\s+"));
    this.only = options.text("--only");
    this.markdown = options.path("--markdown");
    this.jsonLines = options.path("--json-lines");
  }

  int rounds() {
    return rounds;
  }

  long warmUp() {
    return warmUp;
  }

  /** For people: which flags there are beside the usual ones, led by a comma. */
  String moreFlags() {
    return flags.isEmpty() ? "" : ", " + String.join(" ", flags);
  }

  /**
   * The names asked for; all where none are.
   *
   * @throws UsageException for one that is none of them
   */
  Set<String> only(Set<String> known) {
    if (only == null) {
      return known;
    }
    Set<String> names = new LinkedHashSet<>(List.of(only.split(",")));
    for (String name : names) {
      if (!known.contains(name)) {
        throw new UsageException("no contender " + name + "; there are " + String.join(",", known));
      }
    }
    return names;
  }

  /** Removes what a run left on the server that was delivered to. */
  @FunctionalInterface
  interface Leftovers {
    /**
     * @param stream of the run's course, be there anything of it or not
     */
    void delete(String stream) throws Exception;
  }

  void run(List<Entry> entries, Course course, Leftovers leftovers, Results results)
      throws Exception {
    for (int round = 1; round <= rounds; round++) {
      for (Entry entry : entries) {
        one(entry, entry.name(), course, round, leftovers, results);
      }
    }
  }

  /**
   * @param as the name that the result is kept under
   */
  void one(Entry entry, String as, Course course, int round, Leftovers leftovers, Results results)
      throws Exception {
    String stream = as.replace('-', '_') + "_" + round;
    BsonDocument run =
        Jvm.ask(
            Jvm.child(
                entry.heap(),
                flags.stream().map(flag -> flag.replace("NAME", stream)).toList(),
                List.of(entry.name(), course.into(stream).toJson(), Long.toString(warmUp))));
    leftovers.delete(stream);
    leftovers.delete(Course.warmUpStream(stream));
    add(as, round, run, results);
  }

  /** Keeps what a run did, and tells of it. */
  void add(String as, int round, BsonDocument run, Results results) throws IOException {
    results.add(as, run);
    note(as, round, run);
  }

  private void note(String name, int round, BsonDocument run) throws IOException {
    say(
        String.format(
            Locale.ROOT,
            "round %d/%d %-14s %,9.0f/s",
            round,
            rounds,
            name,
            Results.field(run, "events") / Results.field(run, "seconds")));
    if (jsonLines != null) {
      BsonDocument line =
          new BsonDocument("contender", new BsonString(name)).append("round", new BsonInt64(round));
      line.putAll(run);
      Files.writeString(
          jsonLines,
          line.toJson(PlainRelay.RELAXED) + "\n",
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    }
  }

  /** Prints what was measured, and returns whether every bar of it is met. */
  boolean conclude(Report report) throws IOException {
    System.err.println();
    System.out.println(report.plain());
    if (markdown != null) {
      Files.writeString(markdown, report.markdown());
    }
    return report.met();
  }

  static void say(String line) {
    System.err.println("bench: " + line);
  }
}
