/**
 * Runs pipelines. Who reads it for the first time reads in this order:
 *
 * <ul>
 *   <li>What happens to a change: {@code ReadStage} puts batches into the {@code Handoff}; {@code
 *       Sequencer} gives everything its order; {@code DeliverStage} makes parcels of it and sees
 *       each to its durable end; {@code SaveStage} saves the position behind them. Three threads:
 *       read, deliver, save.
 *   <li>What happens to a pipeline: {@code Supervisor} starts {@code Pipeline}s, one after another,
 *       and {@code Attempts} decides after each. {@code Opened} opens the four seams in the order
 *       that keeps two writers apart, under a {@code Tenure}; {@code Assembly} puts the stages
 *       together.
 *   <li>What goes on beside the stream, between two batches, on the delivering thread: {@code
 *       BesideStream}. {@code CopyRules} has the argument why a copy is exact, {@code Watermarks}
 *       the times it speaks of. {@code Copier} applies them to {@code Window}s, {@code Prefetch}
 *       has those read by {@code CopyStage}s over the {@code CopyDesk}, {@code CopyCatalog} knows
 *       which collections there are, {@code CopyLedger} what every checkpoint says of them, {@code
 *       CommitPoints} when the sink is consistent.
 * </ul>
 *
 * <p>Other packages see {@code Supervisor}, what it is given ({@code PipelinePlan}, {@code
 * CopyPlan}, {@code CopyRequest}) and what it shows ({@code PipelineState}, {@code
 * PipelineMetrics}, {@code CopyView}).
 */
package dev.millrace.engine;
