package dev.millrace.sink.jetstream;

import dev.millrace.model.Checkpoint;
import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;
import dev.millrace.model.Position;
import dev.millrace.model.Term;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides from where to go on: by the stream's last message, by the stored checkpoint, and by what
 * that says of the stream.
 *
 * <p>What a message of the stream says is in the stream, whatever else was lost. A stored
 * checkpoint is later than that only where somebody set it, or where the source moved on with
 * nothing to deliver.
 */
final class Resumption {
  private static final Logger LOG = LoggerFactory.getLogger(Resumption.class);

  private final StreamMark present;
  private final Optional<Checkpoint> stored;
  private final Optional<StreamMark> mark;

  /**
   * @param present where the stream stands
   * @param stored what the checkpoint store has
   */
  Resumption(StreamMark present, Optional<Checkpoint> stored) {
    this.present = present;
    this.stored = stored;
    this.mark = stored.flatMap(checkpoint -> StreamMark.of(checkpoint.mark()));
  }

  /**
   * @param tail the newest message there is; its sequence may be lower than the stream's last, when
   *     that was deleted
   * @throws MillraceException {@code Fenced} when a higher term wrote, {@code PositionLost} when
   *     the stream is not the one that the stored checkpoint belongs to, or lost what it had then
   */
  Optional<Checkpoint> decide(Term ours, Optional<Tail> tail) {
    if (tail.isPresent() && tail.get().term().compareTo(ours) > 0) {
      throw Failure.fenced(
          "stream %s was written by term %s, this is term %s: another instance has the pipeline"
              .formatted(present.stream(), tail.get().term(), ours),
          tail.get().term());
    }
    return choose(tail).map(checkpoint -> checkpoint.marked(present.toText()));
  }

  private Optional<Checkpoint> choose(Optional<Tail> tail) {
    return tail.isEmpty()
        ? withoutTail()
        : switch (tail.get()) {
          case Tail.State it -> byTail(it.sequence(), it.checkpoint());
          case Tail.Cut it -> byCut(it);
          case Tail.Connector it -> byConnector(it);
          case Tail.Foreign it -> withoutTail();
        };
  }

  /**
   * A cut parcel has no state. What was copied is as the newest state says, or a later one that is
   * stored: rows that came since are read again, which does no harm at the place where they then
   * stand. The events that came since are passed over.
   */
  private Optional<Checkpoint> byCut(Tail.Cut cut) {
    if (cut.base().isPresent()) {
      return byTail(cut.sequence(), after(base(cut.base().get()), cut));
    }
    boolean copies = stored.isPresent() && stored.get().copy().active();
    return copies || cut.place().isEmpty()
        ? withoutTail()
        : byTail(cut.sequence(), known(cut.place().get().position(), cut.term()));
  }

  private Checkpoint base(Tail.State state) {
    boolean isStoredLater =
        mark.isPresent()
            && !isOtherStream()
            && !isShorter()
            && mark.get().sequence() >= state.sequence()
            && stored.orElseThrow().supersedes(state.checkpoint());
    return isStoredLater ? stored.orElseThrow() : state.checkpoint();
  }

  private static Checkpoint after(Checkpoint base, Tail.Cut cut) {
    Checkpoint told = cut.term().compareTo(base.term()) > 0 ? base.in(cut.term()) : base;
    return cut.place()
        .map(Tail.Place::position)
        .filter(position -> position.compareTo(told.position()) > 0)
        .map(told::at)
        .orElse(told);
  }

  /** What the tail says, completed by what is known of the deployment. */
  private Checkpoint known(Position position, Term term) {
    return new Checkpoint(
        position,
        term,
        stored.map(Checkpoint::deployment).orElse(""),
        stored.map(Checkpoint::scope).orElse(""),
        "");
  }

  private Optional<Checkpoint> byTail(long sequence, Checkpoint told) {
    if (stored.isEmpty() || told.supersedes(stored.get())) {
      return Optional.of(told);
    }
    if (isOtherStream()) {
      throw reset();
    }
    if (isShorter()) {
      return Optional.of(afterLoss(sequence, told));
    }
    if (mark.isPresent() && sequence > mark.get().sequence()) {
      // Written behind what is stored, by an older term that was not yet shut out: it is in the
      // stream, so that going on from before it would repeat it.
      return Optional.of(told);
    }
    warnOfDuplicates(sequence);
    return stored;
  }

  private Optional<Checkpoint> byConnector(Tail.Connector tail) {
    Checkpoint told = known(tail.position(), Term.NONE);
    boolean leftByConnector =
        stored.isEmpty()
            || (stored.get().term().equals(Term.NONE) && stored.get().deployment().isEmpty());
    if (leftByConnector) {
      return Optional.of(told);
    }
    if (isOtherStream()) {
      throw reset();
    }
    if (stored.get().copy().active()) {
      // It passes over what changes what is to be copied: its place is none to copy on from.
      return withoutTail();
    }
    if (isShorter()) {
      return Optional.of(afterLoss(tail.sequence(), told));
    }
    return mark.isPresent() && mark.get().sequence() < tail.sequence() ? Optional.of(told) : stored;
  }

  /** The stream has no message that says anything. */
  private Optional<Checkpoint> withoutTail() {
    if (isOtherStream() || isShorter()) {
      throw reset();
    }
    warnOfDuplicates(0);
    return stored;
  }

  private boolean isOtherStream() {
    return mark.isPresent() && !mark.get().isOfSameStream(present);
  }

  private boolean isShorter() {
    return mark.isPresent() && mark.get().sequence() > present.sequence();
  }

  /**
   * The stream's end is gone, as after a power cut or a restored backup, and we know where it is.
   */
  private Checkpoint afterLoss(long sequence, Checkpoint told) {
    LOG.warn(
        "stream {} ends at message {}, it had {}: the server lost messages that it had accepted. They are delivered again from message {} on",
        present.stream(),
        present.sequence(),
        mark.map(StreamMark::sequence).orElse(0L),
        sequence + 1);
    return told;
  }

  /** After the tail was deleted, the stored position may lie before what was in it. */
  private void warnOfDuplicates(long tail) {
    if (mark.isPresent()
        && mark.get().sequence() < present.sequence()
        && tail < present.sequence()) {
      LOG.warn(
          "stream {} has messages {} to {} that the stored position does not know of, and the last of them does not say what it was: changes may be delivered twice",
          present.stream(),
          mark.get().sequence() + 1,
          present.sequence());
    }
  }

  private MillraceException reset() {
    StreamMark was = mark.orElse(present);
    String message =
        "the stored position belongs to stream %s of %s at message %d, but stream %s of %s is at %d: it was deleted, made anew or put back, and what it had is gone. Copy anew, put the stream back, or accept the gap with `millrace position set --now`"
            .formatted(
                was.stream(),
                was.created(),
                was.sequence(),
                present.stream(),
                present.created(),
                present.sequence());
    return new MillraceException(new Failure.PositionLost("MR-SINK-RESET", message), null);
  }
}
