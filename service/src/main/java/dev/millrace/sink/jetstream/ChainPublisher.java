package dev.millrace.sink.jetstream;

import dev.millrace.model.Checkpoint;
import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;
import dev.millrace.sink.Delivery;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Message by message, all of a parcel in flight, each expecting the sequence that the one before it
 * gets, and that one's id: after one that is refused all that follow are, so nothing is overtaken.
 * The sequence alone would not do: had somebody else written two messages, the third of ours would
 * find the sequence that it expects. A parcel may be cut anywhere; its messages carry the term, so
 * that the last one that got in is as good as a state.
 */
final class ChainPublisher implements Publisher {
  private static final Logger LOG = LoggerFactory.getLogger(ChainPublisher.class);

  private final NatsSession session;
  private final StreamAdmin admin;
  private final StreamEnd end;
  private final HeaderWriter headers = new HeaderWriter();

  ChainPublisher(NatsSession session, StreamAdmin admin, StreamEnd end) {
    this.session = session;
    this.admin = admin;
    this.end = end;
  }

  @Override
  public Delivery send(List<Outgoing> messages, Checkpoint through) {
    byte[] state = stateOf(through);
    long first = session.nextNumber();
    for (int i = 0; i < messages.size(); i++) {
      begin(messages.get(i), end.sequence() + i);
      if (i > 0) {
        headers.put(MessageHeader.EXPECTED_ID, messages.get(i - 1).id());
      }
      publish(messages, i, state);
    }
    return () -> {
      settle(messages, replies(first, messages.size()), state);
      return through.marked(end.mark().toText());
    };
  }

  private Reply[] replies(long first, int count) {
    Reply[] replies = new Reply[count];
    int missing = count;
    while (missing > 0) {
      Reply reply = session.nextReply();
      int index = (int) (reply.number() - first);
      if (index >= 0 && index < count) {
        replies[index] = reply;
        missing--;
      }
    }
    return replies;
  }

  private void settle(List<Outgoing> messages, Reply[] replies, byte[] state) {
    for (int i = 0; i < replies.length; i++) {
      if (replies[i].isError()) {
        throw refused(replies[i]);
      }
      if (replies[i].isDuplicate()) {
        passDuplicate(replies[i]);
        // It took no sequence, so all that followed was refused.
        oneByOne(messages, i + 1, 1, state);
        return;
      }
      end.moveTo(replies[i].sequence());
    }
  }

  /**
   * Sends messages that may be in the stream already, letting the server drop those that are. Only
   * for messages that are known not to be under way.
   *
   * @param dropped how many of this parcel were dropped so far
   */
  void oneByOne(List<Outgoing> messages, int from, int dropped, byte[] state) {
    int duplicates = dropped;
    for (int i = from; i < messages.size(); i++) {
      begin(messages.get(i), end.sequence());
      Reply reply = session.reply(publish(messages, i, state));
      if (reply.isError()) {
        throw refused(reply);
      }
      if (reply.isDuplicate()) {
        passDuplicate(reply);
        duplicates++;
      } else {
        end.moveTo(reply.sequence());
      }
    }
    LOG.info(
        "stream {}: {} of {} messages were there already",
        end.stream(),
        duplicates,
        messages.size());
  }

  /** A duplicate of what came in since we looked is another writer's. */
  private void passDuplicate(Reply reply) {
    if (reply.sequence() > end.sequence()) {
      throw wrongSequence();
    }
  }

  private void begin(Outgoing message, long expected) {
    headers
        .begin()
        .put(MessageHeader.ID, message.id())
        .put(MessageHeader.EXPECTED_SEQUENCE, expected);
  }

  private long publish(List<Outgoing> messages, int index, byte[] state) {
    Outgoing message = messages.get(index);
    boolean last = index == messages.size() - 1;
    if (!last || !headers.putIfRoom(MessageHeader.STATE, state, room(message))) {
      headers.put(MessageHeader.TERM, end.term().number());
    }
    return session.publishForReply(message.subject(), headers.end(), message.body());
  }

  /** How long a message's headers may become, but for a term. */
  long room(Outgoing message) {
    return end.maxMessage() - message.body().length;
  }

  static byte[] stateOf(Checkpoint through) {
    return through.toJson().getBytes(StandardCharsets.UTF_8);
  }

  MillraceException refused(Reply reply) {
    return NatsErrors.isWrongEnd(reply.errorCode())
        ? wrongSequence()
        : NatsErrors.refused(reply, end.stream(), session.where());
  }

  /** Whether another instance took the pipeline stands in what it wrote. */
  private MillraceException wrongSequence() {
    Optional<Tail> tail = admin.find().flatMap(view -> admin.tail(view.mark()));
    if (tail.isPresent() && tail.get().term().compareTo(end.term()) > 0) {
      return Failure.fenced(
          "stream %s was written by term %s, this is term %s: another instance has the pipeline"
              .formatted(end.stream(), tail.get().term(), end.term()));
    }
    return Failure.transientFailure(
        "MR-NATS-SEQUENCE",
        "stream %s at %s no longer ends at message %d: another publisher wrote into it, or an acknowledgement was lost; reading it again"
            .formatted(end.stream(), session.where(), end.sequence()),
        null);
  }
}
