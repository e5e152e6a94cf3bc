package dev.millrace.sink.jetstream;

import dev.millrace.model.Checkpoint;
import dev.millrace.model.Term;

/**
 * Where the stream ends as far as we know, and so what the next message expects; and what its state
 * says of the copy.
 */
final class StreamEnd {
  private final Term term;
  private final long maxMessage;
  private StreamMark mark;
  private HeldCopy held;

  /**
   * @param maxMessage bytes, headers included
   */
  StreamEnd(StreamMark mark, Term term, long maxMessage, HeldCopy held) {
    this.mark = mark;
    this.held = held;
    this.term = term;
    this.maxMessage = maxMessage;
  }

  Term term() {
    return term;
  }

  long maxMessage() {
    return maxMessage;
  }

  String stream() {
    return mark.stream();
  }

  StreamMark mark() {
    return mark;
  }

  long sequence() {
    return mark.sequence();
  }

  void moveTo(long sequence) {
    mark = mark.at(sequence);
  }

  /** The copy state that the stream has. */
  HeldCopy held() {
    return held;
  }

  /** Notes that the state of this load is in the stream, in its last message. */
  void holds(Load load) {
    StateText state = load.state();
    if (load.place() != Load.Place.NOWHERE && state.isWhole()) {
      held =
          new HeldCopy(
              state.checkpoint().copy(), sequence(), state.json().length, System.nanoTime());
    }
  }

  /** The checkpoint of what was stored. */
  Checkpoint marked(Load load) {
    return load.state().checkpoint().marked(mark.toText());
  }
}
