package dev.millrace.engine;

import dev.millrace.checkpoint.CheckpointStore;
import dev.millrace.model.Operation;
import dev.millrace.sink.Sink;
import dev.millrace.source.SourceOpener;
import dev.millrace.source.StartFrom;
import java.time.Duration;
import java.util.Set;
import java.util.function.Supplier;

/**
 * What a pipeline is made of. Each start opens all of it anew, so the suppliers give fresh
 * connections every time.
 *
 * @param name unique in this process and in the checkpoint store
 * @param operations which reach the sink, of those that the source tells of
 * @param readAheadBytes most bytes of the stream read ahead of the sink
 * @param transactionBytes transactions of the source up to this size reach the sink as one unit
 *     where it has units
 * @param saveEvery how often at most a position is written while changes flow
 * @param stopWithin how long a stop may take in all
 */
public record PipelinePlan(
    String name,
    SourceOpener source,
    Supplier<Sink> sink,
    Supplier<CheckpointStore> store,
    StartFrom startFrom,
    Set<Operation> operations,
    long readAheadBytes,
    long transactionBytes,
    Duration saveEvery,
    Duration stopWithin,
    CopyPlan copy) {}
