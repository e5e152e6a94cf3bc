package dev.millrace.config;

import dev.millrace.config.CopyConfig.HistoryLost;
import dev.millrace.config.CopyConfig.Snapshot;
import java.util.Optional;

/** Reads what one pipeline of the file says about copying. */
final class CopyReader {
  private static final String READERS =
      "how many readers, 1 to " + CopyConfig.MOST_PARALLELISM + ", over all collections";

  private final Section pipeline;

  CopyReader(Section pipeline) {
    this.pipeline = pipeline;
  }

  CopyConfig read() {
    Snapshot snapshot = Words.of(Snapshot.class).in(pipeline, "snapshot").orElse(Snapshot.INITIAL);
    Optional<HistoryLost> lost = Words.of(HistoryLost.class).in(pipeline, "on_history_lost");
    if (snapshot == Snapshot.NEVER && lost.equals(Optional.of(HistoryLost.RESNAPSHOT))) {
      pipeline.fault(
          "on_history_lost",
          "resnapshot, beside snapshot: never",
          "fail, for what is never copied cannot be copied again; or snapshot: initial");
    }
    Section copy = pipeline.section("copy");
    CopyConfig read =
        new CopyConfig(
            snapshot,
            copy.value(
                    "parallelism", t -> Values.integer(t, 1, CopyConfig.MOST_PARALLELISM), READERS)
                .orElse(CopyConfig.PARALLELISM),
            copy.value("prefetch", Values::bytes, Values.BYTES).orElse(CopyConfig.PREFETCH_BYTES),
            pipeline.value("commit_points", Values::truth, Values.TRUTH).orElse(true),
            lost.orElse(CopyConfig.usualHistoryLost(snapshot)));
    copy.finish();
    return read;
  }
}
