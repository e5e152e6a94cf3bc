package dev.millrace.sink.sqlite;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/**
 * Which of the columns that not every table of ours has a table has. All have {@code id} and {@code
 * document}.
 *
 * @param versioned whether it has {@code version}. One of an older storage format has not: nothing
 *     says there which of two states of a document is the newer.
 * @param marking whether it has {@code deleted_at}, for rows that stay when their document is gone
 */
record Columns(boolean versioned, boolean marking) {
  /** What the table has; empty where there is none of that name, or it is not one of ours. */
  static Optional<Columns> of(Connection connection, String table) throws SQLException {
    Set<String> names = new HashSet<>();
    boolean keyed = false;
    try (PreparedStatement select =
        connection.prepareStatement("SELECT lower(name), pk FROM pragma_table_info(?)")) {
      select.setString(1, table);
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          names.add(row.getString(1));
          keyed |= row.getString(1).equals("id") && row.getInt(2) == 1;
        }
      }
    }
    return keyed && names.contains("document")
        ? Optional.of(new Columns(names.contains("version"), names.contains("deleted_at")))
        : Optional.empty();
  }
}
