package dev.millrace.sink.jetstream;

import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;
import dev.millrace.sink.Delivery;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Message by message, all of a parcel in flight, each expecting the sequence that the one before it
 * gets, and that one's id: after one that is refused all that follow are, so nothing is overtaken.
 * The sequence alone would not do: had somebody else written two messages, the third of ours would
 * find the sequence that it expects. A parcel may be cut anywhere; its messages carry the term, so
 * that the last one that got in is told from anybody else's.
 */
final class ChainPublisher implements Publisher {
  private static final Logger LOG = LoggerFactory.getLogger(ChainPublisher.class);

  private final NatsSession session;
  private final StreamAdmin admin;
  private final StreamEnd end;
  private final StateWriter states;
  private final HeaderWriter headers = new HeaderWriter();

  ChainPublisher(NatsSession session, StreamAdmin admin, StreamEnd end, StateWriter states) {
    this.session = session;
    this.admin = admin;
    this.end = end;
    this.states = states;
  }

  /**
   * Yes: each is expected by the one behind it, and after a cut the duplicate window drops those
   * that got in.
   */
  @Override
  public boolean identifiesRows() {
    return true;
  }

  @Override
  public Delivery send(Load load) {
    long first = session.nextNumber();
    for (int i = 0; i < load.size(); i++) {
      begin(load.get(i), end.sequence() + i);
      if (i > 0) {
        headers.put(MessageHeader.EXPECTED_ID, load.get(i - 1).id());
      }
      publish(load, i);
    }
    return () -> {
      settle(load, replies(first, load.size()));
      return end.marked(load);
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

  private void settle(Load load, Reply[] replies) {
    for (int i = 0; i < replies.length; i++) {
      if (replies[i].isError()) {
        throw refused(replies[i]);
      }
      if (replies[i].isDuplicate()) {
        passDuplicate(replies[i]);
        // It took no sequence, so all that followed was refused.
        oneByOne(load, i + 1, 1);
        return;
      }
      end.moveTo(replies[i].sequence());
    }
    end.holds(load);
  }

  /**
   * Sends messages that may be in the stream already, letting the server drop those that are. Only
   * for messages that are known not to be under way.
   *
   * @param dropped how many of this parcel were dropped so far: of those before {@code from} the
   *     last was, if any
   */
  void oneByOne(Load load, int from, int dropped) {
    int duplicates = dropped;
    boolean isLastDropped = dropped > 0;
    for (int i = from; i < load.size(); i++) {
      begin(load.get(i), end.sequence());
      Reply reply = session.reply(publish(load, i));
      if (reply.isError()) {
        throw refused(reply);
      }
      isLastDropped = reply.isDuplicate();
      if (isLastDropped) {
        passDuplicate(reply);
        duplicates++;
      } else {
        end.moveTo(reply.sequence());
      }
    }
    LOG.info(
        "stream {}: {} of {} messages were there already", end.stream(), duplicates, load.size());
    if (!isLastDropped) {
      end.holds(load);
    } else if (states.isNews(load.state().checkpoint())) {
      // What it carried went with it, and must not.
      oneByOne(states.alone(load.state().checkpoint()), 0, 0);
    }
  }

  /** A duplicate of what came in since we looked is another writer's. */
  private void passDuplicate(Reply reply) {
    if (reply.sequence() > end.sequence()) {
      throw wrongSequence();
    }
  }

  private void begin(Outgoing message, long expected) {
    headers.begin().putId(message).put(MessageHeader.EXPECTED_SEQUENCE, expected);
  }

  private long publish(Load load, int index) {
    Outgoing message = load.get(index);
    if (load.isLast(index)) {
      load.putState(headers, end.term());
    } else {
      headers.put(MessageHeader.TERM, end.term().number());
    }
    return session.publishForReply(message.subject(), headers.end(), message.body());
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
