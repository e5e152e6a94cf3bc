package dev.millrace.source.mongo;

import com.mongodb.ClientSessionOptions;
import com.mongodb.MongoCommandException;
import com.mongodb.MongoException;
import com.mongodb.MongoExecutionTimeoutException;
import com.mongodb.ReadConcern;
import com.mongodb.ReadPreference;
import com.mongodb.client.ClientSession;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoDatabase;
import dev.millrace.model.ClusterTime;
import dev.millrace.model.Failure;
import dev.millrace.model.Namespace;
import dev.millrace.source.CopySource;
import dev.millrace.source.Subset;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.bson.BsonArray;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonNull;
import org.bson.BsonTimestamp;
import org.bson.BsonValue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads collections with raw commands, each call in a session of its own that is not causally
 * consistent: the driver would add times to the reads that they are not to have.
 */
final class MongoCopySource implements CopySource {
  private static final Logger LOG = LoggerFactory.getLogger(MongoCopySource.class);

  /** Well inside the five minutes that the server keeps its past for. */
  private static final Duration READ = Duration.ofSeconds(60);

  /** For a chunk of which a filter finds little: a read goes through all of its range then. */
  private static final Duration SEARCH = Duration.ofMinutes(4);

  private static final Duration CONFIRM = Duration.ofSeconds(10);
  private static final Duration SAMPLE = Duration.ofSeconds(30);

  private static final Set<Integer> NOT_AT_THAT_TIME =
      Set.of(
          239, // SnapshotTooOld: behind the history that the server keeps
          246, // SnapshotUnavailable: the collection came to be, or got its name, after that time
          72); // InvalidOptions: ahead of the server's clock, as after an election

  private static final Set<Integer> GONE =
      Set.of(
          361, // CollectionUUIDMismatch
          175, // QueryPlanKilled: dropped or renamed while it was read
          26); // NamespaceNotFound

  /** The bounds of a span are one key, as where it begins behind the greatest of all. */
  private static final int NOTHING_BETWEEN = 51175;

  private static final ClientSessionOptions PLAIN =
      ClientSessionOptions.builder().causallyConsistent(false).build();

  private final MongoClient client;
  private final Scope scope;
  private final Subset subset;

  /** How long a read may take. */
  private final Duration patience;

  private final Set<ClientSession> underWay = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  /** Connects when first asked. */
  MongoCopySource(MongoSourceOptions options) {
    this.subset = options.subset();
    this.patience = subset.isFiltering() ? SEARCH : READ;
    this.client = MongoClients.connect(options.uri(), patience.plusSeconds(15));
    this.scope = options.scope();
  }

  /**
   * {@inheritDoc}
   *
   * <p>The server writes an entry into the oplog for such a read, and answers when a majority has
   * it. All that anybody was told of before lies before that entry, so the time just before it
   * serves, and the stream is past that as soon as it is at the entry.
   */
  @Override
  public long now() {
    return call(
        "asking for the present cluster time",
        session -> {
          BsonDocument command = CopyCommands.confirmed(CONFIRM.toMillis());
          RawReply reply = RawReply.run(anyDatabase(), session, command);
          return ClusterTime.before(reply.operationTime().getValue());
        });
  }

  private MongoDatabase anyDatabase() {
    return client.getDatabase(scope.database() == null ? "admin" : scope.database());
  }

  @Override
  public boolean follows(Namespace namespace) {
    return scope.includes(namespace);
  }

  @Override
  public Listing list(long after) {
    return call(
        "listing the collections",
        session -> {
          BsonValue primary = primary(session);
          Listing listing = listing(session, after);
          // What a primary shows may still be rolled back, until a majority has it too.
          BsonDocument kept = CopyCommands.kept(listing.time(), CONFIRM.toMillis());
          RawReply.run(anyDatabase(), session, kept);
          if (!primary.equals(primary(session))) {
            throw Failure.transientFailure(
                "MR-SOURCE-ELECTION", "the primary changed while collections were listed", null);
          }
          return listing;
        });
  }

  private Listing listing(ClientSession session, long after) {
    try {
      return new CollectionList(client, session, scope, after).look();
    } catch (MongoCommandException e) {
      if (NOT_AT_THAT_TIME.contains(e.getErrorCode())) {
        throw Failure.transientFailure(
            "MR-SOURCE-BEHIND", "the primary has not come as far as the stream has told", e);
      }
      throw e;
    }
  }

  /** Which election made the primary that answers; nothing behind mongos. */
  private BsonValue primary(ClientSession session) {
    return client
        .getDatabase("admin")
        .runCommand(
            session,
            new BsonDocument("hello", new BsonInt32(1)),
            ReadPreference.primary(),
            BsonDocument.class)
        .getOrDefault("electionId", BsonNull.VALUE);
  }

  /**
   * {@inheritDoc}
   *
   * <p>None where the sample is refused or takes too long: {@link #read} says why, or gets by
   * without.
   */
  @Override
  public List<BsonValue> cuts(Namespace namespace, Span span, int parts) {
    String doing = "sampling " + namespace;
    return call(
        doing,
        session -> {
          try {
            return quantiles(sample(session, namespace, span, parts), parts);
          } catch (MongoCommandException | MongoExecutionTimeoutException e) {
            if (e instanceof MongoCommandException && MongoFailures.isTransient(e)) {
              throw e;
            }
            LOG.info(
                "{} is not cut into ranges: {}",
                namespace,
                MongoFailures.of(e, doing).failure().message());
            return List.of();
          }
        });
  }

  private List<BsonDocument> sample(
      ClientSession session, Namespace namespace, Span span, int parts) {
    return client
        .getDatabase(namespace.database())
        .getCollection(namespace.collection(), BsonDocument.class)
        .withReadPreference(ReadPreference.primary())
        .withReadConcern(ReadConcern.MAJORITY)
        .aggregate(session, CopyCommands.sample(span, parts))
        .allowDiskUse(true)
        .maxTime(SAMPLE.toMillis(), TimeUnit.MILLISECONDS)
        .into(new ArrayList<>());
  }

  private static List<BsonValue> quantiles(List<BsonDocument> ids, int parts) {
    List<BsonValue> cuts = new ArrayList<>();
    int before = 0;
    for (int part = 1; part < parts; part++) {
      int at = (int) ((long) part * ids.size() / parts);
      if (at > before) {
        cuts.add(ids.get(at).get("_id"));
        before = at;
      }
    }
    return cuts;
  }

  @Override
  public Outcome read(Chunk chunk) {
    return call(
        "reading " + chunk.namespace(),
        session -> {
          Outcome read =
              rows(session, chunk, CopyCommands.read(chunk, subset, patience.toMillis()), false);
          boolean greatestIsLeft =
              read instanceof Outcome.Rows rows
                  && rows.count() == 0
                  && CopyCommands.endsBeforeGreatest(chunk.span());
          return greatestIsLeft
              ? rows(
                  session, chunk, CopyCommands.greatest(chunk, subset, patience.toMillis()), true)
              : read;
        });
  }

  /**
   * {@inheritDoc}
   *
   * <p>Without the collection's UUID: of a name that is another collection's by then the stream
   * tells, and whoever asks for an exact time reads that of just that time.
   */
  @Override
  public Outcome find(Wanted wanted) {
    Namespace namespace = wanted.namespace();
    return call(
        "looking up documents of " + namespace,
        session -> {
          MongoDatabase database = client.getDatabase(namespace.database());
          RawReply reply;
          try {
            reply =
                RawReply.run(
                    database, session, CopyCommands.byIds(wanted, subset, patience.toMillis()));
          } catch (MongoCommandException e) {
            return refusal(namespace, wanted.at(), wanted.exact(), e);
          }
          if (reply.cursorId != 0) {
            database.runCommand(session, CopyCommands.closing(namespace, reply.cursorId));
          }
          CopiedRows rows = new CopiedRows(reply, wanted.ids().size() + 1, null);
          // For a collection that was not there then a server answers with the present.
          boolean asOf = wanted.exact() && reply.atClusterTime == wanted.at();
          return new Outcome.Rows(
              rows,
              rows.count(),
              null,
              reply.cursorId == 0,
              asOf ? wanted.at() : reply.operationTime().getValue(),
              reply.bytes.length);
        });
  }

  private Outcome rows(ClientSession session, Chunk chunk, BsonDocument command, boolean greatest) {
    MongoDatabase database = client.getDatabase(chunk.namespace().database());
    RawReply reply;
    try {
      reply = RawReply.run(database, session, command);
    } catch (MongoCommandException e) {
      return refusal(chunk.namespace(), chunk.at(), chunk.exact(), e);
    }
    if (chunk.exact() && reply.atClusterTime != chunk.at()) {
      // So a server answers for a collection that is not there, instead of with an error.
      return new Outcome.Gone(reply.operationTime().getValue());
    }
    CopiedRows rows = new CopiedRows(reply, CopyCommands.rows(chunk), chunk.span().after());
    int sent = rows.sent();
    if (rows.count() == 0 && reply.cursorId != 0) {
      // The row that the chunk begins behind, and the next one is too large to come beside it.
      try {
        reply = RawReply.run(database, session, CopyCommands.more(chunk, reply.cursorId));
      } catch (MongoCommandException e) {
        return refusal(chunk.namespace(), chunk.at(), chunk.exact(), e);
      }
      rows = new CopiedRows(reply, CopyCommands.rows(chunk), null);
      sent += rows.sent();
    }
    if (reply.cursorId != 0) {
      database.runCommand(session, CopyCommands.closing(chunk.namespace(), reply.cursorId));
    }
    long told = reply.operationTime().getValue();
    // A cursor still open has reached the size of a reply, not the end of the span.
    boolean ended = reply.cursorId == 0 && sent < CopyCommands.rows(chunk);
    return new Outcome.Rows(
        rows,
        rows.count(),
        rows.last(),
        greatest || (ended && !CopyCommands.endsBeforeGreatest(chunk.span())),
        chunk.exact() ? chunk.at() : told,
        reply.bytes.length);
  }

  private static Outcome refusal(
      Namespace namespace, long at, boolean exact, MongoCommandException e) {
    int code = e.getErrorCode();
    if (NOT_AT_THAT_TIME.contains(code)) {
      return new Outcome.NotAtThatTime();
    }
    if (GONE.contains(code)) {
      return new Outcome.Gone(told(e, at));
    }
    if (code == NOTHING_BETWEEN) {
      long readAt = exact ? at : told(e, at);
      return new Outcome.Rows(List.of(), 0, null, true, readAt, 0);
    }
    if (code == MongoFailures.UNAUTHORIZED) {
      return new Outcome.Refused(
          "MongoDB refuses (code 13) to let the user read it: grant the role `read` on %s, or find as in"
                  .formatted(namespace.database())
              + " \"The smallest role\" of docs/OPERATIONS.md");
    }
    Failure failure = MongoFailures.of(e, "reading " + namespace).failure();
    if (failure instanceof Failure.Transient) {
      throw e;
    }
    return new Outcome.Refused(failure.message());
  }

  private static long told(MongoCommandException e, long at) {
    BsonTimestamp told = e.getResponse().getTimestamp("operationTime", new BsonTimestamp(0));
    return ClusterTime.later(told.getValue(), at);
  }

  @Override
  public Optional<Long> oldest() {
    return call(
        "asking how far the oplog reaches back",
        session -> {
          try {
            BsonDocument first =
                client
                    .getDatabase("local")
                    .getCollection("oplog.rs", BsonDocument.class)
                    .withReadPreference(ReadPreference.primary())
                    .find(session)
                    .sort(new BsonDocument("$natural", new BsonInt32(1)))
                    .projection(new BsonDocument("ts", new BsonInt32(1)))
                    .maxTime(CONFIRM.toMillis(), TimeUnit.MILLISECONDS)
                    .first();
            return first == null
                ? Optional.<Long>empty()
                : Optional.of(first.getTimestamp("ts").getValue());
          } catch (MongoCommandException e) {
            if (MongoFailures.isTransient(e)) {
              throw e;
            }
            return Optional.empty();
          }
        });
  }

  private <T> T call(String doing, Function<ClientSession, T> body) {
    try (ClientSession session = client.startSession(PLAIN)) {
      underWay.add(session);
      try {
        if (closed) {
          throw MongoFailures.closed("copying", null);
        }
        return body.apply(session);
      } finally {
        underWay.remove(session);
      }
    } catch (MongoException e) {
      throw closed ? MongoFailures.closed("copying", e) : MongoFailures.of(e, doing);
    } catch (IllegalStateException e) {
      throw MongoFailures.closed("copying", e);
    }
  }

  /**
   * {@inheritDoc}
   *
   * <p>A client that is closed lets the commands under way go on, so the server is asked to end
   * them; one that does not answer keeps this waiting for some ten seconds.
   */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      BsonArray sessions = new BsonArray();
      underWay.forEach(session -> sessions.add(session.getServerSession().getIdentifier()));
      if (!sessions.isEmpty()) {
        client.getDatabase("admin").runCommand(new BsonDocument("killSessions", sessions));
      }
    } catch (MongoException | IllegalStateException e) {
      LOG.debug("the reads under way end by themselves", e);
    } finally {
      client.close();
    }
  }
}
