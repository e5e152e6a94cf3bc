package dev.millrace.bench;

import dev.millrace.lab.MongoServers;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.bson.BsonBoolean;
import org.bson.BsonDocument;
import org.bson.BsonString;

/**
 * `bench/soak NAME`: long trials of the whole program, each with servers of its own. Each ends with
 * one line of JSON, and with a status other than 0 where it found a fault.
 */
final class Soak {
  /** One trial, by name. */
  private record Entry(String name, String what, Trial trial) {}

  /** What a trial is asked for; the ones left out are up to it. */
  record Wish(long rounds, long minutes, long seed, String sink) {
    long roundsOr(long usual) {
      return rounds > 0 ? rounds : usual;
    }

    long seedOr(long usual) {
      return seed > 0 ? seed : usual;
    }

    long minutesOr(long usual) {
      return minutes > 0 ? minutes : usual;
    }
  }

  /** A trial's figures, and whether they are as they must be. */
  record Outcome(BsonDocument figures, boolean good) {}

  /** Runs once, to its end. */
  @FunctionalInterface
  interface Trial {
    Outcome run(Wish wish) throws Exception;
  }

  private static final List<Entry> TRIALS =
      List.of(
          new Entry(
              "kill",
              "kill -9 of Millrace, --rounds times (10), under a workload into JetStream",
              KillTrial::run),
          new Entry(
              "copy-kill",
              "kill -9 of Millrace, --rounds times (10), while it copies what is written to, into"
                  + " SQLite, PostgreSQL and JetStream in turn, or into --sink sqlite, postgres or"
                  + " jetstream alone",
              CopyKillTrial::run),
          new Entry(
              "stall",
              "a reader of its standard output that stalls longer than a session lives, --rounds"
                  + " times (1)",
              StallTrial::run),
          new Entry(
              "idle",
              "what it writes to its checkpoint in --minutes (1) in which nothing happens",
              IdleTrial::run));

  private Soak() {}

  static String usage() {
    return "bench/soak NAME [--rounds N] [--minutes N] [--seed N] [--sink NAME]\n\n"
        + TRIALS.stream()
            .map(entry -> "  %-10s %s\n".formatted(entry.name(), entry.what()))
            .collect(Collectors.joining());
  }

  /** Returns whether all was well. */
  static boolean main(List<String> args) throws Exception {
    Options options =
        new Options(args, Set.of("--rounds", "--minutes", "--seed", "--sink"), Set.of());
    String name = options.words().isEmpty() ? "" : options.words().getFirst();
    Entry entry =
        TRIALS.stream()
            .filter(each -> each.name().equals(name))
            .findFirst()
            .orElseThrow(() -> new UsageException("no trial '" + name + "'\n" + usage()));
    String sink = options.text("--sink");
    if (sink != null && !entry.what().contains("--sink")) {
      throw new UsageException("`%s` takes no --sink%n%s".formatted(name, usage()));
    }
    Wish wish =
        new Wish(
            wish(options, "--rounds"),
            wish(options, "--minutes"),
            wish(options, "--seed"),
            sink == null ? "" : sink);
    Outcome outcome = entry.trial().run(wish);
    BsonDocument line =
        new BsonDocument("trial", new BsonString(name))
            .append("good", BsonBoolean.valueOf(outcome.good()));
    line.putAll(outcome.figures());
    System.out.println(line.toJson(PlainRelay.RELAXED));
    return outcome.good();
  }

  private static long wish(Options options, String name) {
    return options.has(name) ? options.number(name, 0) : 0;
  }

  static void say(String line) {
    System.err.println("soak: " + line);
  }

  /** A mongod whose sessions end as soon as it allows: after a minute, looked for every second. */
  static MongoServers shortSessions() {
    return MongoServers.builder()
        .parameter("localLogicalSessionTimeoutMinutes", "1")
        .parameter("logicalSessionRefreshMillis", "1000")
        .parameter("ttlMonitorSleepSecs", "1")
        .start();
  }
}
