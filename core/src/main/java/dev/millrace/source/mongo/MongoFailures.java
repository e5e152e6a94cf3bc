package dev.millrace.source.mongo;

import com.mongodb.MongoBulkWriteException;
import com.mongodb.MongoCommandException;
import com.mongodb.MongoConnectionPoolClearedException;
import com.mongodb.MongoException;
import com.mongodb.MongoInterruptedException;
import com.mongodb.MongoSecurityException;
import com.mongodb.MongoServerUnavailableException;
import com.mongodb.MongoSocketException;
import com.mongodb.MongoSocketOpenException;
import com.mongodb.MongoSocketReadTimeoutException;
import com.mongodb.MongoTimeoutException;
import com.mongodb.MongoWriteConcernException;
import com.mongodb.MongoWriteException;
import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;
import java.net.UnknownHostException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The only table from the driver's exceptions and the server's codes to a {@link Failure}. By code,
 * never by message text: texts change between versions.
 */
public final class MongoFailures {
  /**
   * Network, elections, shutdowns, cursors that are gone, reads that no majority confirmed in time,
   * a database or collection that something else is working on (24, 117, 215, 314): opening again
   * from the position helps.
   */
  private static final Set<Integer> TRANSIENT =
      Set.of(
          6, 7, 24, 43, 46, 50, 63, 64, 79, 89, 91, 112, 117, 133, 136, 150, 175, 187, 189, 202,
          215, 234, 237, 262, 314, 9001, 10058, 10107, 11600, 11601, 11602, 13388, 13435, 13436);

  static final int UNAUTHORIZED = 13;
  private static final int AUTHENTICATION_FAILED = 18;
  private static final int NO_MATCHING_DOCUMENT = 47;
  static final int CHANGE_STREAM_FATAL = 280;
  static final int HISTORY_LOST = 286;
  static final int BSON_OBJECT_TOO_LARGE = 10334;
  static final int NOT_A_REPLICA_SET = 40573;
  private static final Set<Integer> BAD_TOKEN = Set.of(9, 14, 15, 260, 40647, 50811);

  private MongoFailures() {}

  /** Our own client was closed under way; the driver says so in several ways. */
  public static MillraceException closed(String doing, @Nullable RuntimeException cause) {
    return Failure.transientFailure(
        "MR-SOURCE-CLOSED", "the connection to MongoDB was closed while " + doing, cause);
  }

  /** What a driver's exception asks for. */
  public static MillraceException of(MongoException e, String doing) {
    return switch (e) {
      case MongoInterruptedException i ->
          Failure.transientFailure("MR-INTERRUPTED", "interrupted while " + doing, i);
      case MongoSecurityException s -> wrongCredentials(s);
      case MongoSocketException s -> unreachable(s, doing);
      case MongoTimeoutException t -> unreachable(t, doing);
      case MongoConnectionPoolClearedException p -> unreachable(p, doing);
      case MongoServerUnavailableException u -> unreachable(u, doing);
      case MongoCommandException c -> ofCode(c.getErrorCode(), e, doing);
      case MongoWriteConcernException w ->
          Failure.transientFailure(
              "MR-SOURCE-WRITE-CONCERN",
              "MongoDB did not confirm a majority while " + doing + ": " + firstLine(w),
              w);
      case MongoBulkWriteException b when !b.getWriteErrors().isEmpty() ->
          ofCode(b.getWriteErrors().getFirst().getCode(), e, doing);
      default -> ofCode(e.getCode(), e, doing);
    };
  }

  /** Whether it passes by itself. */
  static boolean isTransient(MongoException e) {
    return of(e, "").failure() instanceof Failure.Transient;
  }

  private static MillraceException ofCode(int code, MongoException e, String doing) {
    if (code == UNAUTHORIZED) {
      return Failure.fatal(
          "MR-SOURCE-PRIVILEGE",
          "MongoDB refuses (code 13) while "
              + doing
              + ": the user needs the role `read` on the source database and readWrite on Millrace's"
              + " own collection; `millrace check` prints the commands",
          e);
    }
    if (code == AUTHENTICATION_FAILED) {
      return wrongCredentials(e);
    }
    if (code == NOT_A_REPLICA_SET) {
      return Failure.fatal("MR-SOURCE-STANDALONE", standalone(), e);
    }
    if (code == HISTORY_LOST) {
      return new MillraceException(
          new Failure.PositionLost(
              "MR-HISTORY-LOST",
              "MongoDB's oplog no longer reaches back to the stored position, so changes in between"
                  + " cannot be read any more: copy the data anew, or accept the gap with"
                  + " `millrace position set --now`"),
          e);
    }
    if (code == NO_MATCHING_DOCUMENT) {
      return Failure.fatal(
          "MR-SOURCE-IMAGE-MISSING",
          "a change has no stored image (code 47): switch changeStreamPreAndPostImages on for every"
              + " collection, or use full_document: lookup",
          e);
    }
    if (code == CHANGE_STREAM_FATAL || BAD_TOKEN.contains(code)) {
      return Failure.fatal(
          "MR-POSITION-INVALID",
          "MongoDB does not accept the stored position (code %d): set another with `millrace position set`"
              .formatted(code),
          e);
    }
    if (TRANSIENT.contains(code)
        || e.hasErrorLabel("ResumableChangeStreamError")
        || e.hasErrorLabel(MongoException.TRANSIENT_TRANSACTION_ERROR_LABEL)
        || e.hasErrorLabel("RetryableWriteError")) {
      return Failure.transientFailure(
          "MR-SOURCE-UNAVAILABLE",
          "MongoDB answered code %d while %s: %s".formatted(code, doing, firstLine(e)),
          e);
    }
    return Failure.fatal(
        "MR-SOURCE-REFUSED",
        "MongoDB answered code %d while %s: %s".formatted(code, doing, firstLine(e)),
        e);
  }

  /** What a standalone server is told; `check` says the same. */
  static String standalone() {
    return standalone("rs0", "rs.initiate()");
  }

  /**
   * The same, with more of what to type.
   *
   * @param initiation for mongosh
   */
  static String standalone(String setName, String initiation) {
    return "this MongoDB is a standalone server (code 40573), which keeps no oplog and has no change"
        + " streams: start mongod with --replSet "
        + setName
        + ", then type in mongosh: "
        + initiation;
  }

  private static MillraceException wrongCredentials(MongoException e) {
    return Failure.fatal(
        "MR-SOURCE-CREDENTIALS",
        "MongoDB does not accept the user name or password: correct the URI (and its authSource)",
        e);
  }

  /** In our own words: the driver's are its classes' names and its view of the cluster. */
  private static MillraceException unreachable(MongoException e, String doing) {
    String how =
        switch (e) {
          case MongoSocketOpenException open -> "nobody takes the connection";
          case MongoSocketReadTimeoutException silent -> "it did not answer in time";
          case MongoSocketException broken when causedBy(broken, UnknownHostException.class) ->
              "its host name is not known here";
          case MongoSocketException broken -> "the connection broke";
          case MongoTimeoutException none -> "no server that takes writes answered in time";
          default -> "its connections were closed after another failure";
        };
    String where = e instanceof MongoSocketException at ? " at " + at.getServerAddress() : "";
    return Failure.transientFailure(
        "MR-SOURCE-UNAVAILABLE",
        "MongoDB%s cannot be reached while %s: %s".formatted(where, doing, how),
        e);
  }

  private static boolean causedBy(Throwable e, Class<? extends Throwable> kind) {
    return kind.isInstance(e.getCause());
  }

  private static String firstLine(Throwable e) {
    String text =
        switch (e) {
          case MongoCommandException refused ->
              refused.getErrorCodeName() + ", " + refused.getErrorMessage();
          case MongoWriteException refused -> refused.getError().getMessage();
          case MongoBulkWriteException refused when !refused.getWriteErrors().isEmpty() ->
              refused.getWriteErrors().getFirst().getMessage();
          default -> e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        };
    int end = text.indexOf('\n');
    String line = end < 0 ? text : text.substring(0, end);
    int reply = line.indexOf(". The full response is");
    if (reply > 0) {
      line = line.substring(0, reply);
    }
    return line.length() > 300 ? line.substring(0, 300) + "…" : line;
  }
}
