package dev.millrace.sql;

/**
 * Which of the columns that not every table of ours has a table has. All have {@code id} and {@code
 * document}.
 *
 * @param versioned whether it has {@code version}. One of an older storage format has not: nothing
 *     says there which of two states of a document is the newer.
 * @param marking whether it has {@code deleted_at}, for rows that stay when their document is gone
 * @param documentType the type of {@code document}, as the database calls it
 */
public record Columns(boolean versioned, boolean marking, String documentType) {
  Columns withMarks() {
    return new Columns(versioned, true, documentType);
  }
}
