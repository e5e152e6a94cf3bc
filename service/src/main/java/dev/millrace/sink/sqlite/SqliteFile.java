package dev.millrace.sink.sqlite;

import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;
import dev.millrace.sql.Database;
import dev.millrace.sql.Dialect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteConfig;

/**
 * One connection to one SQLite file, in transactions. What a transaction wrote is on the disk when
 * {@link #write} returns: the journal is a write-ahead log, and it is synced at every commit
 * ({@code synchronous=FULL}; {@code NORMAL} would lose the last commits with the power).
 */
final class SqliteFile implements Database {
  private static final Logger LOG = LoggerFactory.getLogger(SqliteFile.class);

  /** How long SQLite itself waits for a lock; between, we look whether we were closed. */
  private static final int BUSY_MILLIS = 200;

  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /** Pages of a large transaction that do not fit are written twice. In KiB. */
  private static final int CACHE_KIB = 16_384;

  /**
   * For files made here. With documents of 1 KB they save a seventh of room and of work beside
   * SQLite's usual 4 KiB; larger pages than these cost more at updates here and there than they
   * gain.
   */
  private static final int PAGE_BYTES = 8_192;

  /** A checkpoint of the log syncs the file: every 32 MiB is rare enough, and the log is small. */
  private static final int CHECKPOINT_PAGES = (32 << 20) / PAGE_BYTES;

  private final Path file;
  private final Connection connection;
  private volatile boolean closed;

  private SqliteFile(Path file, Connection connection) {
    this.file = file;
    this.connection = connection;
  }

  /**
   * Opens, and makes the file where there is none; a missing folder is not made.
   *
   * @throws MillraceException {@code Fatal} when it cannot be opened
   */
  static SqliteFile open(Path file) {
    Path folder = file.toAbsolutePath().getParent();
    if (folder != null && !Files.isDirectory(folder)) {
      throw Failure.fatal(
          "MR-SQLITE-OPEN",
          "cannot open %s: there is no folder %s; make it or name another file"
              .formatted(file, folder));
    }
    try {
      Connection connection = config().createConnection("jdbc:sqlite:" + file.toAbsolutePath());
      SqliteFile opened = new SqliteFile(file, connection);
      try {
        opened.takeOverTransactions();
      } catch (SQLException e) {
        opened.close();
        throw e;
      }
      return opened;
    } catch (SQLException e) {
      throw SqliteFailures.of(e, "opening", file);
    }
  }

  /**
   * Opens one that is there, and refuses to write from then on.
   *
   * @throws MillraceException {@code Fatal} when it cannot be opened
   */
  static SqliteFile openToRead(Path file) {
    if (!Files.exists(file)) {
      throw Failure.fatal(
          "MR-VERIFY-NOTHING",
          "there is no file %s: nothing was ever written to it".formatted(file));
    }
    SqliteFile opened = open(file);
    try {
      opened.execute("PRAGMA query_only=ON");
      return opened;
    } catch (SQLException e) {
      opened.close();
      throw SqliteFailures.of(e, "opening", file);
    }
  }

  private static SQLiteConfig config() {
    SQLiteConfig config = new SQLiteConfig();
    config.setBusyTimeout(BUSY_MILLIS);
    config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
    config.setPageSize(PAGE_BYTES);
    config.setCacheSize(-CACHE_KIB);
    return config;
  }

  /**
   * From here on the driver believes that a transaction is open and begins none of its own; we
   * begin and end them in SQL. Its own way holds the write lock between two transactions.
   */
  private void takeOverTransactions() throws SQLException {
    connection.setAutoCommit(false);
    execute("ROLLBACK");
    execute("PRAGMA wal_autocheckpoint=" + CHECKPOINT_PAGES);
    // A rename must not rewrite or stumble over views that people made.
    execute("PRAGMA legacy_alter_table=ON");
  }

  @Override
  public Dialect dialect() {
    return SqliteDialect.INSTANCE;
  }

  @Override
  public String name() {
    return file.toString();
  }

  /** Makes the journal a write-ahead log, for good; readers and a writer then do not wait. */
  @Override
  public void prepare() {
    try {
      patiently(() -> {
        try (Statement statement = connection.createStatement();
            ResultSet mode = statement.executeQuery("PRAGMA journal_mode=WAL")) {
          if (!mode.next() || !mode.getString(1).equals("wal")) {
            LOG.warn(
                "{}: this file system has no shared memory for a write-ahead log; readers will"
                    + " wait for the writer",
                file);
          }
        }
        return true;
      });
    } catch (SQLException e) {
      throw failure(e, "opening");
    }
  }

  /** The transaction has the write lock from its beginning. */
  @Override
  public <T> T write(String doing, Work<T> work) {
    try {
      patiently(() -> {
        execute("BEGIN IMMEDIATE");
        return true;
      });
      try {
        T outcome = work.on(connection);
        execute("COMMIT");
        return outcome;
      } catch (SQLException | RuntimeException e) {
        rollback();
        throw e;
      }
    } catch (SQLException e) {
      throw failure(e, doing);
    }
  }

  @Override
  public <T> T read(String doing, Work<T> work) {
    try {
      return patiently(() -> {
        execute("BEGIN");
        try {
          return work.on(connection);
        } finally {
          rollback();
        }
      });
    } catch (SQLException e) {
      throw failure(e, doing);
    }
  }

  /** Tries until the lock is ours; others hold it for the time of a transaction. */
  private <T> T patiently(Step<T> step) throws SQLException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      try {
        return step.run();
      } catch (SQLException e) {
        if (closed || !SqliteFailures.isBusy(e) || System.nanoTime() - deadline > 0) {
          throw e;
        }
      }
    }
  }

  private void execute(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private void rollback() {
    try {
      execute("ROLLBACK");
    } catch (SQLException e) {
      // Some errors end the transaction by themselves; what matters is the error before.
      LOG.trace("rolling back", e);
    }
  }

  @Override
  public MillraceException closed(@Nullable RuntimeException cause) {
    return closed(file, cause);
  }

  static MillraceException closed(Path file, @Nullable RuntimeException cause) {
    return Failure.transientFailure(
        "MR-SQLITE-CLOSED", "%s was closed before this was done".formatted(file), cause);
  }

  private MillraceException failure(SQLException e, String doing) {
    return closed
        ? Failure.transientFailure("MR-SQLITE-CLOSED", file + " was closed while " + doing, e)
        : SqliteFailures.of(e, doing, file);
  }

  /** Waits for the statement that is running, not for its transaction, which is rolled back. */
  @Override
  public void close() {
    closed = true;
    try {
      connection.close();
    } catch (SQLException e) {
      LOG.debug("closing {}", file, e);
    }
  }

  @FunctionalInterface
  private interface Step<T> {
    T run() throws SQLException;
  }
}
