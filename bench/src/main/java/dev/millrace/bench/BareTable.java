package dev.millrace.bench;

import java.sql.SQLException;
import java.util.List;

/**
 * A new table such as Millrace makes, as durable as Millrace has it, by its driver alone, and how
 * ready JSON gets into it.
 */
interface BareTable extends AutoCloseable {
  /** All rows have it. */
  String VERSION = "0000000000000001-ffffffff";

  /** Upserts rows, in the transaction that is open where there are any. */
  void upsert(List<String> ids, List<Json> documents) throws SQLException;

  /** What was upserted is durable. */
  void commit() throws SQLException;

  @Override
  void close() throws SQLException;

  /** A document in both forms that drivers take. */
  @SuppressWarnings("ArrayRecordComponent") // carried, never compared
  record Json(byte[] utf8, String text) {}

  /** Makes it. */
  @FunctionalInterface
  interface Opener {
    BareTable open(Course course) throws SQLException;
  }
}
