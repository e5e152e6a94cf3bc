package dev.millrace.sink.crate;

import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpTimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * CrateDB's error codes and HTTP's as instructions: the one table of them. Message texts are never
 * looked at.
 */
final class CrateFailures {
  private CrateFailures() {}

  /** Whether it is about the values of one row, so that another row would be taken. */
  static boolean isOfRow(Refusal refusal) {
    return switch (refusal.code()) {
      // Not valid, for its type, for its key; of the key.
      case 4000,
          4003,
          4008,
          Refusal.DUPLICATE_KEY,
          Refusal.VERSION_CONFLICT,
          Refusal.DOCUMENT_MISSING ->
          true;
      default -> false;
    };
  }

  /**
   * Whether a row in the midst of a bulk is refused for its values. There 5000 is a fault in the
   * server that these values bring about; told of a whole request it may be any.
   */
  static boolean isOfRowInBulk(Refusal refusal) {
    return isOfRow(refusal) || refusal.code() == 5000;
  }

  /**
   * @param doing as in "writing to"
   * @param target the table or place, for messages
   */
  static MillraceException of(Refusal refusal, String doing, String target) {
    String where = "while %s %s (%s)".formatted(doing, target, refusal.shown());
    return switch (refusal.code()) {
      case 4010, 4011 ->
          Failure.fatal(
              "MR-CRATE-PRIVILEGE",
              "a privilege is missing %s: GRANT DQL, DML, DDL ON SCHEMA to this user"
                  .formatted(where));
      // So it is said of a schema on which this user has no privilege, and by a node that starts.
      case 4045 ->
          Failure.transientFailure(
              "MR-CRATE-SCHEMA",
              "the schema is not there for this user, %s: it is tried again; if it stays, GRANT DQL, DML, DDL ON SCHEMA"
                  .formatted(where),
              null);
      case 4041 ->
          Failure.transientFailure(
              "MR-CRATE-TABLE-GONE", "a table is gone %s".formatted(where), null);
      // 4037 for the block that the server itself sets while a disk is nearly full.
      case 4007, 4037 ->
          Failure.transientFailure(
              "MR-CRATE-BLOCKED",
              "the table takes no writes %s: it goes on when it is not blocked, or the disk not full, any more"
                  .formatted(where),
              null);
      default ->
          isOfServer(refusal.code())
              ? Failure.transientFailure(
                  "MR-CRATE-AWAY",
                  "CrateDB does not answer as it should %s: it is tried again".formatted(where),
                  null)
              : Failure.fatal("MR-CRATE", "CrateDB refused %s".formatted(where));
    };
  }

  /**
   * 5000 and up: shards or nodes away, a query killed, memory short. 4040 is a shard that a node
   * which starts does not have yet; for others around it something is not known there yet.
   */
  private static boolean isOfServer(int code) {
    return (code >= 5000 && code < 6000) || (code >= 4040 && code < 4050);
  }

  /** Of an answer that is not CrateDB's. */
  static MillraceException ofStatus(int status, URI node) {
    return switch (status) {
      case 401, 403 ->
          Failure.fatal(
              "MR-CRATE-LOGIN",
              "CrateDB at %s does not let this user in: correct user and password".formatted(node));
      case 413 ->
          Failure.fatal(
              "MR-CRATE-TOO-LARGE",
              "CrateDB at %s takes no request of this size: raise http.max_content_length"
                  .formatted(node));
      case 429, 500, 502, 503, 504 ->
          Failure.transientFailure(
              "MR-CRATE-AWAY",
              "CrateDB at %s answers %d: it is tried again".formatted(node, status),
              null);
      default ->
          Failure.fatal(
              "MR-CRATE-OTHER",
              "what answers at %s (status %d) is not CrateDB: correct the url"
                  .formatted(node, status));
    };
  }

  static MillraceException away(URI node, Throwable cause) {
    return Failure.transientFailure(
        "MR-CRATE-AWAY",
        "CrateDB at %s cannot be reached (%s): it is tried again".formatted(node, reason(cause)),
        cause);
  }

  private static String reason(Throwable cause) {
    return switch (cause) {
      case HttpConnectTimeoutException e -> "no connection in time";
      case HttpTimeoutException e -> "no answer in time";
      case ConnectException e -> "nobody listens there";
      default -> cause.getMessage() == null ? "the connection broke" : cause.getMessage();
    };
  }

  static MillraceException noTls(URI node, Throwable cause) {
    return Failure.fatal(
        "MR-CRATE-TLS",
        "no TLS with CrateDB at %s (%s): correct its certificate, or the url"
            .formatted(node, cause.getMessage()),
        cause);
  }

  static MillraceException closed(@Nullable Throwable cause) {
    return Failure.transientFailure(
        "MR-CRATE-CLOSED", "CrateDB was closed before this was done", cause);
  }
}
