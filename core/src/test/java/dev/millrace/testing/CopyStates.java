package dev.millrace.testing;

import dev.millrace.lab.EdgeValues;
import dev.millrace.model.CollectionCopy;
import dev.millrace.model.CollectionCopy.Status;
import dev.millrace.model.CopyState;
import dev.millrace.model.Generation;
import dev.millrace.model.KeyRange;
import dev.millrace.model.Namespace;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.bson.BsonValue;

/** How far a copy is, for those who keep it. */
final class CopyStates {
  private CopyStates() {}

  /** Collections in every status, ranges that end at keys of every type, and all edits. */
  static CopyState ofEveryKind(Changes source) {
    List<KeyRange> ranges = new ArrayList<>();
    BsonValue from = null;
    for (BsonValue id : EdgeValues.ids()) {
      ranges.add(new KeyRange(from, id, from, ranges.size() % 3 == 0));
      from = id;
    }
    ranges.add(new KeyRange(from, null, null, false));
    Generation generation = new Generation(source.generation().id() + "#2", -1);
    UUID uuid = UUID.fromString("00112233-4455-6677-8899-aabbccddeeff");
    Map<Namespace, CollectionCopy> collections = new TreeMap<>();
    collections.put(
        new Namespace("shop", "orders"),
        new CollectionCopy(uuid, generation, Status.PENDING, true, "", ranges, 7, 1L << 40));
    collections.put(new Namespace("shop", "items"), CollectionCopy.empty(uuid, generation));
    collections.put(
        new Namespace("shop", "with.dots and \"quotes\" ü"),
        CollectionCopy.pending(null, Generation.NONE, false)
            .withStatus(Status.UNREADABLE, "may not be read: 13 ü"));
    collections.put(
        new Namespace("archive", "orders"),
        CollectionCopy.pending(null, generation, true).withStatus(Status.NOT_COPYABLE, "a view"));
    collections.put(new Namespace("archive", "items"), CollectionCopy.left(generation));
    return new CopyState(
        true,
        (1L << 53) + 1,
        true,
        collections,
        -1,
        source.time(),
        true,
        new CopyState.Edits(
            new TreeSet<>(List.of("shop.new")),
            new TreeSet<>(List.of("shop.old", "shop.ö*")),
            new TreeSet<>(List.of("*"))));
  }
}
