package dev.millrace.sink.jetstream;

import dev.millrace.model.Term;
import java.util.List;

/**
 * A parcel's messages with the state that the last of them carries.
 *
 * @param messages not empty
 */
record Load(List<Outgoing> messages, StateText state, Place place) {
  /** Where in the last message the state is. */
  enum Place {
    HEADER,
    /** It is the message. */
    BODY,
    /** Nowhere: it had no room, and the message's resume token says enough. */
    NOWHERE
  }

  int size() {
    return messages.size();
  }

  Outgoing get(int index) {
    return messages.get(index);
  }

  boolean isLast(int index) {
    return index == messages.size() - 1;
  }

  /** Puts the headers of the last message by which its state is found. */
  void putState(HeaderWriter headers, Term term) {
    if (place == Place.NOWHERE) {
      headers.put(MessageHeader.TERM, term.number());
      return;
    }
    if (place == Place.HEADER) {
      headers.put(MessageHeader.STATE, state.json());
    } else {
      headers.put(MessageHeader.STATE_IN_BODY, 1).put(MessageHeader.TERM, term.number());
    }
    if (!state.isWhole()) {
      headers.put(MessageHeader.COPY_AT, state.copyAt());
    }
  }
}
