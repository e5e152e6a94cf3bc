package dev.millrace.sink.jetstream;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads the end of a stream until it is known from where to go on: the last message where it has
 * the whole state, and as far back as need be where it has not.
 */
final class TailReader {
  /** More than any parcel has messages, and every parcel ends with a state. */
  private static final int FARTHEST = 1_100;

  private final StreamAdmin admin;

  TailReader(StreamAdmin admin) {
    this.admin = admin;
  }

  /**
   * The newest message of ours, or the very last of anybody's; empty when both are gone. A state is
   * whole, and a cut parcel has the state before it, as far as they are still in the stream.
   */
  Optional<Tail> read(StreamMark mark) {
    return admin
        .tail(mark)
        .map(tail ->
            switch (tail) {
              case Tail.State it -> completed(it);
              case Tail.Cut it -> completed(it);
              case Tail.Connector it -> it;
              case Tail.Foreign it -> it;
            });
  }

  /** A state of which the copy's part is gone is a place only, and no state to go on from. */
  private Tail completed(Tail.State state) {
    return whole(state)
        .<Tail>map(it -> it)
        .orElseGet(() ->
            new Tail.Cut(
                state.sequence(),
                Optional.of(new Tail.Place(state.checkpoint().position(), false)),
                state.term(),
                Optional.empty()));
  }

  private Optional<Tail.State> whole(Tail.State state) {
    if (state.isWhole()) {
      return Optional.of(state);
    }
    return admin.message(state.copyAt()) instanceof Tail.State holder && holder.isWhole()
        ? Optional.of(state.with(holder))
        : Optional.empty();
  }

  /**
   * The state behind which the parcel was cut, and the last event of it that may be passed over.
   * Where collections are copied that is one of a document only: what follows from a change of a
   * collection stands in the state that got lost, so that it has to come again.
   */
  private Tail completed(Tail.Cut cut) {
    Optional<Tail.Place> any = cut.place();
    Optional<Tail.Place> ofDocument = any.filter(Tail.Place::isOfDocument);
    long lowest = Math.max(1, cut.sequence() - FARTHEST);
    for (long sequence = cut.sequence() - 1; sequence >= lowest; sequence--) {
      @Nullable Tail before = admin.message(sequence);
      if (before instanceof Tail.State it) {
        Optional<Tail.State> base = whole(it);
        boolean copies = base.isEmpty() || base.get().checkpoint().copy().active();
        return new Tail.Cut(cut.sequence(), copies ? ofDocument : any, cut.term(), base);
      }
      if (before instanceof Tail.Cut it) {
        any = any.or(it::place);
        ofDocument = ofDocument.or(() -> it.place().filter(Tail.Place::isOfDocument));
      }
    }
    return new Tail.Cut(cut.sequence(), any, cut.term(), Optional.empty());
  }
}
