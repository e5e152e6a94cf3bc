package dev.millrace.model;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import org.bson.BsonArray;
import org.bson.BsonBinary;
import org.bson.BsonBoolean;
import org.bson.BsonDocument;
import org.bson.BsonInt64;
import org.bson.BsonString;
import org.bson.BsonTimestamp;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;

/**
 * The copy's part of a {@link Checkpoint}: written with the position, as one unit, so that no
 * position is ever stored without what was still to be copied then.
 *
 * @param active whether this pipeline copies at all; all else is empty where it does not
 * @param revision raised by every change: of two states of one position the higher holds
 * @param listed whether the collections that were there at the start are known
 * @param collections all that are known, by name
 * @param barrier no commit point lies before it: the latest of every chunk's read, the listing's,
 *     and every change of a collection that began or ended a copy; as the server's 64 bits. 0 where
 *     nothing was ever copied
 * @param committed the last commit point; 0 before the first
 * @param consistent whether that still holds
 * @param edits what was changed while running
 */
public record CopyState(
    boolean active,
    long revision,
    boolean listed,
    Map<Namespace, CollectionCopy> collections,
    long barrier,
    long committed,
    boolean consistent,
    Edits edits) {

  /** Of a pipeline that never copies. */
  public static final CopyState NONE =
      new CopyState(false, 0, false, Map.of(), 0, 0, false, Edits.NONE);

  /** Of a pipeline that is about to copy all that it follows. */
  public static final CopyState NEW =
      new CopyState(true, 0, false, Map.of(), 0, 0, false, Edits.NONE);

  public CopyState {
    collections = Collections.unmodifiableMap(new TreeMap<>(collections));
  }

  /**
   * What an operator changed while it ran, on top of the configuration.
   *
   * @param added names or patterns followed beside the configured ones
   * @param removed names no longer followed
   * @param paused names of collections whose copy waits; {@code *} for all
   */
  public record Edits(
      NavigableSet<String> added, NavigableSet<String> removed, NavigableSet<String> paused) {
    public static final Edits NONE = new Edits(new TreeSet<>(), new TreeSet<>(), new TreeSet<>());

    public Edits {
      added = Collections.unmodifiableNavigableSet(new TreeSet<>(added));
      removed = Collections.unmodifiableNavigableSet(new TreeSet<>(removed));
      paused = Collections.unmodifiableNavigableSet(new TreeSet<>(paused));
    }

    public boolean isEmpty() {
      return added.isEmpty() && removed.isEmpty() && paused.isEmpty();
    }
  }

  /** All of it is to be copied again: what happened in between cannot be had any more. */
  public CopyState lost() {
    Map<Namespace, CollectionCopy> anew = new TreeMap<>();
    collections.forEach((name, copy) -> {
      if (copy.status() != CollectionCopy.Status.NOT_COPYABLE
          && copy.status() != CollectionCopy.Status.LEFT) {
        anew.put(name, CollectionCopy.pending(null, copy.generation(), true));
      }
    });
    // A barrier, be it the earliest, says that rows of names not known any more may be in the sink.
    long marked = ClusterTime.later(barrier, 1);
    return new CopyState(true, revision + 1, false, anew, marked, committed, consistent, edits);
  }

  /** As this, but what of these is or was copied is to be copied anew: a sink lost their rows. */
  public CopyState again(Set<Namespace> names) {
    Map<Namespace, CollectionCopy> changed = new TreeMap<>(collections);
    changed.replaceAll((name, copy) ->
        names.contains(name) && (copy.isPending() || copy.status() == CollectionCopy.Status.DONE)
            ? CollectionCopy.pending(null, copy.generation(), true)
            : copy);
    return new CopyState(
        active, revision + 1, listed, changed, barrier, committed, consistent, edits);
  }

  /** What is followed was changed: what is new in it is known only once all is listed again. */
  public CopyState unlisted() {
    return new CopyState(
        active, revision + 1, false, collections, barrier, committed, consistent, edits);
  }

  public boolean isAnyPending() {
    return active && (!listed || collections.values().stream().anyMatch(CollectionCopy::isPending));
  }

  BsonDocument toDocument() {
    BsonDocument names = new BsonDocument();
    collections.forEach((name, copy) -> names.append(name.toString(), document(copy)));
    BsonDocument document =
        new BsonDocument("revision", new BsonInt64(revision))
            .append("listed", BsonBoolean.valueOf(listed))
            .append("barrier", new BsonTimestamp(barrier))
            .append("committed", new BsonTimestamp(committed))
            .append("consistent", BsonBoolean.valueOf(consistent))
            .append("collections", names);
    if (!edits.isEmpty()) {
      document.append(
          "edits",
          new BsonDocument("added", texts(edits.added()))
              .append("removed", texts(edits.removed()))
              .append("paused", texts(edits.paused())));
    }
    return document;
  }

  static CopyState of(BsonDocument document) {
    Map<Namespace, CollectionCopy> collections = new TreeMap<>();
    document
        .getDocument("collections")
        .forEach((name, copy) -> collections.put(Namespace.parse(name), copy(copy.asDocument())));
    BsonDocument edits = document.getDocument("edits", new BsonDocument());
    return new CopyState(
        true,
        document.getNumber("revision").longValue(),
        document.getBoolean("listed").getValue(),
        collections,
        document.getTimestamp("barrier").getValue(),
        document.getTimestamp("committed").getValue(),
        document.getBoolean("consistent").getValue(),
        new Edits(texts(edits, "added"), texts(edits, "removed"), texts(edits, "paused")));
  }

  /** Short names and nothing that is as usual: it travels with every parcel. */
  private static BsonDocument document(CollectionCopy copy) {
    BsonDocument document =
        new BsonDocument("s", new BsonString(copy.status().name()))
            .append("g", new BsonString(copy.generation().id()))
            .append("t", new BsonTimestamp(copy.generation().since()));
    if (copy.uuid() != null) {
      document.append("u", new BsonBinary(copy.uuid()));
    }
    if (copy.replaces()) {
      document.append("replaces", BsonBoolean.TRUE);
    }
    if (!copy.reason().isEmpty()) {
      document.append("reason", new BsonString(copy.reason()));
    }
    if (copy.copied() != 0) {
      document.append("n", new BsonInt64(copy.copied()));
    }
    if (copy.estimated() != 0) {
      document.append("of", new BsonInt64(copy.estimated()));
    }
    if (!copy.ranges().isEmpty()) {
      BsonArray ranges = new BsonArray();
      copy.ranges().forEach(range -> ranges.add(document(range)));
      document.append("r", ranges);
    }
    return document;
  }

  private static BsonDocument document(KeyRange range) {
    BsonDocument document = new BsonDocument();
    key("a", range.from(), document);
    key("z", range.to(), document);
    key("d", range.done(), document);
    if (range.complete()) {
      document.append("c", BsonBoolean.TRUE);
    }
    return document;
  }

  /** As BSON bytes: no text form brings every type of key back as it was. */
  private static void key(String name, @Nullable BsonValue key, BsonDocument document) {
    if (key != null) {
      byte[] bytes = RawValue.of(new BsonDocument("k", key)).copy();
      document.append(name, new BsonBinary(bytes));
    }
  }

  private static CollectionCopy copy(BsonDocument document) {
    List<KeyRange> ranges = new ArrayList<>();
    for (BsonValue range : document.getArray("r", new BsonArray())) {
      BsonDocument it = range.asDocument();
      ranges.add(new KeyRange(key(it, "a"), key(it, "z"), key(it, "d"), it.containsKey("c")));
    }
    UUID uuid = document.containsKey("u") ? document.getBinary("u").asUuid() : null;
    return new CollectionCopy(
        uuid,
        new Generation(document.getString("g").getValue(), document.getTimestamp("t").getValue()),
        CollectionCopy.Status.valueOf(document.getString("s").getValue()),
        document.containsKey("replaces"),
        document.getString("reason", new BsonString("")).getValue(),
        ranges,
        document.getNumber("n", new BsonInt64(0)).longValue(),
        document.getNumber("of", new BsonInt64(0)).longValue());
  }

  private static @Nullable BsonValue key(BsonDocument range, String name) {
    BsonValue held = range.get(name);
    if (held == null) {
      return null;
    }
    byte[] bytes = held.asBinary().getData();
    return RawValue.document(bytes, 0, bytes.length).toDocument().get("k");
  }

  private static BsonArray texts(NavigableSet<String> texts) {
    BsonArray array = new BsonArray();
    texts.forEach(text -> array.add(new BsonString(text)));
    return array;
  }

  private static NavigableSet<String> texts(BsonDocument document, String name) {
    NavigableSet<String> texts = new TreeSet<>();
    document.getArray(name, new BsonArray()).forEach(text -> texts.add(text.asString().getValue()));
    return texts;
  }
}
