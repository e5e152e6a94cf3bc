package dev.millrace.sink.sqlite;

import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;
import java.nio.file.Path;
import java.sql.SQLException;

/** SQLite's result codes as instructions: the one table of them. */
final class SqliteFailures {
  private static final int PERM = 3;
  private static final int BUSY = 5;
  private static final int LOCKED = 6;
  private static final int READONLY = 8;
  private static final int IOERR = 10;
  private static final int CORRUPT = 11;
  private static final int FULL = 13;
  private static final int CANTOPEN = 14;
  private static final int TOOBIG = 18;
  private static final int CONSTRAINT = 19;
  private static final int MISMATCH = 20;
  private static final int NOTADB = 26;

  private SqliteFailures() {}

  static boolean isBusy(SQLException e) {
    int code = code(e);
    return code == BUSY || code == LOCKED;
  }

  /** Too large, against a constraint, or of a type that a strict table does not take. */
  static boolean isOfDocument(SQLException e) {
    int code = code(e);
    return code == TOOBIG || code == CONSTRAINT || code == MISMATCH;
  }

  /** The primary code; the driver puts extended ones in the upper bits. */
  private static int code(SQLException e) {
    return e.getErrorCode() & 0xff;
  }

  static MillraceException of(SQLException e, String doing, Path file) {
    String where = "while %s %s (%s)".formatted(doing, file, e.getMessage());
    return switch (code(e)) {
      case FULL ->
          Failure.transientFailure(
              "MR-SQLITE-FULL",
              "no room on the disk %s: it goes on when there is".formatted(where),
              e);
      case IOERR ->
          Failure.transientFailure(
              "MR-SQLITE-IO",
              "the disk failed %s: it goes on when the disk does".formatted(where),
              e);
      case BUSY, LOCKED ->
          Failure.transientFailure(
              "MR-SQLITE-BUSY",
              "another process held the write lock for long %s: end its transaction"
                  .formatted(where),
              e);
      case NOTADB ->
          Failure.fatal(
              "MR-SQLITE-NOT-A-DATABASE",
              "the file is no SQLite database, %s: name another file, or move this one away"
                  .formatted(where),
              e);
      case CORRUPT ->
          Failure.fatal(
              "MR-SQLITE-CORRUPT",
              "the file is damaged, %s: restore it, or move it away and copy anew".formatted(where),
              e);
      case CANTOPEN, PERM ->
          Failure.fatal(
              "MR-SQLITE-OPEN",
              "the file cannot be opened, %s: see that it and its folder are ours to write"
                  .formatted(where),
              e);
      case READONLY ->
          Failure.fatal(
              "MR-SQLITE-READONLY",
              "the file may not be written, %s: give write access to it and its folder"
                  .formatted(where),
              e);
      case TOOBIG, CONSTRAINT, MISMATCH ->
          Failure.fatal(
              "MR-SQLITE-MISFIT", "a document does not fit its table %s".formatted(where), e);
      default -> Failure.fatal("MR-SQLITE", "SQLite refused " + where, e);
    };
  }
}
