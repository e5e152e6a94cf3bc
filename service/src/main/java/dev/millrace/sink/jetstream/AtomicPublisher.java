package dev.millrace.sink.jetstream;

import dev.millrace.model.Failure;
import dev.millrace.sink.Delivery;
import io.nats.client.NUID;

/**
 * Atomic batches: all of a parcel or nothing, checked against the stream's end when the last
 * message commits it. One batch is in flight. A single message, as on a quiet stream, is atomic by
 * itself and goes by the chain.
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

  /**
   * No: rows and the state that says that they were read are stored together or not at all, and the
   * expected sequence keeps out whatever was sent before, so that a row which is read again was
   * never stored. An id would guard nothing, and cost a third of the speed and, until the duplicate
   * window has passed, some 270 bytes of the server's memory for each row: over a gigabyte in the
   * midst of a large copy (nats-server 2.14.0).
   */
  @Override
  public boolean identifiesRows() {
    return false;
  }

  @Override
  public Delivery send(Load load) {
    int count = load.size();
    if (count == 1) {
      return chain.send(load);
    }
    String batch = batchPrefix + ++batches;
    for (int i = 0; i < count - 1; i++) {
      Outgoing message = load.get(i);
      begin(message, batch, i + 1);
      if (i == 0) {
        headers.put(MessageHeader.EXPECTED_SEQUENCE, end.sequence());
      }
      session.publish(message.subject(), headers.end(), message.body());
    }
    Outgoing last = load.get(count - 1);
    begin(last, batch, count);
    headers.put(MessageHeader.BATCH_COMMIT, "1");
    load.putState(headers, end.term());
    long commit = session.publishForReply(last.subject(), headers.end(), last.body());
    return () -> {
      settle(load, session.reply(commit));
      return end.marked(load);
    };
  }

  private void begin(Outgoing message, String batch, int place) {
    headers
        .begin()
        .putId(message)
        .put(MessageHeader.BATCH_ID, batch)
        .put(MessageHeader.BATCH_SEQUENCE, place);
  }

  private void settle(Load load, Reply reply) {
    if (reply.errorCode() == NatsErrors.DUPLICATE_IN_BATCH) {
      // Nothing of the batch was stored, and the stream ends where we expected it to.
      chain.oneByOne(load, 0, 0);
    } else if (reply.isError()) {
      throw chain.refused(reply);
    } else if (reply.batchCount() != load.size()) {
      throw Failure.transientFailure(
          "MR-NATS-REFUSED",
          "stream %s at %s stored %d of %d messages of a batch; reading it again"
              .formatted(end.stream(), session.where(), reply.batchCount(), load.size()),
          null);
    } else {
      end.moveTo(reply.sequence());
      end.holds(load);
    }
  }
}
