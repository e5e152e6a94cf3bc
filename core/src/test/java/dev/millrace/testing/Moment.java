package dev.millrace.testing;

import dev.millrace.model.Batch;
import dev.millrace.model.Change;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.Namespace;
import dev.millrace.source.CopySource;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What goes on at a {@link Hooks.Point}. */
public sealed interface Moment {
  /** A parcel on its way to the sink, or acknowledged by it. */
  record Sending(List<Change> changes, Checkpoint through) implements Moment {}

  /** A checkpoint that is written to the store. */
  record Saving(Checkpoint checkpoint) implements Moment {}

  /**
   * A chunk.
   *
   * @param outcome null before it was read
   */
  record Reading(CopySource.Chunk chunk, CopySource.@Nullable Outcome outcome) implements Moment {}

  /** The collections are listed, or the present time is asked. */
  record Asking() implements Moment {}

  /**
   * The stream is asked.
   *
   * @param batch null before it answered
   */
  record Polling(@Nullable Batch batch) implements Moment {}

  /** Every one. */
  static Predicate<Moment> any() {
    return moment -> true;
  }

  /** A chunk of this collection, or a parcel with something of it. */
  static Predicate<Moment> of(Namespace namespace) {
    return moment ->
        switch (moment) {
          case Reading reading -> reading.chunk().namespace().equals(namespace);
          case Sending sending ->
              sending.changes().stream().anyMatch(c -> c.namespace().equals(namespace));
          default -> false;
        };
  }

  /** A parcel with such a change in it. */
  static Predicate<Moment> with(Class<? extends Change> kind) {
    return with(kind::isInstance);
  }

  /** A parcel with such a change in it. */
  static Predicate<Moment> with(Predicate<Change> wanted) {
    return moment ->
        moment instanceof Sending sending && sending.changes().stream().anyMatch(wanted);
  }

  /** All but the first so many that the other takes. */
  static Predicate<Moment> after(int skipped, Predicate<Moment> other) {
    int[] left = {skipped};
    return moment -> {
      synchronized (left) {
        return other.test(moment) && left[0]-- <= 0;
      }
    };
  }
}
