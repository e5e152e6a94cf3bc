package dev.millrace.checkpoint.mongo;

import com.mongodb.ClientSessionOptions;
import com.mongodb.ErrorCategory;
import com.mongodb.MongoCommandException;
import com.mongodb.MongoException;
import com.mongodb.MongoWriteException;
import com.mongodb.ReadConcern;
import com.mongodb.WriteConcern;
import com.mongodb.client.ClientSession;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoCollection;
import com.mongodb.client.model.FindOneAndUpdateOptions;
import com.mongodb.client.model.ReturnDocument;
import com.mongodb.client.result.UpdateResult;
import dev.millrace.checkpoint.CheckpointStore;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;
import dev.millrace.model.Namespace;
import dev.millrace.model.Position;
import dev.millrace.model.Term;
import dev.millrace.source.mongo.Members;
import dev.millrace.source.mongo.MongoClients;
import dev.millrace.source.mongo.MongoFailures;
import dev.millrace.source.mongo.ServerFacts;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.bson.BsonArray;
import org.bson.BsonBoolean;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonInt64;
import org.bson.BsonString;
import org.bson.BsonTimestamp;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One document per pipeline in a collection of a MongoDB: {@code {_id: pipeline, format, term,
 * checkpoint, owner}}. Every write has majority, is retryable, names the term in its filter, and
 * may be repeated.
 *
 * <p>Reads as well what mongodb-nats-connector left in the same collection, {@code {_id: ObjectId,
 * value: token}}: its latest token is the start of a pipeline that has no position of its own.
 */
public final class MongoCheckpointStore implements CheckpointStore {
  private static final Logger LOG = LoggerFactory.getLogger(MongoCheckpointStore.class);

  /** A majority that does not come must not hold the thread for ever. */
  private static final WriteConcern MAJORITY =
      WriteConcern.MAJORITY.withWTimeout(10, TimeUnit.SECONDS);

  private final String uri;
  private final MongoClient client;
  private final MongoCollection<BsonDocument> collection;
  private final BsonString id;

  /** The term that this store gave out last, and to whom; they outlive the document. */
  private volatile @Nullable Held held;

  private volatile boolean closed;

  private record Held(Term term, @Nullable BsonValue owner) {}

  /** Opens on a client of its own; connects when first used. */
  public MongoCheckpointStore(String uri, Namespace namespace, String pipeline) {
    this.uri = uri;
    this.client = MongoClients.connect(uri);
    this.collection =
        client
            .getDatabase(namespace.database())
            .getCollection(namespace.collection(), BsonDocument.class)
            .withReadConcern(ReadConcern.MAJORITY)
            .withWriteConcern(MAJORITY);
    this.id = new BsonString(pipeline);
  }

  @Override
  public Begun begin(Owner owner) {
    try {
      // A server that is of no use as a source takes the term all the same, or says less clearly
      // why not.
      answering("asking the server what it is", () -> ServerFacts.probe(client));
      return answering("taking the pipeline's term", () -> beginOnce(owner));
    } catch (MillraceException e) {
      throw closed ? e : Members.withWhatToType(uri, e);
    }
  }

  private Begun beginOnce(Owner owner) {
    BsonDocument readable =
        new BsonDocument(
            "$or",
            new BsonArray(
                List.of(
                    new BsonDocument("format", new BsonDocument("$exists", BsonBoolean.FALSE)),
                    new BsonDocument(
                        "format", new BsonDocument("$lte", new BsonInt32(Checkpoint.FORMAT))))));
    BsonDocument raise =
        new BsonDocument("$inc", new BsonDocument("term", new BsonInt64(1)))
            .append(
                "$set",
                new BsonDocument("format", new BsonInt32(Checkpoint.FORMAT))
                    .append("owner", documentOf(owner)))
            .append("$currentDate", new BsonDocument("updatedAt", BsonBoolean.TRUE));
    BsonDocument found;
    try {
      found =
          collection.findOneAndUpdate(
              readable.append("_id", id),
              raise,
              new FindOneAndUpdateOptions().upsert(true).returnDocument(ReturnDocument.AFTER));
    } catch (MongoCommandException e) {
      if (ErrorCategory.fromErrorCode(e.getErrorCode()) != ErrorCategory.DUPLICATE_KEY) {
        throw e;
      }
      BsonDocument other = collection.find(new BsonDocument("_id", id)).first();
      if (other != null
          && other.getNumber("format", new BsonInt32(0)).intValue() > Checkpoint.FORMAT) {
        // Reading it says so. Any other was made a moment ago, and holds no checkpoint yet.
        checkpointIn(new BsonDocument("checkpoint", other));
      }
      throw Failure.transientFailure(
          "MR-STATE-RACE", "two instances made the checkpoint at once", e);
    }
    if (found == null) {
      throw Failure.transientFailure(
          "MR-STATE-RACE", "the checkpoint vanished while it was taken", null);
    }
    Optional<Checkpoint> checkpoint = checkpointIn(found);
    held = new Held(termIn(found), found.get("owner"));
    return new Begun(termIn(found), checkpoint.isPresent() ? checkpoint : leftByTheConnector());
  }

  @Override
  public Begun resume(Term term) {
    Optional<Stored> stored = read();
    if (stored.isEmpty() || !stored.get().term().equals(term)) {
      throw lost(term);
    }
    held = new Held(term, stored.get().owner().map(MongoCheckpointStore::documentOf).orElse(null));
    return new Begun(term, stored.get().checkpoint());
  }

  @Override
  public Optional<BsonTimestamp> save(Checkpoint checkpoint) {
    return answering(
        "saving the position",
        () -> {
          try (ClientSession session =
              client.startSession(
                  ClientSessionOptions.builder().causallyConsistent(false).build())) {
            BsonDocument set =
                new BsonDocument("$set", new BsonDocument("checkpoint", checkpoint.toDocument()))
                    .append("$currentDate", new BsonDocument("updatedAt", BsonBoolean.TRUE));
            UpdateResult result = collection.updateOne(session, mine(checkpoint.term()), set);
            if (result.getMatchedCount() == 0) {
              makeAgain(session, checkpoint);
            }
            return Optional.ofNullable(session.getOperationTime());
          }
        });
  }

  /**
   * Puts back a document that somebody removed, as by dropping its database: had anybody begun a
   * term since, it would be there. (Unless it was removed once more: then the sink's fence
   * decides.)
   */
  private void makeAgain(ClientSession session, Checkpoint checkpoint) {
    Held last = held;
    if (last == null || !last.term().equals(checkpoint.term())) {
      throw lost(checkpoint.term());
    }
    BsonDocument again =
        new BsonDocument("_id", id)
            .append("format", new BsonInt32(Checkpoint.FORMAT))
            .append("term", new BsonInt64(checkpoint.term().number()))
            .append("checkpoint", checkpoint.toDocument());
    if (last.owner() != null) {
      again.append("owner", last.owner());
    }
    try {
      collection.insertOne(session, again);
    } catch (MongoWriteException e) {
      if (e.getError().getCategory() == ErrorCategory.DUPLICATE_KEY) {
        throw lost(checkpoint.term());
      }
      throw e;
    }
    LOG.warn(
        "MR-STATE-GONE: the stored position of pipeline {} was removed while it ran; stored again",
        id.getValue());
  }

  @Override
  public Optional<Stored> read() {
    return answering(
        "reading the stored position",
        () -> {
          BsonDocument found = collection.find(new BsonDocument("_id", id)).first();
          if (found == null) {
            return leftByTheConnector()
                .map(
                    checkpoint -> new Stored(Term.NONE, Optional.of(checkpoint), Optional.empty()));
          }
          return Optional.of(new Stored(termIn(found), checkpointIn(found), ownerIn(found)));
        });
  }

  @Override
  public void release(Term term) {
    answering(
        "noting the stop",
        () ->
            collection.updateOne(
                mine(term),
                new BsonDocument("$unset", new BsonDocument("owner", new BsonString("")))));
  }

  @Override
  public void close() {
    closed = true;
    client.close();
  }

  private BsonDocument mine(Term term) {
    return new BsonDocument("_id", id).append("term", new BsonInt64(term.number()));
  }

  private MillraceException lost(Term term) {
    return Failure.fenced(
        "another instance has taken pipeline %s, and term %s is over: this one has stopped and will not try again"
            .formatted(id.getValue(), term));
  }

  private static BsonDocument documentOf(Owner owner) {
    return new BsonDocument("instance", new BsonString(owner.instance()))
        .append("address", new BsonString(owner.address()));
  }

  private static Term termIn(BsonDocument found) {
    return new Term(found.getNumber("term").longValue());
  }

  private static Optional<Checkpoint> checkpointIn(BsonDocument found) {
    BsonValue checkpoint = found.get("checkpoint");
    return checkpoint == null
        ? Optional.empty()
        : Optional.of(Checkpoint.of(checkpoint.asDocument()));
  }

  private static Optional<Owner> ownerIn(BsonDocument found) {
    if (!found.containsKey("owner")) {
      return Optional.empty();
    }
    BsonDocument owner = found.getDocument("owner");
    return Optional.of(
        new Owner(owner.getString("instance").getValue(), owner.getString("address").getValue()));
  }

  /**
   * The connector's newest token by place in the stream. Its own choice, the highest ObjectId, is
   * not the newest in time when two of its processes wrote within a second.
   */
  private Optional<Checkpoint> leftByTheConnector() {
    BsonDocument newest = newestOfTheConnector("^(82([0-9A-Fa-f]{2}){11,})$");
    if (newest == null) {
      if (newestOfTheConnector("") != null) {
        throw Failure.fatal(
            "MR-STATE-UNREADABLE",
            "%s holds what mongodb-nats-connector left, and no resume token among it: put its last token there, or remove those documents to begin at the present"
                .formatted(collection.getNamespace()));
      }
      return Optional.empty();
    }
    Position position = Position.of(newest.getString("value").getValue());
    LOG.info("found a position left by mongodb-nats-connector: {}", position);
    return Optional.of(new Checkpoint(position, Term.NONE, "", "", ""));
  }

  private @Nullable BsonDocument newestOfTheConnector(String pattern) {
    return collection
        .find(
            new BsonDocument("_id", new BsonDocument("$type", new BsonString("objectId")))
                .append("value", new BsonDocument("$regex", new BsonString(pattern))))
        .sort(new BsonDocument("value", new BsonInt32(-1)))
        .first();
  }

  private <T> T answering(String doing, Supplier<T> action) {
    try {
      return action.get();
    } catch (MongoException e) {
      throw closed ? MongoFailures.closed(doing, e) : MongoFailures.of(e, doing);
    } catch (IllegalStateException e) {
      // What the driver says of a client that is closed; anything else is a fault of ours.
      throw closed ? MongoFailures.closed(doing, e) : e;
    }
  }
}
