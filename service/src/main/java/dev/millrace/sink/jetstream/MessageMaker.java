package dev.millrace.sink.jetstream;

import dev.millrace.json.CanonicalKey;
import dev.millrace.json.CopyJson;
import dev.millrace.json.EventJson;
import dev.millrace.json.JsonBuffer;
import dev.millrace.json.JsonMode;
import dev.millrace.json.MalformedBsonException;
import dev.millrace.model.Change;
import dev.millrace.model.ClusterTime;
import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;
import java.util.Optional;
import org.bson.BsonSerializationException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes a message of a change. For one thread. */
final class MessageMaker {
  /** The library's and the server's bound for a message's first line. */
  private static final int MAX_LINE = 4_096;

  /** The line's verb, two lengths, the spaces and the line's end. */
  private static final int LINE_REST = 32;

  private static final byte[] NO_ID = {};

  private static final Logger LOG = LoggerFactory.getLogger(MessageMaker.class);

  private final StreamEnd end;
  private final Subjects subjects;
  private final MessageIds ids;
  private final JsonMode mode;
  private final boolean identifiesRows;
  private final boolean keepsMisfits;
  private final int maxSubject;
  private final JsonBuffer json = new JsonBuffer();

  /**
   * @param identifiesRows whether copied rows get message ids
   * @param keepsMisfits whether a document that no message can hold becomes a dead letter
   * @param replySubject its length, which takes of the subject's room
   */
  MessageMaker(
      StreamEnd end,
      Subjects subjects,
      MessageIds ids,
      JsonMode mode,
      boolean identifiesRows,
      boolean keepsMisfits,
      int replySubject) {
    this.end = end;
    this.subjects = subjects;
    this.ids = ids;
    this.mode = mode;
    this.identifiesRows = identifiesRows;
    this.keepsMisfits = keepsMisfits;
    this.maxSubject = MAX_LINE - LINE_REST - replySubject;
  }

  /**
   * The message, or a dead letter in its place.
   *
   * @param before the message that this one will follow, which it may have to name
   * @throws MillraceException {@code Fatal} for a change that no message can hold
   */
  Outgoing make(Change change, @Nullable Outgoing before) {
    int idBefore = before == null ? 0 : before.id().length;
    try {
      Outgoing message = whole(change);
      check(message, idBefore);
      return message;
    } catch (NoMessageException e) {
      Optional<Outgoing> letter =
          keepsMisfits && change instanceof Change.OnDocument one
              ? letter(one, e, idBefore)
              : Optional.empty();
      return letter.orElseThrow(() -> fatal(change, e));
    }
  }

  private Outgoing whole(Change change) throws NoMessageException {
    try {
      json.clear();
      return switch (change) {
        case Change.Streamed it -> event(it);
        case Change.Read it -> row(it);
        case Change.Renewed it -> renewed(it);
        case Change.Reset it -> {
          CopyJson.write(it, json);
          yield announcement(subjects.reset(), "reset");
        }
        case Change.Swept it -> {
          CopyJson.write(it, json);
          yield announcement(subjects.swept(), "swept");
        }
        case Change.Committed it -> {
          CopyJson.write(it, json);
          yield announcement(subjects.commit(), "commit");
        }
      };
    } catch (MalformedBsonException | IllegalArgumentException e) {
      throw new NoMessageException(
          "MR-NATS-UNSUITABLE", "cannot be made a message: " + e.getMessage(), "", e);
    }
  }

  /** Empty where not even that can be made. */
  private Optional<Outgoing> letter(
      Change.OnDocument change, NoMessageException why, int idBefore) {
    for (boolean withKey : new boolean[] {true, false}) {
      try {
        String id = LetterMaker.ID.apply(change.id());
        Outgoing letter =
            new Outgoing(
                subjects.dead(change.namespace(), id),
                idOfLetter(change, id),
                LetterMaker.body(change, why, withKey));
        check(letter, idBefore);
        return Optional.of(letter);
      } catch (NoMessageException
          | MalformedBsonException
          | BsonSerializationException
          | IllegalArgumentException e) {
        LOG.debug("no dead letter of {}", change.namespace(), e);
      }
    }
    return Optional.empty();
  }

  /** That of the message in whose place it stands. */
  private byte[] idOfLetter(Change.OnDocument change, String id) {
    return switch (change) {
      case Change.Streamed it -> MessageIds.event(it.event().token());
      case Change.Read it ->
          identifiesRows ? ids.row(it.namespace(), it.generation(), Subjects.token(id)) : NO_ID;
      default -> ids.unique("dead");
    };
  }

  private Outgoing event(Change.Streamed change) {
    String subject = subjects.of(change);
    byte[] id = MessageIds.event(change.event().token());
    EventJson.write(change.event(), mode, json);
    return new Outgoing(subject, id, json.toByteArray());
  }

  private Outgoing row(Change.Read row) {
    String key = Subjects.key(row);
    byte[] id = identifiesRows ? ids.row(row.namespace(), row.generation(), key) : NO_ID;
    CopyJson.write(row, mode, json);
    return new Outgoing(subjects.ofRow(row.namespace(), key), id, json.toByteArray());
  }

  private Outgoing renewed(Change.Renewed again) {
    CopyJson.write(again, mode, json);
    String subject = subjects.ofRow(again.namespace(), Subjects.key(again));
    return new Outgoing(subject, ids.unique("renewed"), json.toByteArray());
  }

  private Outgoing announcement(String subject, String kind) {
    return new Outgoing(subject, ids.unique(kind), json.toByteArray());
  }

  private void check(Outgoing message, int idBefore) throws NoMessageException {
    long size =
        (long) message.body().length + message.id().length + idBefore + StateWriter.HEADERS_REST;
    if (size > end.maxMessage()) {
      throw tooLarge(
          "a message of %d bytes with its headers".formatted(size),
          end.maxMessage(),
          "Raise the server's max_payload (and the stream's max_msg_size)");
    }
    if (message.subject().length() > maxSubject) {
      throw tooLarge(
          "a subject of %d characters".formatted(message.subject().length()),
          maxSubject,
          "Shorten the _id");
    }
  }

  private NoMessageException tooLarge(String what, long limit, String remedy) {
    return new NoMessageException(
        "MR-NATS-TOO-LARGE",
        "makes %s; %s takes %d".formatted(what, end.stream(), limit),
        remedy,
        null);
  }

  private static MillraceException fatal(Change change, NoMessageException why) {
    String wayOut =
        change instanceof Change.Streamed
            ? "pass it with `millrace position skip`"
            : "leave the collection out";
    if (why.remedy().isEmpty()) {
      return Failure.fatal(
          why.code(),
          "the %s %s. To go on without it, %s".formatted(described(change), why.reason(), wayOut),
          why);
    }
    String id =
        change instanceof Change.OnDocument it ? abbreviated(CanonicalKey.of(it.id())) : "(none)";
    return Failure.fatal(
        why.code(),
        "the %s, _id %s, %s. %s, or %s"
            .formatted(described(change), id, why.reason(), why.remedy(), wayOut),
        why);
  }

  private static String described(Change change) {
    return switch (change) {
      case Change.Streamed it ->
          "%s of %s at %s"
              .formatted(
                  it.event().operation().wireName(),
                  it.namespace(),
                  ClusterTime.text(it.event().clusterTime()));
      case Change.Read it -> "copied row of %s".formatted(it.namespace());
      case Change.Renewed it -> "renewed document of %s".formatted(it.namespace());
      case Change.Reset it -> "reset of %s".formatted(it.namespace());
      case Change.Swept it -> "sweep of %s".formatted(it.namespace());
      case Change.Committed it -> "commit point %s".formatted(ClusterTime.text(it.point().time()));
    };
  }

  private static String abbreviated(String text) {
    return text.length() <= 100 ? text : text.substring(0, 100) + "…";
  }
}
