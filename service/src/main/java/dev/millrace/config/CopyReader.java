package dev.millrace.config;

import dev.millrace.engine.CopyPlan;
import dev.millrace.engine.CopyPlan.HistoryLost;
import dev.millrace.engine.CopyPlan.Snapshot;
import java.util.Optional;

/** Reads what one pipeline of the file says about copying. */
final class CopyReader {
  private static final int PARALLELISM = 4;
  private static final int MOST_PARALLELISM = 64;
  private static final long PREFETCH_BYTES = 32L << 20;
  private static final String READERS =
      "how many readers, 1 to " + MOST_PARALLELISM + ", over all collections";

  private final Section pipeline;

  CopyReader(Section pipeline) {
    this.pipeline = pipeline;
  }

  /** What follows from the two that environment variables can say. */
  static CopyPlan usual(Snapshot snapshot, boolean commitPoints) {
    return new CopyPlan(
        snapshot, PARALLELISM, PREFETCH_BYTES, commitPoints, snapshot.usuallyOnHistoryLost());
  }

  CopyPlan read() {
    Snapshot snapshot = Words.of(Snapshot.class).in(pipeline, "snapshot").orElse(Snapshot.INITIAL);
    Optional<HistoryLost> lost = Words.of(HistoryLost.class).in(pipeline, "on_history_lost");
    if (snapshot == Snapshot.NEVER && lost.equals(Optional.of(HistoryLost.RESNAPSHOT))) {
      pipeline.fault(
          "on_history_lost",
          "resnapshot, beside snapshot: never",
          "fail, for what is never copied cannot be copied again; or snapshot: initial");
    }
    Section copy = pipeline.section("copy");
    CopyPlan read =
        new CopyPlan(
            snapshot,
            copy.value("parallelism", t -> Values.integer(t, 1, MOST_PARALLELISM), READERS)
                .orElse(PARALLELISM),
            copy.value("prefetch", Values::bytes, Values.BYTES).orElse(PREFETCH_BYTES),
            pipeline.value("commit_points", Values::truth, Values.TRUTH).orElse(true),
            lost.orElse(snapshot.usuallyOnHistoryLost()));
    copy.finish();
    return read;
  }
}
