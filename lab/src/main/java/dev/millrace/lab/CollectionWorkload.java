package dev.millrace.lab;

import com.mongodb.MongoException;
import com.mongodb.client.MongoCollection;
import com.mongodb.client.model.DeleteOneModel;
import com.mongodb.client.model.InsertOneModel;
import com.mongodb.client.model.Projections;
import com.mongodb.client.model.ReplaceOneModel;
import com.mongodb.client.model.Sorts;
import com.mongodb.client.model.UpdateOneModel;
import com.mongodb.client.model.WriteModel;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.bson.BsonDocument;
import org.bson.BsonObjectId;

/**
 * Inserts, updates, replaces and deletes in one collection, beside whatever else is in it: it only
 * touches documents that it made, now or in an earlier run with the same seed, whose ids it knows
 * by {@link OwnIds}. Which writes come depends on its settings and on how many documents of its own
 * it finds, unless the server fails in between. Each instance runs once, on one thread; counters
 * and {@link #stop} are for any thread.
 */
public final class CollectionWorkload implements Runnable {
  private static final int BATCH_BYTES = 4 << 20;
  private static final byte PLAIN = 1;
  private static final byte EDGES = 2;
  // Without it the writes of a second run would be those of the first, on other documents.
  private static final long RESUME_SALT = 0x9E37_79B9_7F4A_7C15L;

  private final MongoCollection<BsonDocument> collection;
  private final Settings settings;
  private final OwnIds ids;
  private final Random random;
  private final Documents documents;
  private volatile boolean stopped;
  private final Writes writes = new Writes(() -> stopped);
  // The counts in the ids of documents that are changed and deleted, settings.alive at most.
  private final List<Long> known;
  private final long first;
  private long next;
  private volatile Counts counts = new Counts(0, 0, 0, 0);

  private enum Kind {
    INSERT,
    UPDATE,
    REPLACE,
    DELETE
  }

  /**
   * What to write.
   *
   * @param rate writes a second; 0 for as many as the server takes
   * @param documents how many are inserted before it ends; 0 for no end
   * @param documentBytes their size, roughly; some 400 are the least
   * @param alive how many of its documents it goes on changing, the newest at first; an endless run
   *     deletes before there are more
   * @param edgeCases whether they have fields of every BSON type, instead of plain ones
   */
  public record Settings(
      int seed, double rate, long documents, int documentBytes, int alive, boolean edgeCases) {}

  /** Writes acknowledged so far. */
  public record Counts(long inserts, long updates, long replaces, long deletes) {
    public long all() {
      return inserts + updates + replaces + deletes;
    }

    private Counts plus(Kind kind, int more) {
      return switch (kind) {
        case INSERT -> new Counts(inserts + more, updates, replaces, deletes);
        case UPDATE -> new Counts(inserts, updates + more, replaces, deletes);
        case REPLACE -> new Counts(inserts, updates, replaces + more, deletes);
        case DELETE -> new Counts(inserts, updates, replaces, deletes + more);
      };
    }
  }

  private CollectionWorkload(
      MongoCollection<BsonDocument> collection, Settings settings, OwnIds ids, List<Long> known) {
    this.collection = collection;
    this.settings = settings;
    this.ids = ids;
    this.known = known;
    first = known.isEmpty() ? 0 : known.getFirst() + 1;
    next = first;
    random = new Random(settings.seed ^ (first * RESUME_SALT));
    documents =
        settings.edgeCases
            ? new DocumentMaker(random, settings.documentBytes)
            : new Readings(random, settings.documentBytes);
  }

  /**
   * Looks for what earlier runs left, and writes nothing yet.
   *
   * @throws MongoException when the server fails
   */
  public static CollectionWorkload open(
      MongoCollection<BsonDocument> collection, Settings settings) {
    OwnIds ids = new OwnIds(settings.edgeCases ? EDGES : PLAIN, settings.seed);
    List<Long> known = new ArrayList<>();
    collection
        .find(ids.all())
        .projection(Projections.include("_id"))
        .sort(Sorts.descending("_id"))
        .limit(settings.alive)
        .map(document -> ids.count(document.getObjectId("_id").getValue()))
        .into(known);
    return new CollectionWorkload(collection, settings, ids, known);
  }

  /** Runs on a thread of its own; the future fails as {@link #run} does. */
  public CompletableFuture<Void> start() {
    CompletableFuture<Void> end = new CompletableFuture<>();
    Thread.ofVirtual()
        .name("workload-" + collection.getNamespace())
        .start(() -> {
          try {
            run();
            end.complete(null);
          } catch (RuntimeException | Error e) {
            end.completeExceptionally(e);
          }
        });
    return end;
  }

  /**
   * Returns when all documents were written, or when it was told to stop. Goes through failovers.
   *
   * @throws MongoException when the server fails for longer than a minute or refuses a write
   */
  @Override
  public void run() {
    Pace pace = new Pace(settings.rate);
    while (!stopped && left() > 0) {
      step();
      pace.await(counts.all(), () -> stopped);
    }
  }

  /** Ends {@link #run} after the write it is at, also while the server fails. */
  public void stop() {
    stopped = true;
  }

  /** Whether it tries to get a write through to a server that fails. */
  public boolean isWaiting() {
    return writes.isRepairing();
  }

  /** How many documents earlier runs made. */
  public long first() {
    return first;
  }

  /** What was done so far. */
  public Counts counts() {
    return counts;
  }

  private boolean isEndless() {
    return settings.documents == 0;
  }

  private long left() {
    return isEndless() ? Long.MAX_VALUE : settings.documents - (next - first);
  }

  private void step() {
    Kind kind = kind();
    int most = (int) Math.min(batch(), kind == Kind.INSERT ? room() : known.size());
    List<WriteModel<BsonDocument>> models = new ArrayList<>();
    for (int i = 0; i < most; i++) {
      models.add(model(kind));
    }
    writes.execute(collection, models);
    counts = counts.plus(kind, models.size());
  }

  private Kind kind() {
    int draw = random.nextInt(100);
    if (known.isEmpty() || draw < 45) {
      return room() > 0 ? Kind.INSERT : Kind.DELETE;
    }
    return draw < 70 ? Kind.UPDATE : draw < 85 ? Kind.REPLACE : Kind.DELETE;
  }

  /** How many may be inserted: in an endless run others have to go first at some time. */
  private long room() {
    return isEndless() ? settings.alive - known.size() : left();
  }

  private int batch() {
    int largest =
        Math.clamp(BATCH_BYTES / settings.documentBytes, 1, Pace.largestBatch(settings.rate, 1));
    return random.nextInt(10) < 3 ? 1 : 1 + random.nextInt(largest);
  }

  private WriteModel<BsonDocument> model(Kind kind) {
    return switch (kind) {
      case INSERT -> {
        long n = next++;
        know(n);
        yield new InsertOneModel<>(documents.document(ids.id(n), n));
      }
      case UPDATE -> new UpdateOneModel<>(Writes.byId(ids.id(any())), documents.update());
      case REPLACE -> {
        long n = any();
        BsonObjectId id = ids.id(n);
        yield new ReplaceOneModel<>(Writes.byId(id), documents.document(id, n));
      }
      case DELETE -> new DeleteOneModel<>(Writes.byId(ids.id(take())));
    };
  }

  /** One for one where it knows as many as it keeps; the other stays as it is for ever. */
  private void know(long n) {
    if (known.size() < settings.alive) {
      known.add(n);
    } else {
      known.set(random.nextInt(known.size()), n);
    }
  }

  private long any() {
    return known.get(random.nextInt(known.size()));
  }

  /** Removes one at random without moving all behind it. */
  private long take() {
    int index = random.nextInt(known.size());
    long last = known.removeLast();
    return index == known.size() ? last : known.set(index, last);
  }
}
