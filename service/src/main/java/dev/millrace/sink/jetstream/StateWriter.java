package dev.millrace.sink.jetstream;

import dev.millrace.model.Checkpoint;
import dev.millrace.model.Failure;
import java.util.ArrayList;
import java.util.List;

/** Decides how a checkpoint goes into the stream: on the last message, or as one of its own. */
final class StateWriter {
  /** All headers but ids and state, with their numbers at their longest. */
  static final int HEADERS_REST = 256;

  private final StreamEnd end;
  private final Subjects subjects;
  private final MessageIds ids;
  private final String where;

  StateWriter(StreamEnd end, Subjects subjects, MessageIds ids, String where) {
    this.end = end;
    this.subjects = subjects;
    this.ids = ids;
    this.where = where;
  }

  /** Whether the stream's state would say the same of the copy: positions alone are no news. */
  boolean isNews(Checkpoint through) {
    return !end.held().is(through.copy());
  }

  /**
   * @param messages not empty
   */
  Load load(List<Outgoing> messages, Checkpoint through) {
    StateText state =
        end.held().standsFor(through.copy(), end.sequence(), System.nanoTime())
            ? StateText.withCopyAt(end.held().sequence(), through)
            : StateText.whole(through);
    // A letter may be removed, and what the stream goes on from must not go with it.
    boolean carries = !subjects.isDead(messages.getLast().subject());
    if (carries && fitsBeside(messages, state)) {
      return new Load(messages, state, Load.Place.HEADER);
    }
    if (carries && !through.copy().active()) {
      // Where nothing is copied the last message is an event: its token tells the position, and
      // consumers that know change events only are spared a message that is none.
      return new Load(messages, state, Load.Place.NOWHERE);
    }
    List<Outgoing> more = new ArrayList<>(messages);
    more.add(message(state));
    return new Load(more, state, Load.Place.BODY);
  }

  /** The state as a message, for where there is none to carry it. */
  Load alone(Checkpoint through) {
    StateText state = StateText.whole(through);
    return new Load(List.of(message(state)), state, Load.Place.BODY);
  }

  private boolean fitsBeside(List<Outgoing> messages, StateText state) {
    Outgoing last = messages.getLast();
    int before = messages.size() > 1 ? messages.get(messages.size() - 2).id().length : 0;
    long headers = (long) state.json().length + last.id().length + before + HEADERS_REST;
    return headers <= HeaderWriter.MAX_BYTES && headers + last.body().length <= end.maxMessage();
  }

  private Outgoing message(StateText state) {
    byte[] id = ids.unique("state");
    long size = (long) state.json().length + 2L * id.length + HEADERS_REST;
    if (size > end.maxMessage()) {
      throw Failure.fatal(
          "MR-NATS-STATE-TOO-LARGE",
          "the state of the pipeline, with %d collections, takes a message of %d bytes; stream %s at %s takes %d. Raise the server's max_payload (and the stream's max_msg_size), or follow fewer collections with one pipeline"
              .formatted(
                  state.checkpoint().copy().collections().size(),
                  size,
                  end.stream(),
                  where,
                  end.maxMessage()));
    }
    return new Outgoing(subjects.state(), id, state.json());
  }
}
