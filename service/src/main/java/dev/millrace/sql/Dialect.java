package dev.millrace.sql;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;

/** How one database wants said what all of them are told. Has no state. */
public interface Dialect {
  /** The stable code of a problem: {@code TABLE} is {@code MR-SQLITE-TABLE}. */
  String code(String problem);

  /** A table's name, as statements name it. */
  String quoted(String table);

  /** The statement that gives a table another name. */
  String renaming(String table, String name);

  /** The name, or where the database takes none that long, one that stands for it alone. */
  String fitting(String name);

  /** Whether the database takes the two for one name. */
  boolean isSameName(String one, String other);

  /** Whether the database keeps names like this for itself. */
  boolean isReserved(String name);

  /** A column that holds the names of tables, each once. */
  String nameColumn();

  /** The type of a column that holds a point in time. */
  String instantType();

  /** A parameter for such a column, that takes ISO text. */
  String instant();

  /** The columns of a table for documents. */
  String columnsOfDocuments();

  /** Whether there is anything of that name. */
  boolean exists(Connection connection, String name) throws SQLException;

  /** What the table has; empty where there is none of that name, or it is not one of ours. */
  Optional<Columns> columns(Connection connection, String table) throws SQLException;

  /** Whether a table has a column. */
  boolean hasColumn(Connection connection, String table, String column) throws SQLException;

  /**
   * Waits until no other transaction makes tables or takes a pipeline, and keeps others from it
   * until this one ends.
   */
  void lock(Connection connection) throws SQLException;

  /** What a SELECT ends with that keeps its rows from others; empty where they are kept anyway. */
  String lockingRows();

  /** What writes rows to a table. */
  RowWriter rows(Connection connection, TableShape shape) throws SQLException;

  /** Whether it was this row's content that was refused, and not the table, or all of it. */
  boolean isOfDocument(SQLException e);
}
