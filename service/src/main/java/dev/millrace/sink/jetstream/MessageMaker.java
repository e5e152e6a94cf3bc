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
import org.jspecify.annotations.Nullable;

/** Makes a message of a change. For one thread. */
final class MessageMaker {
  /** The library's and the server's bound for a message's first line. */
  private static final int MAX_LINE = 4_096;

  /** The line's verb, two lengths, the spaces and the line's end. */
  private static final int LINE_REST = 32;

  private static final byte[] NO_ID = {};

  private final StreamEnd end;
  private final Subjects subjects;
  private final MessageIds ids;
  private final JsonMode mode;
  private final boolean identifiesRows;
  private final int maxSubject;
  private final JsonBuffer json = new JsonBuffer();

  /**
   * @param identifiesRows whether copied rows get message ids
   * @param replySubject its length, which takes of the subject's room
   */
  MessageMaker(
      StreamEnd end,
      Subjects subjects,
      MessageIds ids,
      JsonMode mode,
      boolean identifiesRows,
      int replySubject) {
    this.end = end;
    this.subjects = subjects;
    this.ids = ids;
    this.mode = mode;
    this.identifiesRows = identifiesRows;
    this.maxSubject = MAX_LINE - LINE_REST - replySubject;
  }

  /**
   * @param before the message that this one will follow, which it may have to name
   * @throws MillraceException {@code Fatal} for a change that no message can hold
   */
  Outgoing make(Change change, @Nullable Outgoing before) {
    Outgoing message;
    try {
      json.clear();
      message =
          switch (change) {
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
      throw Failure.fatal(
          "MR-NATS-UNSUITABLE",
          "the %s cannot be made a message: %s. To go on without it, %s"
              .formatted(described(change), e.getMessage(), wayOut(change)),
          e);
    }
    check(change, message, before == null ? 0 : before.id().length);
    return message;
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

  private void check(Change change, Outgoing message, int idBefore) {
    long size =
        (long) message.body().length + message.id().length + idBefore + StateWriter.HEADERS_REST;
    if (size > end.maxMessage()) {
      throw tooLarge(
          change,
          "a message of %d bytes with its headers".formatted(size),
          end.maxMessage(),
          "Raise the server's max_payload (and the stream's max_msg_size)");
    }
    if (message.subject().length() > maxSubject) {
      throw tooLarge(
          change,
          "a subject of %d characters".formatted(message.subject().length()),
          maxSubject,
          "Shorten the _id");
    }
  }

  private MillraceException tooLarge(Change change, String what, long limit, String remedy) {
    String id =
        change instanceof Change.OnDocument it ? abbreviated(CanonicalKey.of(it.id())) : "(none)";
    return Failure.fatal(
        "MR-NATS-TOO-LARGE",
        "the %s, _id %s, makes %s; %s takes %d. %s, or %s"
            .formatted(described(change), id, what, end.stream(), limit, remedy, wayOut(change)));
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

  private static String wayOut(Change change) {
    return change instanceof Change.Streamed
        ? "pass it with `millrace position skip`"
        : "leave the collection out";
  }

  private static String abbreviated(String text) {
    return text.length() <= 100 ? text : text.substring(0, 100) + "…";
  }
}
