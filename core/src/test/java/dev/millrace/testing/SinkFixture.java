package dev.millrace.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.millrace.json.CanonicalKey;
import dev.millrace.model.Change;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.CommitPoint;
import dev.millrace.model.CopyState;
import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;
import dev.millrace.model.Namespace;
import dev.millrace.model.Term;
import dev.millrace.sink.Parcel;
import dev.millrace.sink.Sink;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonNull;
import org.bson.BsonString;
import org.bson.json.JsonMode;
import org.bson.json.JsonWriterSettings;
import org.junit.jupiter.api.AfterEach;

/**
 * A sink under test. A subclass opens the sink on a place that is fresh for each test, reads back
 * what is there, and says by {@link #lacks} what the sink declines; everything else is expected of
 * it, and of what it declines the suites see what happens instead.
 */
public abstract class SinkFixture {
  protected static final Namespace ORDERS = new Namespace("shop", "orders");
  protected static final Namespace ITEMS = new Namespace("shop", "items");
  protected static final Namespace ELSEWHERE = new Namespace("archive", "orders");
  protected static final Term FIRST = new Term(1);
  protected static final Term SECOND = new Term(2);

  private static final JsonWriterSettings RELAXED =
      JsonWriterSettings.builder().outputMode(JsonMode.RELAXED).build();

  /** What a sink holds. */
  public enum Kind {
    /** The documents, as they are now; {@link #documents} reads them. */
    TABLES,
    /** The events themselves, in order; {@link #events} reads them. */
    LOG
  }

  /** What a sink may decline. */
  public enum Trait {
    /** Writes the checkpoint with the changes, as one unit, and gives it back by {@code fence}. */
    KEEPS_POSITION,
    /** Refuses an older term once a higher one has written. */
    FENCES,
    /** Refuses it from the higher term's fence on. */
    FENCES_AT_ONCE,
    /** Notices at a fence that it no longer has what the stored checkpoint says that it has. */
    NOTICES_LOSS,
    /** Takes updates without an image. */
    TAKES_PATCHES,
    /** Never lets an older version replace a newer one. */
    GUARDS_VERSIONS,
    /**
     * Copies {@code ORDERS} and {@code ITEMS} beside their events. Where not, they are found in a
     * form that does not tell old rows from new; what the sink begins itself always does.
     */
    COPIES_BESIDE,
    /** Keeps a document that it cannot take aside, and goes on. */
    KEEPS_MISFITS,
    /** Says when all of it is of one time; {@link #committed} reads the last it said. */
    TELLS_COMMIT_POINTS,
    /** Of the fixture: {@link #whileStalled} has the target take nothing for a while. */
    STALLS
  }

  protected final Changes source = new Changes();
  private final List<Sink> opened = new ArrayList<>();

  /** Opens the sink on this test's place; the same place each time within a test. */
  protected abstract Sink openSink();

  protected abstract Kind kind();

  /** Removes all that the sink has, as a person would; no sink is open. */
  protected abstract void loseAll() throws Exception;

  /** Has the target take nothing meanwhile; no sink is opened or fenced then. */
  protected void whileStalled(ThrowingCallable body) throws Throwable {
    throw new UnsupportedOperationException("to be declined as " + Trait.STALLS);
  }

  /** What the sink declines: nothing, unless its subclass says so. */
  protected Set<Trait> lacks() {
    return Set.of();
  }

  /**
   * What the sink holds of a collection, by {@link CanonicalKey}, types as {@link #asHeld} leaves
   * them. Of a log, what its events come to.
   */
  protected Map<String, BsonDocument> documents(Namespace namespace) {
    return replay(events(), namespace);
  }

  /** What a log holds, in order. */
  protected List<BsonDocument> events() {
    throw new UnsupportedOperationException("a log reads its events, tables their documents");
  }

  /** The last commit point that the sink told of. */
  protected Optional<CommitPoint> committed() {
    return kind() == Kind.LOG ? lastCommit() : Optional.empty();
  }

  private Optional<CommitPoint> lastCommit() {
    return events().stream()
        .filter(event -> is(event, "commit"))
        .reduce((earlier, later) -> later)
        .map(event ->
            new CommitPoint(
                event.getTimestamp("clusterTime").getValue(),
                event.getBoolean("consistent").getValue(),
                event.getString("reason").getValue(),
                event.getArray("excluded").stream().map(v -> v.asString().getValue()).toList()));
  }

  private static boolean is(BsonDocument event, String operation) {
    return event.getString("operationType", new BsonString("")).getValue().equals(operation);
  }

  /** Whether a log tells of collections that came into being. */
  protected boolean tells(Change.Streamed change) {
    return !(change instanceof Change.Created);
  }

  /** The document as it comes back: relaxed Extended JSON loses some types. */
  protected BsonDocument asHeld(BsonDocument document) {
    return BsonDocument.parse(document.toJson(RELAXED));
  }

  /**
   * What events come to. A copied row is a {@code read}; what neither rows nor events touch between
   * {@code reset} and {@code swept} is gone.
   */
  private static Map<String, BsonDocument> replay(List<BsonDocument> events, Namespace namespace) {
    Map<Namespace, Map<String, BsonDocument>> all = new HashMap<>();
    Map<Namespace, Set<String>> stale = new HashMap<>();
    for (BsonDocument event : events) {
      if (!event.containsKey("ns")) {
        continue;
      }
      Namespace in = namespace(event.getDocument("ns"));
      switch (event.getString("operationType").getValue()) {
        case "insert", "update", "replace", "read" -> {
          all.computeIfAbsent(in, any -> new HashMap<>())
              .put(key(event), event.getDocument("fullDocument"));
          stale.getOrDefault(in, new HashSet<>()).remove(key(event));
        }
        case "delete" -> all.computeIfAbsent(in, any -> new HashMap<>()).remove(key(event));
        case "reset" ->
            stale.put(in, new HashSet<>(all.getOrDefault(in, new HashMap<>()).keySet()));
        case "swept" -> {
          Set<String> gone = stale.remove(in);
          if (gone != null && all.containsKey(in)) {
            all.get(in).keySet().removeAll(gone);
          }
        }
        case "drop" -> all.remove(in);
        case "rename" -> {
          Map<String, BsonDocument> moved = all.remove(in);
          all.put(namespace(event.getDocument("to")), moved == null ? new HashMap<>() : moved);
        }
        case "dropDatabase" -> all.keySet().removeIf(n -> n.database().equals(in.database()));
        default -> {}
      }
    }
    return all.getOrDefault(namespace, Map.of());
  }

  private static String key(BsonDocument event) {
    return CanonicalKey.of(event.getDocument("documentKey").get("_id", BsonNull.VALUE));
  }

  private static Namespace namespace(BsonDocument names) {
    return new Namespace(
        names.getString("db").getValue(), names.getString("coll", new BsonString("")).getValue());
  }

  @AfterEach
  protected void closeAll() {
    opened.forEach(Sink::close);
  }

  /** An open sink that is closed after the test. */
  protected final Sink open() {
    Sink sink = openSink();
    opened.add(sink);
    return sink;
  }

  /** An open sink that holds the fence of the first term. */
  protected final Sink started() {
    Sink sink = open();
    sink.fence(FIRST, Optional.empty());
    return sink;
  }

  /** Sends events in one parcel and waits; returns what came back. */
  protected static Checkpoint deliver(Sink sink, Term term, Change.Streamed... changes) {
    Parcel parcel = sink.newParcel();
    for (Change.Streamed change : changes) {
      parcel.add(change);
    }
    return parcel.send(Changes.checkpoint(changes[changes.length - 1], term)).await();
  }

  /**
   * Sends changes of every kind in one parcel of the first term, with all that was made so far as
   * its position, and waits; returns what came back.
   */
  protected final Checkpoint deliverCopy(Sink sink, CopyState copy, Change... changes) {
    Parcel parcel = sink.newParcel();
    for (Change change : changes) {
      parcel.add(change);
    }
    return parcel.send(source.checkpoint(FIRST).with(copy)).await();
  }

  protected static BsonDocument doc(int id, String value) {
    return new BsonDocument("_id", new BsonInt32(id)).append("value", new BsonString(value));
  }

  protected static BsonInt32 id(int id) {
    return new BsonInt32(id);
  }

  protected final void assertHolds(Namespace namespace, BsonDocument... documents) {
    Map<String, BsonDocument> expected = new HashMap<>();
    for (BsonDocument document : documents) {
      expected.put(CanonicalKey.of(document.get("_id", BsonNull.VALUE)), asHeld(document));
    }
    assertThat(documents(namespace)).containsExactlyInAnyOrderEntriesOf(expected);
  }

  protected static void assertFailsWith(Class<? extends Failure> kind, ThrowingCallable action) {
    assertThatThrownBy(action)
        .isInstanceOfSatisfying(
            MillraceException.class, e -> assertThat(e.failure()).isInstanceOf(kind));
  }

  protected final boolean has(Trait trait) {
    return !lacks().contains(trait);
  }

  protected final void needs(Trait trait) {
    assumeTrue(has(trait), () -> "the sink declines " + trait);
  }

  /** What a fence gives back where nothing is stored and this was delivered last. */
  protected final Optional<Checkpoint> kept(Checkpoint last) {
    return has(Trait.KEEPS_POSITION) ? Optional.of(last) : Optional.empty();
  }

  /** What a consumer knows where this was said last. */
  protected final Optional<CommitPoint> told(CommitPoint last) {
    return has(Trait.TELLS_COMMIT_POINTS) ? Optional.of(last) : Optional.empty();
  }
}
