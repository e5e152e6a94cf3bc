package dev.millrace.engine;

import dev.millrace.engine.CollectionWindows.Presence;
import dev.millrace.model.Change;
import dev.millrace.model.ClusterTime;
import dev.millrace.model.CollectionCopy;
import dev.millrace.model.CollectionCopy.Status;
import dev.millrace.model.Event;
import dev.millrace.model.Generation;
import dev.millrace.model.KeyRange;
import dev.millrace.model.Namespace;
import dev.millrace.source.CopySource.Entry;
import dev.millrace.source.CopySource.Listing;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Which collections there are and which of them are to be copied: by what a listing says and by
 * what the stream tells. Every beginning of a copy, and every end before its time, is here:
 *
 * <ul>
 *   <li>created: events tell all of it from the first document on, so it counts as copied;
 *   <li>dropped, or its database: whatever was being copied is over. Made again before the copy
 *       knew of the drop: its copy begins anew, under the event's generation;
 *   <li>renamed, and all of it is in a sink that is told of renames: it moves, and counts as
 *       copied; in every other case the new name is copied anew, over what the sink may have of it;
 *   <li>first seen in a listing: copied. In an event, with no word of how it came to be: listed,
 *       then copied;
 *   <li>in the listing under another UUID, or not at all, while it is to be copied: the stream is
 *       to tell why. Where it has passed that time and did not, it is copied anew, or swept away;
 *   <li>no longer followed: left as it is. Followed again: copied anew, and swept.
 * </ul>
 */
final class CopyCatalog {
  private final CopyContext context;
  private final CopyLedger ledger;
  private final Watermarks watermarks;
  private final Announcements announcements;
  private final CommitPoints commits;
  private final Predicate<Namespace> followed;

  /** Whether an earlier start copied, so that rows of any name may be in the sink. */
  private final boolean copiedBefore;

  private boolean listingWanted = true;
  private int begun;

  /**
   * @param followed whether a collection of that name is to be copied, should there be one
   */
  CopyCatalog(CopyContext context, CommitPoints commits, Predicate<Namespace> followed) {
    this.context = context;
    this.ledger = context.ledger();
    this.watermarks = context.watermarks();
    this.announcements = context.announcements();
    this.commits = commits;
    this.followed = followed;
    this.copiedBefore = ledger.barrier() != ClusterTime.NONE;
  }

  /** Whether to list again; once is enough. */
  boolean takeListingWanted() {
    boolean wanted = listingWanted || ledger.pending().stream().anyMatch(this::isToBeLookedUp);
    listingWanted = false;
    return wanted;
  }

  /** What it is now must be asked, and the stream has come far enough to be sure of the answer. */
  private boolean isToBeLookedUp(CollectionWindows it) {
    return switch (it.presence()) {
      case Presence.Unasked no -> true;
      case Presence.There there -> false;
      case Presence.Missing(long at) -> ClusterTime.isAfter(watermarks.frontier(), at);
    };
  }

  void listed(Listing listing) {
    List<CollectionWindows> before = new ArrayList<>(ledger.all());
    listing
        .collections()
        .forEach((name, entry) -> {
          switch (entry) {
            case Entry.NotCopyable no -> notCopyable(name, no.reason());
            case Entry.Copyable yes -> copyable(name, yes, listing.time());
          }
        });
    for (CollectionWindows each : before) {
      if (!followed.test(each.namespace)) {
        leave(each);
      } else if (!listing.collections().containsKey(each.namespace)) {
        absent(each, listing.time());
      }
    }
    ledger.raiseBarrier(listing.time());
    ledger.listed();
    for (CollectionWindows each : List.copyOf(ledger.all())) {
      if (each.copy().status() == Status.DONE && each.copy().uuid() == null) {
        ledger.forget(each.namespace);
      }
    }
  }

  /** Should it be followed again, rows that went meanwhile are to be found. */
  private void leave(CollectionWindows it) {
    if (it.copy().status() == Status.NOT_COPYABLE) {
      ledger.forget(it.namespace);
    } else if (it.copy().status() != Status.LEFT) {
      ledger.become(it.namespace, CollectionCopy.left(it.copy().generation()));
    }
  }

  private void notCopyable(Namespace name, String reason) {
    CollectionWindows it = ledger.find(name);
    if (it == null || it.copy().uuid() == null) {
      Generation none = it == null ? Generation.NONE : it.copy().generation();
      if (it == null || it.copy().status() != Status.NOT_COPYABLE) {
        ledger.become(
            name,
            new CollectionCopy(null, none, Status.NOT_COPYABLE, false, reason, List.of(), 0, 0));
      }
    }
  }

  private void copyable(Namespace name, Entry.Copyable entry, long time) {
    CollectionWindows it = ledger.find(name);
    if (it == null) {
      // What came to be since the first listing is told of by the stream.
      if (!ledger.isListed()) {
        begin(name, entry, copiedBefore);
      }
      return;
    }
    CollectionCopy copy = it.copy();
    if (copy.status() == Status.NOT_COPYABLE || copy.status() == Status.LEFT) {
      begin(name, entry, true);
    } else if (copy.isPending() && copy.uuid() == null) {
      begin(name, entry, copy.replaces());
    } else if (copy.isPending() && entry.uuid().equals(copy.uuid())) {
      it.found(entry);
      if (copy.estimated() < 0) {
        it.note(copy.withEstimate(entry.rows()));
        ledger.changed();
      }
    } else if (copy.isPending()) {
      // Another one has the name: the stream tells, unless it has passed and did not.
      if (streamDidNotTell(it, time)) {
        begin(name, entry, true);
      } else {
        it.missed(time);
      }
    }
  }

  private void absent(CollectionWindows it, long time) {
    if (it.copy().status() == Status.LEFT) {
      sweepAway(it.namespace);
      return;
    }
    if (!it.copy().isPending()) {
      return;
    }
    // The stream tells of how it went, and until then it may have gone to another name.
    if (streamDidNotTell(it, time)) {
      sweepAway(it.namespace);
    } else {
      it.missed(time);
    }
  }

  /** Whether it was missing before, and the stream passed that time without a word of it. */
  private boolean streamDidNotTell(CollectionWindows it, long listedAt) {
    return it.presence() instanceof Presence.Missing(long at)
        && ClusterTime.isAfter(watermarks.frontier(), at)
        && ClusterTime.isAfter(listedAt, at);
  }

  /** Begins to copy a collection that is there. */
  private void begin(Namespace name, Entry.Copyable entry, boolean replacesRows) {
    // A table that is copied before it is streamed has no version to sweep by: it begins empty.
    boolean replaces = replacesRows || !context.sink().copiesBeside(name);
    commits.withdraw("collection " + name + " is to be copied");
    Generation generation = newGeneration();
    Runnable start =
        () -> {
          CollectionCopy copy =
              CollectionCopy.pending(entry.uuid(), generation, replaces).withEstimate(entry.rows());
          ledger.become(name, copy).found(entry);
        };
    if (replaces) {
      if (ledger.find(name) == null) {
        // The announcement may wait for a parcel, and no checkpoint before it may forget the name.
        ledger.become(name, CollectionCopy.pending(null, generation, true));
      }
      announcements.say(new Change.Reset(name, generation), start);
    } else {
      start.run();
    }
  }

  /**
   * Removes what a sink may have of a collection that is no more, and of which no drop will tell.
   */
  private void sweepAway(Namespace name) {
    commits.withdraw("collection " + name + " is gone");
    Generation generation = newGeneration();
    announcements.say(new Change.Reset(name, generation), () -> {});
    announcements.say(new Change.Swept(name, generation), () -> ledger.forget(name));
  }

  /** Copies again what is there already. */
  void again(CollectionWindows it) {
    CollectionCopy copy = it.copy();
    if (copy.isPending() && copy.uuid() == null) {
      return;
    }
    ledger.become(it.namespace, CollectionCopy.pending(null, copy.generation(), true));
    listingWanted = true;
  }

  private Generation newGeneration() {
    long since = context.rules().readFrom(watermarks);
    // Rows may be read at that very time: what is swept is older than all of them.
    return new Generation(
        "%016X.%d.%d".formatted(since, ledger.revision(), begun++), ClusterTime.before(since));
  }

  private static Generation generationOf(Event event) {
    return new Generation(event.position().data(), event.clusterTime());
  }

  /** Before a change of a collection is emitted: says what belongs before it. */
  void beforehand(Change.Streamed change) {
    if (change instanceof Change.Renamed renamed
        && followed.test(renamed.to())
        && !movesWhole(renamed)) {
      commits.withdraw(
          "collection %s was renamed to %s".formatted(change.namespace(), renamed.to()));
    }
  }

  /**
   * Whether all that has the new name is in the sink under the old one, and moves there. Not where
   * the old name is known to be another collection's by now, as where a position was set back
   * before the rename: its rows would move.
   */
  private boolean movesWhole(Change.Renamed renamed) {
    CollectionWindows from = ledger.find(renamed.namespace());
    UUID moved = renamed.event().collectionUuid().orElse(null);
    return context.sink().movesRenamed()
        && from != null
        && from.copy().status() == Status.DONE
        && (moved == null || from.copy().uuid() == null || moved.equals(from.copy().uuid()))
        && followed.test(renamed.namespace());
  }

  /** A change of a collection was emitted. */
  void happened(Change.Streamed change) {
    Namespace name = change.namespace();
    Event event = change.event();
    switch (change) {
      case Change.Created created -> created(name, event);
      case Change.Dropped dropped -> dropped(name, event);
      case Change.Renamed renamed -> {
        boolean whole = movesWhole(renamed);
        if (followed.test(name)) {
          end(name, event, null);
        }
        if (followed.test(renamed.to())) {
          arrived(renamed.to(), event, whole);
        } else {
          ledger.become(renamed.to(), CollectionCopy.left(generationOf(event)));
        }
      }
      case Change.DatabaseDropped gone -> {
        for (CollectionWindows each : List.copyOf(ledger.all())) {
          if (each.namespace.database().equals(name.database())) {
            end(each.namespace, event, null);
          }
        }
      }
      case Change.OnDocument one -> {}
    }
  }

  private void created(Namespace name, Event event) {
    UUID uuid = event.collectionUuid().orElse(null);
    CollectionWindows it = ledger.find(name);
    if (uuid == null || !followed.test(name)) {
      return;
    }
    if (it != null && it.copy().status() == Status.LEFT) {
      ledger.become(name, CollectionCopy.pending(null, generationOf(event), true));
      listingWanted = true;
    } else if (it == null || !it.copy().isPending()) {
      end(name, event, uuid);
    } else if (it.copy().uuid() != null && !uuid.equals(it.copy().uuid())) {
      restart(it, uuid, event);
    }
  }

  private void dropped(Namespace name, Event event) {
    CollectionWindows it = ledger.find(name);
    UUID gone = event.collectionUuid().orElse(null);
    boolean another =
        it != null
            && it.copy().isPending()
            && it.copy().uuid() != null
            && gone != null
            && !gone.equals(it.copy().uuid());
    if (it != null && another) {
      // It has been made again already, and that one is being copied: this drop empties the table
      // in the sink, the rows of the new one with it.
      restart(it, it.copy().uuid(), event);
    } else if (followed.test(name)) {
      end(name, event, null);
    }
  }

  /** Whatever was being copied of that name is over; what it is from now on, events tell whole. */
  private void end(Namespace name, Event event, @Nullable UUID uuid) {
    if (uuid == null && ledger.isListed()) {
      ledger.forget(name);
    } else {
      ledger.become(name, CollectionCopy.empty(uuid, generationOf(event)));
    }
    ledger.raiseBarrier(event.clusterTime());
  }

  private void restart(CollectionWindows it, @Nullable UUID uuid, Event event) {
    Entry.Copyable facts = it.facts();
    CollectionCopy next =
        new CollectionCopy(
            uuid,
            generationOf(event),
            Status.PENDING,
            it.copy().replaces(),
            "",
            List.of(KeyRange.ALL),
            0,
            it.copy().estimated());
    CollectionWindows now = ledger.become(it.namespace, next);
    if (facts != null && facts.uuid().equals(uuid)) {
      now.found(facts);
    }
    ledger.raiseBarrier(event.clusterTime());
  }

  private void arrived(Namespace name, Event event, boolean whole) {
    UUID uuid = event.collectionUuid().orElse(null);
    if (whole) {
      end(name, event, uuid);
      return;
    }
    // Rows may be in the sink under the old name, and those that went since would stay.
    ledger.become(name, CollectionCopy.pending(null, generationOf(event), true));
    ledger.raiseBarrier(event.clusterTime());
    listingWanted = true;
  }

  /** An event of a name that nobody told of. */
  void unknown(Namespace name) {
    if (followed.test(name)) {
      commits.withdraw("collection " + name + " is to be copied");
      ledger.become(name, CollectionCopy.pending(null, newGeneration(), copiedBefore));
      listingWanted = true;
    }
  }
}
