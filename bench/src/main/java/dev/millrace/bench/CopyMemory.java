package dev.millrace.bench;

import dev.millrace.bench.Contenders.Entry;
import dev.millrace.bench.Rounds.Leftovers;
import java.util.List;
import java.util.Locale;

/** Whether what a copy takes of memory depends on how much there is to copy. */
final class CopyMemory {
  /** What a collection leaves differs from one to the next by what is just under way. */
  private static final double FLAT = 1.25;

  private final Rounds rounds;
  private final Results results;
  private final Report report;

  CopyMemory(Rounds rounds, Results results, Report report) {
    this.rounds = rounds;
    this.results = results;
    this.report = report;
  }

  void run(List<Entry> entries, Course small, Course large, Leftovers leftovers) throws Exception {
    Table table =
        new Table(
            "memory", "documents", "documents/s", "heap kept MiB", "heap used MiB", "RSS MiB");
    for (int round = 1; round <= rounds.rounds(); round++) {
      for (Entry entry : entries) {
        rounds.one(entry, name(entry, small), small, round, leftovers, results);
        rounds.one(entry, name(entry, large), large, round, leftovers, results);
      }
    }
    for (Entry entry : entries) {
      row(table, entry, small);
      row(table, entry, large);
      flat(entry, small, large, "rss", "RSS");
      flat(entry, small, large, "kept", "heap kept");
    }
    report.table(table);
  }

  private static String name(Entry entry, Course course) {
    return entry.name() + "-" + course.events();
  }

  private void row(Table table, Entry entry, Course course) {
    String name = name(entry, course);
    table.row(
        entry.name() + ": " + entry.what(),
        Report.thousands((double) course.events()),
        Report.thousands(Results.median(results.rates(name))),
        Report.whole(results.mostMebibytes(name, "kept")),
        Report.whole(results.mostMebibytes(name, "heap")),
        Report.whole(results.mostMebibytes(name, "rss")));
  }

  private void flat(Entry entry, Course small, Course large, String field, String what) {
    double ratio =
        results.mostMebibytes(name(entry, large), field)
            / results.mostMebibytes(name(entry, small), field);
    report.bar(
        Bar.atMost(
            String.format(
                Locale.ROOT,
                "%s: %s of %,d documents / of %,d",
                entry.name(),
                what,
                large.events(),
                small.events()),
            ratio,
            FLAT,
            " ×"));
  }
}
