package dev.millrace.verify;

import dev.millrace.checkpoint.CheckpointStore;
import dev.millrace.checkpoint.CheckpointStore.Stored;
import dev.millrace.model.CopyState;
import dev.millrace.source.SourceOpener;
import dev.millrace.table.TableView;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * What is looked at, and through what.
 *
 * @param store where the pipeline's position is; everything up to it is in the sink
 * @param opener of the source's collections, and of what changed since a position
 * @param scope what is followed by this configuration with these edits, as checkpoints have it
 * @param tables the sink
 * @param moving whether somebody runs the pipeline, so that its position will move
 */
public record Parts(
    CheckpointStore store,
    SourceOpener opener,
    Function<CopyState.Edits, String> scope,
    TableView tables,
    Predicate<Stored> moving) {}
