package dev.millrace.source.mongo;

import com.mongodb.MongoCommandException;
import com.mongodb.MongoException;
import com.mongodb.client.ClientSession;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoDatabase;
import dev.millrace.model.Batch;
import dev.millrace.model.Change;
import dev.millrace.model.ClusterTime;
import dev.millrace.model.Failure;
import dev.millrace.model.Position;
import dev.millrace.source.Source;
import dev.millrace.source.mongo.StreamCommands.From;
import java.time.Duration;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import org.bson.BsonArray;
import org.bson.BsonDocument;
import org.bson.BsonInt64;
import org.bson.BsonString;
import org.bson.BsonTimestamp;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One change stream, read with raw {@code aggregate} and {@code getMore} commands in an explicit
 * session. Not with the driver's iterator: that one resumes from some errors silently, throws on
 * others, and after a dropDatabase that a filter hides it returns nothing for ever.
 *
 * <p>Two things it does by itself, because no position could get past them otherwise: it opens
 * again after an invalidate, and it reads an event that exceeds 16 MB with a slimmed pipeline.
 * Every other failure is thrown; recovery is a new source at the stored position.
 */
final class MongoSource implements Source {
  private static final Logger LOG = LoggerFactory.getLogger(MongoSource.class);

  private final MongoClient client;
  private final MongoDatabase database;
  private final ClientSession session;
  private final StreamCommands commands;
  private final ChangeDecoder decoder;
  private final ServerFacts facts;
  private final String fingerprint;
  private final int batchSize;
  private final KeepAlive keepAlive;
  private final Position opened;

  /** Events at or before it were delivered by an earlier run, and come again by cluster time. */
  private final @Nullable Position skipThrough;

  private Stream stream;

  /**
   * The time of the transaction that the last event belongs to, until the stream is known to be
   * past it; {@link ClusterTime#NONE} where there is none.
   */
  private long insideTransaction = ClusterTime.NONE;

  /** The stream's condition; the position in it is where reading goes on. */
  private sealed interface Stream {
    /** A cursor is open. {@code fresh} until its first answer, which is when old history shows. */
    record Open(long cursor, Position at, boolean slim, boolean fresh) implements Stream {}

    /** No cursor: the next poll opens one. */
    record ToOpen(Position after, boolean slim) implements Stream {}
  }

  /**
   * Opens.
   *
   * @param skipThrough drop events up to here, which opening by time brings again; null drops none
   * @throws MongoException as the server answers
   */
  MongoSource(Context context, From from, @Nullable Position skipThrough) {
    this.client = context.client;
    this.session = context.session;
    this.facts = context.facts;
    Scope scope = context.options.scope();
    this.fingerprint = context.options.fingerprint();
    this.batchSize = context.options.batchSize();
    this.database = client.getDatabase(scope.database() == null ? "admin" : scope.database());
    this.commands = new StreamCommands(context.options, facts.splitsLargeEvents());
    this.decoder =
        new ChangeDecoder(
            scope,
            context.options.operations(),
            context.options.fullDocument(),
            new CurrentDocuments(client, context.options.subset()));
    this.keepAlive = new KeepAlive(client, session, facts.sessionTimeout());
    this.skipThrough = skipThrough;
    Stream.Open open = open(from, false);
    this.stream = open;
    // Opened by time or by nothing, the server's own first token is the only position there is; one
    // to skip through lies at or behind it.
    this.opened = skipThrough != null ? skipThrough : open.at();
  }

  /** What a stream is opened with. */
  record Context(
      MongoClient client, ClientSession session, ServerFacts facts, MongoSourceOptions options) {}

  private Stream.Open open(From from, boolean slim) {
    RawReply reply = RawReply.run(database, session, commands.open(from, slim));
    Position at = from instanceof From.After after ? after.position() : tokenOf(reply);
    return new Stream.Open(reply.cursorId, at, slim, true);
  }

  private static Position tokenOf(RawReply reply) {
    BsonDocument token = reply.postBatchToken();
    if (token == null) {
      throw Failure.fatal(
          "MR-SOURCE-VERSION",
          "this MongoDB sends no post-batch resume token: 4.0.7 or newer is needed");
    }
    return Position.of(token);
  }

  @Override
  public Position opened() {
    return opened;
  }

  @Override
  public String deployment() {
    return facts.deployment();
  }

  @Override
  public String scope() {
    return fingerprint;
  }

  @Override
  public Batch poll(long waitMillis) {
    try {
      return switch (stream) {
        case Stream.ToOpen closed -> {
          stream = open(new From.After(closed.after()), closed.slim());
          yield new Nothing(closed.after(), ClusterTime.NONE, facts.now());
        }
        case Stream.Open open -> read(open, waitMillis);
      };
    } catch (MongoException e) {
      throw MongoFailures.of(e, "reading the change stream");
    } catch (IllegalStateException closed) {
      throw MongoFailures.closed("reading", closed);
    }
  }

  private Batch read(Stream.Open open, long waitMillis) {
    RawReply reply;
    try {
      reply =
          RawReply.run(
              database,
              session,
              commands.getMore(open.cursor(), batchSize, Math.min(waitMillis, patienceMillis())));
      keepAlive.used();
    } catch (MongoCommandException e) {
      return afterRefusal(open, e);
    }
    Position at = tokenOf(reply);
    noteTransaction(reply, at);
    Position last = lastEvent(reply, reply.cursorId == 0 || open.slim());
    boolean pastTheLargeOne = open.slim() && slimmedIn(reply);
    if (reply.cursorId == 0) {
      LOG.info("MongoDB closed the stream (a database was dropped); opening it again behind that");
      stream = new Stream.ToOpen(last != null ? last : at, open.slim() && !pastTheLargeOne);
    } else if (pastTheLargeOne) {
      closeCursor(reply.cursorId);
      stream = new Stream.ToOpen(at, false);
    } else {
      stream = new Stream.Open(reply.cursorId, at, open.slim(), false);
    }
    return reply.hasDocuments()
        ? new ReplyEvents(
            reply, stream instanceof Stream.ToOpen next ? next.after() : at, decoder, skipThrough)
        : new Nothing(at, frontier(at, reply.cursorId != 0), reply.operationTime());
  }

  /**
   * Who wants transactions whole waits for the answer that says that one is over, and that is the
   * next one without events: it is not to wait for news.
   */
  private long patienceMillis() {
    return insideTransaction == ClusterTime.NONE ? Long.MAX_VALUE : 1;
  }

  private void noteTransaction(RawReply reply, Position at) {
    if (reply.hasDocuments()) {
      int last = lastOffset(reply);
      boolean inside = ChangeDecoder.isInTransaction(reply.bytes, last);
      insideTransaction =
          inside ? ChangeDecoder.position(reply.bytes, last).clusterTime() : ClusterTime.NONE;
    } else if (ClusterTime.isAfter(frontier(at, reply.cursorId != 0), insideTransaction)) {
      insideTransaction = ClusterTime.NONE;
    }
  }

  /**
   * A high-water token of time t is exclusive: t itself may still come. An answer without events
   * that carries an event's token of time t says that all of t is out. (Not the answer to {@code
   * aggregate}, which is empty by request, and not one that closes the cursor; measured on 6.0.5.)
   *
   * @param waited whether the server had nothing more to give and the cursor stays open
   */
  private static long frontier(Position at, boolean waited) {
    long time = at.clusterTime();
    return waited && !at.isHighWater() ? time + 1 : time;
  }

  private Batch afterRefusal(Stream.Open open, MongoCommandException e) {
    int code = e.getErrorCode();
    if (code == MongoFailures.BSON_OBJECT_TOO_LARGE && !open.slim()) {
      LOG.info("an event after {} exceeds 16 MB; reading it without its images", open.at());
      stream = new Stream.ToOpen(open.at(), true);
      return new Nothing(open.at(), ClusterTime.NONE, facts.now());
    }
    if (code == MongoFailures.BSON_OBJECT_TOO_LARGE) {
      throw Failure.fatal(
          "MR-EVENT-TOO-LARGE",
          "the event after "
              + open.at()
              + " exceeds 16 MB even without its images: pass it with `millrace position skip`",
          e);
    }
    // An open cursor overtaken by the end of the oplog is gone, but what is stored may still be
    // there; opening at the stored position decides.
    if (code == MongoFailures.HISTORY_LOST && !open.fresh()) {
      throw Failure.transientFailure(
          "MR-SOURCE-CURSOR-LOST",
          "the oplog overtook the open cursor; trying the stored position",
          e);
    }
    throw e;
  }

  private static @Nullable Position lastEvent(RawReply reply, boolean wanted) {
    if (!wanted || !reply.hasDocuments()) {
      return null;
    }
    return ChangeDecoder.position(reply.bytes, lastOffset(reply));
  }

  private static int lastOffset(RawReply reply) {
    int last = 0;
    for (ReplyOffsets at = new ReplyOffsets(reply); at.hasNext(); ) {
      last = at.next();
    }
    return last;
  }

  private static boolean slimmedIn(RawReply reply) {
    for (ReplyOffsets at = new ReplyOffsets(reply); at.hasNext(); ) {
      if (ChangeDecoder.isSlimmed(reply.bytes, at.next())) {
        return true;
      }
    }
    return false;
  }

  private void closeCursor(long cursor) {
    database.runCommand(
        session,
        new BsonDocument("killCursors", new BsonString("$cmd.aggregate"))
            .append("cursors", new BsonArray(List.of(new BsonInt64(cursor)))));
  }

  @Override
  public void keepAlive() {
    try {
      keepAlive.whenDue();
    } catch (MongoException e) {
      throw MongoFailures.of(e, "keeping the session alive");
    }
  }

  /** Closes the client too: it is this source's own. */
  @Override
  public void close() {
    try {
      session.close();
    } finally {
      client.close();
    }
  }

  /** After which of these the session is refreshed: a fifth of its life, at most ten minutes. */
  static Duration refreshEvery(Duration sessionTimeout) {
    Duration fifth = sessionTimeout.dividedBy(5);
    Duration most = Duration.ofMinutes(10);
    return fifth.compareTo(most) < 0 ? fifth : most;
  }

  private record Nothing(Position through, long frontier, BsonTimestamp sourceTime)
      implements Batch {
    @Override
    public Iterator<Change.Streamed> changes() {
      return Collections.emptyIterator();
    }

    @Override
    public long bytes() {
      return 64;
    }
  }
}
