package dev.millrace.sink.postgres;

import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;
import java.sql.SQLException;

/**
 * PostgreSQL's SQLSTATE codes as instructions: the one table of them. Codes are from the server's
 * documentation, appendix A.
 */
final class PostgresFailures {
  static final String LOCK_NOT_AVAILABLE = "55P03";

  private PostgresFailures() {}

  static String state(SQLException e) {
    String state = e.getSQLState();
    // The driver's own failures have none where there never was a server.
    return state == null || state.length() != 5 ? "08000" : state;
  }

  /** A value that does not fit, a constraint that it breaks, or a size beyond a limit. */
  static boolean isOfDocument(SQLException e) {
    return switch (state(e).substring(0, 2)) {
      case "22", "23", "54" -> true;
      default -> false;
    };
  }

  static MillraceException of(SQLException e, String doing, String name) {
    String where = "while %s %s (%s)".formatted(doing, name, e.getMessage());
    String state = state(e);
    return switch (state) {
      case "53100" ->
          Failure.transientFailure(
              "MR-POSTGRES-FULL",
              "no room on the server's disk %s: it goes on when there is".formatted(where),
              e);
      case LOCK_NOT_AVAILABLE ->
          Failure.transientFailure(
              "MR-POSTGRES-LOCKED",
              "another session held a lock for long %s: end its transaction".formatted(where),
              e);
      case "25006" ->
          Failure.transientFailure(
              "MR-POSTGRES-READONLY",
              "the server takes no writes %s: name all hosts of the cluster in the url, so that its primary is found"
                  .formatted(where),
              e);
      case "28P01", "28000" ->
          Failure.fatal(
              "MR-POSTGRES-LOGIN",
              "user or password are not taken %s: correct them in the sink's url".formatted(where),
              e);
      case "3D000" ->
          Failure.fatal(
              "MR-POSTGRES-DATABASE",
              "there is no such database %s: CREATE DATABASE, or name another".formatted(where),
              e);
      case "42501" ->
          Failure.fatal(
              "MR-POSTGRES-PRIVILEGE",
              "a privilege is missing %s: GRANT CREATE ON DATABASE for the schema, GRANT USAGE, CREATE ON SCHEMA for its tables"
                  .formatted(where),
              e);
      case "XX001", "XX002" ->
          Failure.fatal(
              "MR-POSTGRES-CORRUPT", "the database is damaged, %s: restore it".formatted(where), e);
      default -> byClass(e, state, where);
    };
  }

  private static MillraceException byClass(SQLException e, String state, String where) {
    return switch (state.substring(0, 2)) {
      case "22", "23", "54" ->
          Failure.fatal(
              "MR-POSTGRES-MISFIT", "a document does not fit its table %s".formatted(where), e);
      // Connection; transaction rolled back or ended; resources; operator; system.
      case "08", "25", "40", "53", "57", "58" ->
          Failure.transientFailure(
              "MR-POSTGRES-AWAY",
              "PostgreSQL does not answer as it should %s: it is tried again".formatted(where),
              e);
      default ->
          Failure.fatal("MR-POSTGRES", "PostgreSQL refused (%s) %s".formatted(state, where), e);
    };
  }
}
