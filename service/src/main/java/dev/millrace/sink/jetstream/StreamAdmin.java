package dev.millrace.sink.jetstream;

import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;
import java.util.List;
import java.util.Optional;
import org.bson.BsonArray;
import org.bson.BsonBoolean;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonInt64;
import org.bson.BsonString;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds the stream, makes it where there is none, and sees that it will do. */
final class StreamAdmin {
  /** The first server whose atomic batches may carry message ids. */
  static final String ATOMIC_SINCE = "2.12.1";

  private static final Logger LOG = LoggerFactory.getLogger(StreamAdmin.class);

  private final NatsSession session;
  private final String stream;

  StreamAdmin(NatsSession session, String stream) {
    this.session = session;
    this.stream = stream;
  }

  /** The stream as it is now; empty when there is none. */
  Optional<StreamView> find() {
    Reply reply = session.api("STREAM.INFO." + stream, "");
    int error = reply.errorCode();
    if (error == NatsErrors.STREAM_NOT_FOUND) {
      return Optional.empty();
    }
    if (error != 0) {
      throw refused(reply);
    }
    return Optional.of(StreamView.of(stream, reply.body()));
  }

  /**
   * The stream, made if need be, with atomic batches allowed if they can be.
   *
   * @throws MillraceException {@code Fatal} for a stream that would lose or not take messages
   */
  StreamView prepare(int replicas) {
    Optional<StreamView> found = find();
    StreamView view = found.isPresent() ? found.get() : create(replicas);
    Optional<MillraceException> unfit = unfit(view);
    if (unfit.isPresent()) {
      throw unfit.get();
    }
    return session.isAtLeast(ATOMIC_SINCE) && !view.isAtomic() ? allowAtomic(view) : view;
  }

  /** Why this stream cannot be used, if it cannot. */
  Optional<MillraceException> unfit(StreamView view) {
    if (!view.coversItsName()) {
      return Optional.of(
          Failure.fatal(
              "MR-NATS-SUBJECTS",
              "stream %s at %s has the subjects %s and would not take %s.>: add that subject, or name another stream"
                  .formatted(stream, session.where(), view.subjects(), stream)));
    }
    if (!view.retention().equals("limits")) {
      return Optional.of(
          Failure.fatal(
              "MR-NATS-RETENTION",
              "stream %s at %s has %s retention, which deletes what consumers took, and with it the pipeline's position: use a stream with limits retention"
                  .formatted(stream, session.where(), view.retention())));
    }
    if (view.isSilent()) {
      return Optional.of(
          Failure.fatal(
              "MR-NATS-NO-ACK",
              "stream %s at %s acknowledges nothing (no_ack), so nothing is known to be stored: switch that off"
                  .formatted(stream, session.where())));
    }
    return Optional.empty();
  }

  private StreamView create(int replicas) {
    BsonDocument config =
        new BsonDocument("name", new BsonString(stream))
            .append("subjects", new BsonArray(List.of(new BsonString(stream + ".>"))))
            .append("storage", new BsonString("file"))
            .append("retention", new BsonString("limits"))
            .append("num_replicas", new BsonInt32(replicas));
    if (session.isAtLeast(ATOMIC_SINCE)) {
      config.append("allow_atomic", BsonBoolean.TRUE);
    }
    Reply reply = session.api("STREAM.CREATE." + stream, config.toJson());
    int error = reply.errorCode();
    if (error == NatsErrors.STREAM_NAME_IN_USE) {
      // Somebody else made it since we looked.
      return find().orElseThrow(() -> refused(reply));
    }
    if (error == NatsErrors.SUBJECTS_OVERLAP) {
      throw Failure.fatal(
          "MR-NATS-SUBJECTS",
          "stream %s cannot be made at %s: another stream takes some of %s.> already. Name that one, or narrow its subjects"
              .formatted(stream, session.where(), stream));
    }
    if (error == NatsErrors.NO_REPLICAS) {
      throw Failure.fatal(
          "MR-NATS-REPLICAS",
          "stream %s cannot have %d replicas at %s, which is no cluster: ask for 1"
              .formatted(stream, replicas, session.where()));
    }
    if (error != 0) {
      throw refused(reply);
    }
    LOG.info("made stream {} with subjects {}.>, replicas {}", stream, stream, replicas);
    return StreamView.of(stream, reply.body());
  }

  private StreamView allowAtomic(StreamView view) {
    BsonDocument config = view.config().clone().append("allow_atomic", BsonBoolean.TRUE);
    Reply reply = session.api("STREAM.UPDATE." + stream, config.toJson());
    if (reply.errorCode() != 0) {
      LOG.warn(
          "stream {} does not allow atomic batches and the server refuses to change that ({}): delivering message by message, each expecting the one before",
          stream,
          reply.error());
      return view;
    }
    LOG.info("stream {}: switched allow_atomic on", stream);
    return StreamView.of(stream, reply.body());
  }

  /** The newest message of ours, or the very last of anybody's; empty when both are gone. */
  Optional<Tail> tail(StreamMark mark) {
    if (mark.sequence() == 0) {
      return Optional.empty();
    }
    Tail last = message(mark.sequence());
    if (last != null && !(last instanceof Tail.Foreign)) {
      return Optional.of(last);
    }
    Tail ours = message(new BsonDocument("last_by_subj", new BsonString(stream + ".>")));
    return Optional.ofNullable(ours == null ? last : ours);
  }

  /** The message of this sequence; null where there is none, or no longer. */
  @Nullable Tail message(long sequence) {
    return message(new BsonDocument("seq", new BsonInt64(sequence)));
  }

  private @Nullable Tail message(BsonDocument which) {
    Reply reply = session.api("STREAM.MSG.GET." + stream, which.toJson());
    int error = reply.errorCode();
    if (error == NatsErrors.NO_MESSAGE) {
      return null;
    }
    if (error != 0) {
      throw refused(reply);
    }
    return Tail.of(reply.body().getDocument("message"));
  }

  /** The stream with its subjects of this form, from the so-manieth on; empty without a stream. */
  Optional<BsonDocument> subjects(String filter, int offset) {
    BsonDocument which =
        new BsonDocument("subjects_filter", new BsonString(filter))
            .append("offset", new BsonInt32(offset));
    Reply reply = session.api("STREAM.INFO." + stream, which.toJson());
    return found(reply, NatsErrors.STREAM_NOT_FOUND) ? Optional.of(reply.body()) : Optional.empty();
  }

  /** The last message of these subjects, as the server describes it. */
  Optional<BsonDocument> last(String subject) {
    BsonDocument which = new BsonDocument("last_by_subj", new BsonString(subject));
    Reply reply = session.api("STREAM.MSG.GET." + stream, which.toJson());
    return reply.errorCode() != NatsErrors.STREAM_NOT_FOUND && found(reply, NatsErrors.NO_MESSAGE)
        ? Optional.of(reply.body().getDocument("message"))
        : Optional.empty();
  }

  private boolean found(Reply reply, int none) {
    int error = reply.errorCode();
    if (error != 0 && error != none) {
      throw refused(reply);
    }
    return error == 0;
  }

  /** Removes messages for good; returns how many. */
  long purge(BsonDocument which) {
    Reply reply = session.api("STREAM.PURGE." + stream, which.toJson());
    if (reply.errorCode() != 0) {
      throw refused(reply);
    }
    return reply.body().getNumber("purged").longValue();
  }

  private MillraceException refused(Reply reply) {
    return NatsErrors.refused(reply, stream, session.where());
  }
}
