package dev.millrace.verify;

import dev.millrace.checkpoint.CheckpointStore.Stored;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;
import dev.millrace.model.Namespace;
import dev.millrace.source.CopySource;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.bson.BsonValue;

/**
 * Looks again at rows that differed at first sight, until it is known of each whether it does, or
 * only had not come so far.
 *
 * <p>A round: the position P that is stored, then documents and rows, then the present time N, then
 * the stream from P to N. All of the source up to P is in the sink. Of a row without a change
 * between P and N the document was the same all the time, so the row must have it, and what differs
 * then does. One with a change is looked at again, behind a later P; where nobody moves that on,
 * the change is only not delivered yet. A document that changes all the time is the same as its row
 * where that has one of its states from P to N.
 */
final class Settling {
  /** After so many, a document that still changes will not stop for us. */
  private static final int PATIENT_ROUNDS = 2;

  /** Of so many at most, for each takes a number of reads. */
  private static final int MOST_RESTLESS = 50;

  private final Parts parts;
  private final CopySource source;
  private final SecondLook look;
  private final PastStates past;
  private final Progress progress;
  private final Duration wait;

  private int rounds;
  private final Map<RowId, Differing> differing = new LinkedHashMap<>();
  private final Set<RowId> unsettled = new LinkedHashSet<>();
  private final Set<RowId> undelivered = new LinkedHashSet<>();
  private final Set<RowId> letters = new LinkedHashSet<>();

  /**
   * @param extras whether a row without a document differs
   */
  Settling(Parts parts, CopySource source, boolean extras, Progress progress, Duration wait) {
    this.parts = parts;
    this.source = source;
    Documents documents = new Documents(parts.tables().json());
    Lookup lookup = new Lookup(source);
    this.look = new SecondLook(parts.tables(), lookup, documents, extras);
    this.past = new PastStates(lookup, documents);
    this.progress = progress;
    this.wait = wait;
  }

  /**
   * @param suspects with the {@code _id}s to ask for them by
   */
  Settled settle(Map<RowId, BsonValue> suspects) {
    Patience patience = new Patience(wait);
    Map<RowId, BsonValue> left = suspects;
    while (!left.isEmpty()) {
      left = round(left, patience);
      if (!left.isEmpty() && patience.isOver()) {
        unsettled.addAll(left.keySet());
        break;
      }
      if (!left.isEmpty()) {
        patience.pause();
      }
    }
    return new Settled(differing, unsettled, undelivered, letters);
  }

  /** Returns what is to be looked at again. */
  private Map<RowId, BsonValue> round(Map<RowId, BsonValue> suspects, Patience patience) {
    Stored stored = parts.store().read().orElseThrow(Verification::neverRan);
    Checkpoint checkpoint = stored.checkpoint().orElseThrow(Verification::neverRan);
    Map<RowId, SecondLook.Differs> now = look.at(suspects, checkpoint.position().clusterTime());
    if (now.isEmpty()) {
      return Map.of();
    }
    long until = source.now();
    Optional<ChangedRows> changed = changed(checkpoint, until, now.keySet(), patience);
    if (changed.isEmpty()) {
      unsettled.addAll(now.keySet());
      return Map.of();
    }
    Map<RowId, BsonValue> moving = new LinkedHashMap<>();
    Map<RowId, Differing> real = new LinkedHashMap<>();
    now.forEach((row, compared) -> {
      BsonValue id = Objects.requireNonNull(suspects.get(row));
      // Until it is copied, a row may be of an older state without a change to tell of it.
      if (changed.get().has(row) || Selection.isPending(checkpoint.copy(), row.namespace())) {
        moving.put(row, id);
      } else {
        real.put(row, new Differing(compared.how(), id));
      }
    });
    setApart(real);
    if (moving.isEmpty()) {
      return moving;
    }
    if (parts.moving().test(stored)) {
      rounds++;
      if (rounds > PATIENT_ROUNDS) {
        leaveOutRestless(moving, now, checkpoint, changed.get());
      }
      return moving;
    }
    undelivered.addAll(moving.keySet());
    return Map.of();
  }

  private void leaveOutRestless(
      Map<RowId, BsonValue> moving,
      Map<RowId, SecondLook.Differs> now,
      Checkpoint checkpoint,
      ChangedRows changed) {
    long position = checkpoint.position().clusterTime();
    List<RowId> some =
        moving.keySet().stream()
            .filter(row -> PastStates.canTell(changed.times(row)))
            .limit(MOST_RESTLESS)
            .toList();
    for (RowId row : some) {
      BsonValue id = Objects.requireNonNull(moving.get(row));
      String held = Objects.requireNonNull(now.get(row)).held();
      if (past.had(row, id, held, position, changed.times(row))) {
        moving.remove(row);
      }
    }
  }

  private Optional<ChangedRows> changed(
      Checkpoint checkpoint, long until, Set<RowId> rows, Patience patience) {
    try {
      return ChangedRows.between(checkpoint, until, parts, rows, patience);
    } catch (MillraceException e) {
      if (!(e.failure() instanceof Failure.PositionLost)) {
        throw e;
      }
      progress.say(
          "MongoDB no longer has all changes behind the pipeline's position, so what differs cannot be told from what is not delivered yet");
      return Optional.empty();
    }
  }

  /** What is among the dead letters differs, and is known. */
  private void setApart(Map<RowId, Differing> real) {
    Map<Namespace, List<String>> keys = new LinkedHashMap<>();
    real.keySet()
        .forEach(
            row -> keys.computeIfAbsent(row.namespace(), any -> new ArrayList<>()).add(row.key()));
    keys.forEach((namespace, all) ->
        parts.tables().deadLetters(namespace, all).stream()
            .map(key -> new RowId(namespace, key))
            .filter(row -> real.remove(row) != null)
            .forEach(letters::add));
    differing.putAll(real);
  }
}
