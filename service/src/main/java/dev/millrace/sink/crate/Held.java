package dev.millrace.sink.crate;

/**
 * What a table has of a document now, searchable or not.
 *
 * @param sequence with {@code term}, what a change of just this state is conditional on
 */
record Held(String version, long sequence, long term) {}
