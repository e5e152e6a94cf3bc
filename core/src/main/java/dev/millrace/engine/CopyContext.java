package dev.millrace.engine;

import dev.millrace.model.Checkpoint;
import dev.millrace.model.Operation;
import java.util.function.LongSupplier;

/**
 * What all that goes on beside the stream shares, for one start. Belongs to the delivering thread.
 *
 * @param nanoClock as {@link System#nanoTime}
 */
record CopyContext(
    CopyPlan plan,
    CopyRules rules,
    CopyLedger ledger,
    Watermarks watermarks,
    Announcements announcements,
    SinkTraits sink,
    LongSupplier nanoClock) {
  /** As a start begins. */
  static CopyContext of(PipelinePlan plan, Opened opened, CopyRules rules, LongSupplier nanoClock) {
    Checkpoint start = opened.start();
    return new CopyContext(
        plan.copy(),
        rules,
        new CopyLedger(start.copy()),
        new Watermarks(start.position()),
        new Announcements(),
        new SinkTraits(opened.sink(), plan.operations().contains(Operation.RENAME)),
        nanoClock);
  }
}
