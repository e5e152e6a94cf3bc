package dev.millrace.source.mongo;

import com.mongodb.ClientSessionOptions;
import com.mongodb.MongoCommandException;
import com.mongodb.MongoException;
import com.mongodb.client.ClientSession;
import com.mongodb.client.MongoClient;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.ClusterTime;
import dev.millrace.model.CopyState;
import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;
import dev.millrace.model.Position;
import dev.millrace.source.CopySource;
import dev.millrace.source.Source;
import dev.millrace.source.SourceOpener;
import dev.millrace.source.StartFrom;
import dev.millrace.source.mongo.StreamCommands.From;
import java.util.Optional;
import org.bson.BsonTimestamp;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opens change streams, each with a client and a session of its own. */
public final class MongoSourceOpener implements SourceOpener {
  private static final Logger LOG = LoggerFactory.getLogger(MongoSourceOpener.class);

  private final MongoSourceOptions options;

  public MongoSourceOpener(MongoSourceOptions options) {
    this.options = options;
  }

  @Override
  public Source open(Optional<Checkpoint> checkpoint, StartFrom first, CopyState.Edits edits) {
    MongoSourceOptions edited = options.edited(edits);
    MongoClient client = MongoClients.connect(options.uri());
    ClientSession session = null;
    try {
      ServerFacts facts = ServerFacts.probe(client);
      session =
          client.startSession(ClientSessionOptions.builder().causallyConsistent(false).build());
      MongoSource.Context context = new MongoSource.Context(client, session, facts, edited);
      return checkpoint.isPresent() ? resume(context, checkpoint.get()) : begin(context, first);
    } catch (MongoException e) {
      close(client, session);
      throw told(MongoFailures.of(e, "opening the change stream"));
    } catch (MillraceException e) {
      close(client, session);
      throw told(e);
    } catch (RuntimeException e) {
      close(client, session);
      throw e;
    }
  }

  /** Whoever is away is not asked why: that takes its time, and a start is wanted soon. */
  private MillraceException told(MillraceException e) {
    return e.failure() instanceof Failure.Transient ? e : Members.withWhatToType(options.uri(), e);
  }

  @Override
  public CopySource copying(CopyState.Edits edits) {
    return new MongoCopySource(options.edited(edits));
  }

  private static Source begin(MongoSource.Context context, StartFrom first) {
    return switch (first) {
      case StartFrom.Now now -> new MongoSource(context, new From.Opening(), null);
      case StartFrom.At at -> {
        refuseFuture(at.time().getValue(), context);
        yield new MongoSource(context, new From.Time(at.time()), null);
      }
      case StartFrom.After after -> {
        refuseFuture(after.position().clusterTime(), context);
        yield after(context, after.position());
      }
    };
  }

  private static Source resume(MongoSource.Context context, Checkpoint checkpoint) {
    String here = context.facts().deployment();
    if (!checkpoint.deployment().isEmpty()
        && !here.isEmpty()
        && !checkpoint.deployment().equals(here)) {
      throw Failure.fatal(
          "MR-POSITION-FOREIGN",
          "the stored position belongs to another MongoDB deployment (%s, this one is %s): correct the URI, or set a position of this one with `millrace position set --now`"
              .formatted(checkpoint.deployment(), here));
    }
    refuseFuture(checkpoint.position().clusterTime(), context);
    if (checkpoint.scope().equals(context.options().fingerprint())) {
      return after(context, checkpoint.position());
    }
    // An event's token is not found by a stream that no longer returns that event.
    LOG.info("what is followed has changed since the stored position; opening by its time");
    return byTime(context, checkpoint.position());
  }

  private static Source after(MongoSource.Context context, Position position) {
    try {
      return new MongoSource(context, new From.After(position), null);
    } catch (MongoCommandException e) {
      if (e.getErrorCode() != MongoFailures.CHANGE_STREAM_FATAL) {
        throw e;
      }
      LOG.info("MongoDB does not find the stored token in this stream; opening by its time");
      return byTime(context, position);
    }
  }

  /** Opens at the position's cluster time and drops what it already covers. */
  private static Source byTime(MongoSource.Context context, Position position) {
    From time = new From.Time(new BsonTimestamp(position.clusterTime()));
    return new MongoSource(context, time, position);
  }

  /** The server accepts a time to come, and then delivers nothing until it has come. */
  private static void refuseFuture(long time, MongoSource.Context context) {
    if (!isAfter(time, context.facts().now().getValue())) {
      return;
    }
    // Any member may have said so, and one that lags, as after an election, knows no better.
    long newest = ServerFacts.newest(context.client()).getValue();
    if (isAfter(time, newest)) {
      throw Failure.fatal(
          "MR-POSITION-FUTURE",
          "the position (cluster time %d) lies after this MongoDB's newest (%d): it is of another deployment; correct the URI or set a position with `millrace position set`"
              .formatted(ClusterTime.seconds(time), ClusterTime.seconds(newest)));
    }
  }

  /** By the second, as far as anything is known of the newest. */
  private static boolean isAfter(long time, long newest) {
    return newest != ClusterTime.NONE && ClusterTime.seconds(time) > ClusterTime.seconds(newest);
  }

  private static void close(MongoClient client, @Nullable ClientSession session) {
    if (session != null) {
      session.close();
    }
    client.close();
  }
}
