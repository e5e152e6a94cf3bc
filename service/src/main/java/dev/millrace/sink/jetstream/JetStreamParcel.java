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
  private final Subjects subjects;
  private final OpenLetters.Notes letters;
  private final List<Outgoing> messages = new ArrayList<>();
  private int changes;
  private long bytes;

  JetStreamParcel(
      Publisher publisher,
      StateWriter states,
      StreamEnd end,
      MessageMaker maker,
      Subjects subjects,
      OpenLetters.Notes letters) {
    this.subjects = subjects;
    this.letters = letters;
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
      note(change, message);
      bytes += message.bytes();
    }
    changes++;
  }

  private void note(Change change, Outgoing message) {
    if (subjects.isDead(message.subject())) {
      letters.opened(message.subject());
    } else if (letters.isAny()) {
      switch (change) {
        case Change.OnDocument it ->
            letters.ended(subjects.dead(it.namespace(), LetterMaker.ID.apply(it.id())));
        case Change.Dropped it -> letters.endedAll(subjects.allDead(it.namespace()));
        case Change.Renamed it -> letters.endedAll(subjects.allDead(it.to()));
        case Change.Committed it -> letters.looksAgain();
        default -> {}
      }
    }
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
      Delivery delivery = publisher.send(states.load(messages, through));
      letters.sent();
      return () -> {
        Checkpoint stored = delivery.await();
        letters.settle(end.sequence());
        return stored;
      };
    }
    if (states.isNews(through)) {
      return publisher.send(states.alone(through));
    }
    return () -> through.marked(end.mark().toText());
  }
}
