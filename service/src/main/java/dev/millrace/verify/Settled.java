package dev.millrace.verify;

import java.util.Map;
import java.util.Set;

/**
 * What became of rows that differed at first sight. Those that are nowhere here are the same.
 *
 * @param differing they differ, and nothing is under way that would change it
 * @param unsettled they kept changing, or it cannot be told
 * @param undelivered they changed at the source behind the position of a pipeline that nobody runs
 * @param deadLetters they differ, and are among the dead letters
 */
record Settled(
    Map<RowId, Differing> differing,
    Set<RowId> unsettled,
    Set<RowId> undelivered,
    Set<RowId> deadLetters) {}
