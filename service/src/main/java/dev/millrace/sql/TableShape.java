package dev.millrace.sql;

/**
 * A table as rows are written to it.
 *
 * @param softDeletes whether rows are marked instead of removed; the table has the column then
 */
public record TableShape(String name, Columns columns, boolean softDeletes) {}
