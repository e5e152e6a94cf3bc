package dev.millrace.sink.jetstream;

import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;

/** What the server's error numbers ask for. Numbers only: the texts change between versions. */
final class NatsErrors {
  static final int STREAM_NOT_FOUND = 10059;
  static final int STREAM_NAME_IN_USE = 10058;
  static final int NO_MESSAGE = 10037;
  static final int SUBJECTS_OVERLAP = 10065;
  static final int NO_REPLICAS = 10074;
  static final int DUPLICATE_IN_BATCH = 10201;

  private NatsErrors() {}

  /**
   * The failure that an error of a publish stands for, but for those that have a way of their own.
   */
  static MillraceException refused(Reply reply, String stream, String where) {
    if (reply.isUnheard()) {
      return noStream(stream, where);
    }
    return switch (reply.errorCode()) {
      case STREAM_NOT_FOUND -> noStream(stream, where);
      case 10077, 10122 ->
          Failure.transientFailure(
              "MR-NATS-FULL",
              "stream %s at %s is full: %s. Raise its limits or let it discard old messages"
                  .formatted(stream, where, reply.error()),
              null);
      case 10002, 10023, 10028, 10047 ->
          Failure.transientFailure(
              "MR-NATS-STORAGE",
              "NATS at %s has no room for stream %s: %s. Free or add storage"
                  .formatted(where, stream, reply.error()),
              null);
      default ->
          Failure.transientFailure(
              "MR-NATS-REFUSED",
              "stream %s at %s refuses a message: %s".formatted(stream, where, reply.error()),
              null);
    };
  }

  /** The stream does not end with the sequence, or the id, that a message expected. */
  static boolean isWrongEnd(int code) {
    return code == 10071 || code == 10070;
  }

  static boolean isNoJetStream(int code) {
    return code == 10039 || code == 10076;
  }

  static MillraceException noJetStream(String where) {
    return Failure.fatal(
        "MR-NATS-NO-JETSTREAM",
        "NATS at %s has no JetStream for this account: start nats-server with --jetstream, or enable it for the account"
            .formatted(where));
  }

  private static MillraceException noStream(String stream, String where) {
    return Failure.transientFailure(
        "MR-NATS-NO-STREAM",
        "no stream %s takes messages at %s: it was deleted or has no leader"
            .formatted(stream, where),
        null);
  }
}
