package dev.millrace.sink.jetstream;

import dev.millrace.model.Term;

/** Where the stream ends as far as we know, and so what the next message expects. */
final class StreamEnd {
  private final Term term;
  private final long maxMessage;
  private StreamMark mark;

  /**
   * @param maxMessage bytes, headers included
   */
  StreamEnd(StreamMark mark, Term term, long maxMessage) {
    this.mark = mark;
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
}
