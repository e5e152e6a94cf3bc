package dev.millrace.config;

import dev.millrace.engine.CopyPlan;

/**
 * One source, one sink, one checkpoint.
 *
 * @param name unique in a process and in the checkpoint store
 */
public record PipelineConfig(
    String name,
    SourceConfig source,
    CheckpointConfig checkpoint,
    SinkConfig sink,
    LimitsConfig limits,
    CopyPlan copy) {}
