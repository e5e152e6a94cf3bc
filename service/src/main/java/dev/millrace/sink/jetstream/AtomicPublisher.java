package dev.millrace.sink.jetstream;

import dev.millrace.model.Checkpoint;
import dev.millrace.model.Failure;
import dev.millrace.sink.Delivery;
import io.nats.client.NUID;
import java.util.List;

/**
 * Atomic batches: all of a parcel or nothing, checked against the stream's end when the last
 * message commits it. One batch is in flight.
 */
final class AtomicPublisher implements Publisher {
  /** The most messages that a server takes in one batch. */
  static final int MAX_MESSAGES = 1_000;

  private final NatsSession session;
  private final StreamEnd end;
  private final ChainPublisher chain;
  private final HeaderWriter headers = new HeaderWriter();
  private final String batchPrefix = NUID.nextGlobal() + "-";
  private long batches;

  /**
   * @param chain for single messages, and for batches with messages that are in the stream already
   */
  AtomicPublisher(NatsSession session, StreamEnd end, ChainPublisher chain) {
    this.session = session;
    this.end = end;
    this.chain = chain;
  }

  @Override
  public Delivery send(List<Outgoing> messages, Checkpoint through) {
    int count = messages.size();
    if (count == 1) {
      return chain.send(messages, through);
    }
    String batch = batchPrefix + ++batches;
    for (int i = 0; i < count - 1; i++) {
      Outgoing message = messages.get(i);
      begin(message, batch, i + 1);
      if (i == 0) {
        headers.put(MessageHeader.EXPECTED_SEQUENCE, end.sequence());
      }
      session.publish(message.subject(), headers.end(), message.body());
    }
    byte[] state = ChainPublisher.stateOf(through);
    Outgoing last = messages.get(count - 1);
    begin(last, batch, count);
    headers.put(MessageHeader.BATCH_COMMIT, "1");
    if (!headers.putIfRoom(MessageHeader.STATE, state, chain.room(last))) {
      headers.put(MessageHeader.TERM, end.term().number());
    }
    long commit = session.publishForReply(last.subject(), headers.end(), last.body());
    return () -> {
      settle(messages, session.reply(commit), state);
      return through.marked(end.mark().toText());
    };
  }

  private void begin(Outgoing message, String batch, int place) {
    headers
        .begin()
        .put(MessageHeader.ID, message.id())
        .put(MessageHeader.BATCH_ID, batch)
        .put(MessageHeader.BATCH_SEQUENCE, place);
  }

  private void settle(List<Outgoing> messages, Reply reply, byte[] state) {
    if (reply.errorCode() == NatsErrors.DUPLICATE_IN_BATCH) {
      // Nothing of the batch was stored, and the stream ends where we expected it to.
      chain.oneByOne(messages, 0, 0, state);
    } else if (reply.isError()) {
      throw chain.refused(reply);
    } else if (reply.batchCount() != messages.size()) {
      throw Failure.transientFailure(
          "MR-NATS-REFUSED",
          "stream %s at %s stored %d of %d messages of a batch; reading it again"
              .formatted(end.stream(), session.where(), reply.batchCount(), messages.size()),
          null);
    } else {
      end.moveTo(reply.sequence());
    }
  }
}
