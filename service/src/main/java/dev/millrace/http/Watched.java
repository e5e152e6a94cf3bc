package dev.millrace.http;

import dev.millrace.engine.Supervisor;

/**
 * A pipeline that is shown.
 *
 * @param source what is followed, for people
 * @param sink the kind of sink
 */
public record Watched(String source, String sink, Supervisor supervisor) {}
