package dev.millrace.sink.jetstream;

import dev.millrace.json.BsonBytes;
import dev.millrace.json.CanonicalKey;
import dev.millrace.json.EventJson;
import dev.millrace.json.JsonBuffer;
import dev.millrace.json.JsonMode;
import dev.millrace.json.MalformedBsonException;
import dev.millrace.model.Change;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.Event;
import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;
import dev.millrace.model.RawValue;
import dev.millrace.sink.Delivery;
import dev.millrace.sink.Parcel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Messages in the making: one atomic batch at most. */
final class JetStreamParcel implements Parcel {
  private static final long FULL_BYTES = 4L << 20;

  /** The library's and the server's bound for a message's first line. */
  private static final int MAX_LINE = 4_096;

  /** The line's verb, two lengths, the spaces and the line's end. */
  private static final int LINE_REST = 32;

  /** All headers but ids and state, with their numbers at their longest. */
  private static final int HEADERS_REST = 256;

  private static final byte[] DATA = "_data".getBytes(StandardCharsets.US_ASCII);

  private final Publisher publisher;
  private final StreamEnd end;
  private final Subjects subjects;
  private final JsonMode mode;
  private final JsonBuffer json;
  private final int maxSubject;
  private final List<Outgoing> messages = new ArrayList<>();
  private int changes;
  private long bytes;

  /**
   * @param json scratch, used during {@link #add} only
   * @param replySubject its length, which takes of the subject's room
   */
  JetStreamParcel(
      Publisher publisher,
      StreamEnd end,
      Subjects subjects,
      JsonMode mode,
      JsonBuffer json,
      int replySubject) {
    this.publisher = publisher;
    this.end = end;
    this.subjects = subjects;
    this.mode = mode;
    this.json = json;
    this.maxSubject = MAX_LINE - LINE_REST - replySubject;
  }

  @Override
  public void add(Change change) {
    if (!(change instanceof Change.Created)) {
      Outgoing message = convert(change);
      messages.add(message);
      bytes += message.bytes();
    }
    changes++;
  }

  private Outgoing convert(Change change) {
    Event event = change.event();
    try {
      String subject = subjects.of(change);
      byte[] id = id(event.token());
      json.clear();
      EventJson.write(event, mode, json);
      long size = (long) json.size() + id.length + lastIdLength() + HEADERS_REST;
      if (size > end.maxMessage()) {
        throw tooLarge(change, "a message of %d bytes with its headers".formatted(size), "bytes");
      }
      if (subject.length() > maxSubject) {
        throw tooLarge(change, "a subject of %d characters".formatted(subject.length()), "subject");
      }
      return new Outgoing(subject, id, json.toByteArray());
    } catch (MalformedBsonException | IllegalArgumentException e) {
      throw Failure.fatal(
          "MR-NATS-UNSUITABLE",
          "the %s of %s at %s cannot be made a message: %s. `millrace position skip` passes it"
              .formatted(
                  event.operation().wireName(),
                  event.namespace(),
                  event.clusterTime(),
                  e.getMessage()),
          e);
    }
  }

  /** A chained message names the one before it. */
  private int lastIdLength() {
    return messages.isEmpty() ? 0 : messages.getLast().id().length;
  }

  private MillraceException tooLarge(Change change, String what, String limit) {
    String id =
        change instanceof Change.OnDocument it
            ? abbreviated(CanonicalKey.of(it.id().type(), it.id().bytes(), it.id().offset()))
            : "(none)";
    return Failure.fatal(
        "MR-NATS-TOO-LARGE",
        "the %s of %s, _id %s, makes %s; %s takes %s. %s or pass it with `millrace position skip`"
            .formatted(
                change.event().operation().wireName(),
                change.event().namespace(),
                id,
                what,
                end.stream(),
                limit.equals("bytes") ? end.maxMessage() : maxSubject,
                limit.equals("bytes")
                    ? "Raise the server's max_payload (and the stream's max_msg_size)"
                    : "Shorten the _id"));
  }

  private static String abbreviated(String text) {
    return text.length() <= 100 ? text : text.substring(0, 100) + "…";
  }

  /** The text of the token's {@code _data}, which is ASCII. */
  private static byte[] id(RawValue token) {
    byte[] bson = token.bytes();
    int field = BsonBytes.findField(bson, token.offset(), DATA);
    if (field < 0 || bson[field] != BsonBytes.STRING) {
      throw new IllegalArgumentException("its resume token has no _data");
    }
    int text = field + DATA.length + 2 + 4;
    int length = BsonBytes.readInt32(bson, text - 4) - 1;
    return Arrays.copyOfRange(bson, text, text + length);
  }

  @Override
  public int changes() {
    return changes;
  }

  @Override
  public long bytes() {
    return bytes;
  }

  @Override
  public boolean isFull() {
    return changes >= AtomicPublisher.MAX_MESSAGES || bytes >= FULL_BYTES;
  }

  @Override
  public Delivery send(Checkpoint through) {
    if (messages.isEmpty()) {
      return () -> through.marked(end.mark().toText());
    }
    return publisher.send(messages, through);
  }
}
