package dev.millrace.verify;

import dev.millrace.model.Namespace;

/**
 * Which document, or row.
 *
 * @param key what its row is known by
 */
public record RowId(Namespace namespace, String key) {}
