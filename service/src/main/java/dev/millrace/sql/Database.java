package dev.millrace.sql;

import dev.millrace.model.MillraceException;
import java.sql.Connection;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/**
 * One connection to one database, in transactions. What a transaction wrote is durable when {@link
 * #write} returns.
 *
 * <p>Threads: one for {@link #prepare}, {@link #write} and {@link #read}; any for {@link #close},
 * which ends what is under way without committing it: that, and whatever is asked later, fails with
 * {@code Transient}.
 */
public interface Database extends AutoCloseable {
  Dialect dialect();

  /** The database, for messages; no secret is in it. */
  String name();

  /** What is to be done once before the first write of a start. */
  void prepare();

  /**
   * Does work in one transaction in which nobody else takes or writes this pipeline's state: all of
   * it becomes durable, or nothing.
   *
   * @param doing for messages, as in "while writing to"
   * @throws MillraceException as the work threw it; else by what the database answered
   */
  <T> T write(String doing, Work<T> work);

  /** Does work that only reads, on one state of the database. It may be done again. */
  <T> T read(String doing, Work<T> work);

  /** What whoever uses it says of work that was never begun. */
  MillraceException closed(@Nullable RuntimeException cause);

  @Override
  void close();

  /** What is done inside a transaction. */
  @FunctionalInterface
  interface Work<T> {
    T on(Connection connection) throws SQLException;
  }
}
