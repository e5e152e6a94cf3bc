package dev.millrace.sql;

import dev.millrace.table.Row;
import java.sql.SQLException;
import java.util.Map;

/**
 * Writes rows to one table. Where the table has versions, what is older than a row leaves it alone:
 * that matters when a position was set back. A row without one, as a column that was added has
 * them, is the oldest.
 */
public interface RowWriter extends AutoCloseable {
  /** Writes them in whatever order: no two rows are of one document. */
  void write(Map<String, Row> rows) throws SQLException;

  @Override
  void close() throws SQLException;
}
