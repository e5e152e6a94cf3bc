package dev.millrace.verify;

import dev.millrace.model.Checkpoint;
import dev.millrace.model.CollectionCopy;
import dev.millrace.model.CopyState;
import dev.millrace.model.Namespace;
import dev.millrace.source.CopySource;
import dev.millrace.source.CopySource.Entry;
import dev.millrace.source.CopySource.Listing;
import dev.millrace.table.TableView;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Which collections are compared.
 *
 * @param followed those of the source
 * @param gone those that the source has no longer, and of which the sink should have nothing
 * @param leftOut those of which it cannot be told now what the sink should have
 */
record Selection(Map<Namespace, Entry.Copyable> followed, Set<Namespace> gone, int leftOut) {

  static Selection of(
      Listing listing,
      Checkpoint checkpoint,
      CopySource source,
      TableView tables,
      boolean drops,
      Progress progress) {
    CopyState copy = checkpoint.copy();
    Map<Namespace, Entry.Copyable> followed = new TreeMap<>();
    Set<Namespace> gone = new TreeSet<>();
    List<String> pending = new ArrayList<>();
    listing
        .collections()
        .forEach((namespace, entry) -> {
          if (entry instanceof Entry.Copyable copyable) {
            if (isPending(copy, namespace)) {
              pending.add(namespace.toString());
            } else {
              followed.put(namespace, copyable);
            }
          }
        });
    List<String> strangers = new ArrayList<>();
    List<String> kept = new ArrayList<>();
    for (Namespace namespace : new TreeSet<>(tables.collections())) {
      if (listing.collections().get(namespace) instanceof Entry.Copyable) {
        continue;
      }
      if (!source.follows(namespace)) {
        strangers.add(namespace.toString());
      } else if (drops) {
        gone.add(namespace);
      } else {
        kept.add(namespace.toString());
      }
    }
    say(progress, "not compared, for they are still being copied: ", pending);
    say(progress, "not compared, for this pipeline does not follow them: ", strangers);
    say(progress, "not compared, for they were dropped and their rows stay: ", kept);
    return new Selection(followed, gone, pending.size());
  }

  /** Also where it is not even known yet which there are. */
  static boolean isPending(CopyState copy, Namespace namespace) {
    CollectionCopy known = copy.collections().get(namespace);
    return copy.active() && (known == null ? !copy.listed() : known.isPending());
  }

  private static void say(Progress progress, String why, List<String> names) {
    if (!names.isEmpty()) {
      progress.say(why + String.join(", ", names));
    }
  }
}
