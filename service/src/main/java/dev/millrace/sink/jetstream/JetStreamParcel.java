package dev.millrace.sink.jetstream;

import dev.millrace.model.Change;
import dev.millrace.model.Checkpoint;
import dev.millrace.sink.Delivery;
import dev.millrace.sink.Parcel;
import java.util.ArrayList;
import java.util.List;

/** Messages in the making: one atomic batch at most. */
final class JetStreamParcel implements Parcel {
  /** One less than a batch takes: the state may need a message of its own. */
  private static final int FULL_CHANGES = AtomicPublisher.MAX_MESSAGES - 1;

  private static final long FULL_BYTES = 4L << 20;

  private final Publisher publisher;
  private final StateWriter states;
  private final StreamEnd end;
  private final MessageMaker maker;
  private final List<Outgoing> messages = new ArrayList<>();
  private int changes;
  private long bytes;

  JetStreamParcel(Publisher publisher, StateWriter states, StreamEnd end, MessageMaker maker) {
    this.publisher = publisher;
    this.states = states;
    this.end = end;
    this.maker = maker;
  }

  /** One message, but none for a collection that came into being: a message without news. */
  @Override
  public void add(Change change) {
    if (!(change instanceof Change.Created)) {
      Outgoing message = maker.make(change, messages.isEmpty() ? null : messages.getLast());
      messages.add(message);
      bytes += message.bytes();
    }
    changes++;
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
    return changes >= FULL_CHANGES || bytes >= FULL_BYTES;
  }

  @Override
  public int room() {
    return FULL_CHANGES - changes;
  }

  @Override
  public Delivery send(Checkpoint through) {
    if (!messages.isEmpty()) {
      return publisher.send(states.load(messages, through));
    }
    if (states.isNews(through)) {
      return publisher.send(states.alone(through));
    }
    return () -> through.marked(end.mark().toText());
  }
}
