package dev.millrace.tap;

import dev.millrace.model.Batch;
import dev.millrace.model.Change;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.ClusterTime;
import dev.millrace.model.CopyState;
import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;
import dev.millrace.model.Namespace;
import dev.millrace.model.Position;
import dev.millrace.model.Term;
import dev.millrace.source.Source;
import dev.millrace.source.SourceOpener;
import dev.millrace.source.StartFrom;
import dev.millrace.source.Subset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.bson.BsonTimestamp;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells of the changes of several collections, as one change stream has them: from where each of
 * them stands, the furthest behind first. For one thread.
 */
final class LogSync implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LogSync.class);

  private static final Comparator<TapState.Place> BY_PLACE =
      Comparator.<TapState.Place, Long>comparing(TapState.Place::time, Long::compareUnsigned)
          .thenComparing(
              TapState.Place::token, Comparator.nullsFirst(Comparator.<Position>naturalOrder()));

  private final Job job;
  private final Subset subset;
  private final Map<Namespace, TapStream> followed = new HashMap<>();
  private final Map<TapStream, TapState.Place> began = new HashMap<>();
  private final Set<TapStream> toCopy = new LinkedHashSet<>();
  private final Patience patience;

  /** Where streams began later than others: up to here it is looked at. */
  private long begunUntil = ClusterTime.NONE;

  /** All before it was told of; null until something was read. */
  private @Nullable Position reached;

  private @Nullable Open open;
  private long sinceState;
  private long records;

  private record Open(Source source, ReadAhead<Batch> ahead) {}

  /** What came of a step. */
  enum Step {
    /** Nothing happened. */
    IDLE,
    WORKED,
    /** All up to the end is told of, or nothing is followed any more. */
    OVER
  }

  /**
   * Opens when first asked to step.
   *
   * @param streams with a place each, and of each document the same
   */
  LogSync(Job job, List<TapStream> streams) {
    this.job = job;
    this.subset = streams.getFirst().subset();
    this.patience = job.patience();
    for (TapStream stream : streams) {
      TapState.Place place = job.state().place(stream).orElseThrow();
      followed.put(stream.namespace(), stream);
      began.put(stream, place);
      begunUntil = ClusterTime.later(begunUntil, place.time());
      job.messages().schema(stream);
      if (job.state().version(stream).isEmpty()) {
        job.state().version(stream, job.newVersion(stream));
      }
      job.messages().activate(stream, version(stream));
    }
    boolean alike = began.values().stream().distinct().count() == 1;
    if (alike && began.values().iterator().next().token() != null) {
      begunUntil = ClusterTime.NONE;
    }
  }

  /** Streams that cannot go on so: to be copied, in full. */
  Set<TapStream> toCopy() {
    return toCopy;
  }

  /**
   * Reads once.
   *
   * @param end the cluster time up to which changes are told of; {@link ClusterTime#NONE} ends
   *     never
   * @param waitMillis how long to wait for what was read
   */
  Step step(long end, long waitMillis) throws InterruptedException {
    if (followed.isEmpty()) {
      return Step.OVER;
    }
    try {
      Open stream = open;
      if (stream == null) {
        stream = opened();
        open = stream;
      }
      Batch batch = stream.ahead().next(waitMillis);
      if (batch == null) {
        return Step.IDLE;
      }
      patience.worked();
      return tell(batch, end);
    } catch (MillraceException e) {
      close();
      if (e.failure() instanceof Failure.PositionLost lost) {
        lost(lost);
      } else {
        patience.failed(explained(e));
      }
      return Step.WORKED;
    }
  }

  private Open opened() {
    boolean ofOne = followed.keySet().stream().map(Namespace::database).distinct().count() == 1;
    String database = ofOne ? followed.keySet().iterator().next().database() : null;
    List<String> names =
        followed.keySet().stream()
            .map(name -> ofOne ? name.collection() : name.toString())
            .sorted()
            .toList();
    SourceOpener opener = job.readers().of(database, names, subset);
    TapState.Place from = from();
    Position token = reached != null ? reached : from.token();
    Source source;
    if (token == null) {
      refuseForeign(from.deployment());
      source =
          opener.open(
              Optional.empty(),
              new StartFrom.At(new BsonTimestamp(from.time())),
              CopyState.Edits.NONE);
    } else {
      Checkpoint checkpoint = new Checkpoint(token, Term.NONE, from.deployment(), from.scope(), "");
      source = opener.open(Optional.of(checkpoint), new StartFrom.Now(), CopyState.Edits.NONE);
    }
    return new Open(
        source, new ReadAhead<>(() -> source.poll(1_000), job.keepingAlive(source::keepAlive)));
  }

  /** Where the stream goes on that is furthest behind. */
  private TapState.Place from() {
    return followed.values().stream()
        .map(stream -> job.state().place(stream).orElseThrow())
        .min(BY_PLACE)
        .orElseThrow();
  }

  private void refuseForeign(String deployment) {
    String here = job.tables().deployment();
    if (!deployment.isEmpty() && !here.isEmpty() && !deployment.equals(here)) {
      throw Failure.fatal("MR-POSITION-FOREIGN", "the state is of another MongoDB deployment");
    }
  }

  /** What an operator of pipelines would be told to type is of no use here. */
  private static MillraceException explained(MillraceException e) {
    return switch (e.failure().code()) {
      case "MR-POSITION-FOREIGN", "MR-POSITION-FUTURE" ->
          Failure.fatal(
              e.failure().code(),
              "the state is of another MongoDB deployment than the one that is read: correct the config, or leave the state out to copy in full",
              e);
      default -> e;
    };
  }

  private Step tell(Batch batch, long end) {
    long extracted = job.clock().millis();
    Iterator<Change.Streamed> changes = batch.changes();
    Change.Streamed last = null;
    while (changes.hasNext()) {
      Change.Streamed change = changes.next();
      if (end != ClusterTime.NONE && ClusterTime.isAfter(change.event().clusterTime(), end)) {
        reached(last == null ? reached : last.event().position());
        return Step.OVER;
      }
      tell(change, extracted);
      last = change;
      if (sinceState >= Job.RECORDS_PER_STATE) {
        reached(change.event().position());
        job.messages().state(job.state());
        sinceState = 0;
      }
    }
    reached(batch.through());
    if (end != ClusterTime.NONE && ClusterTime.isAfter(batch.frontier(), end)) {
      return Step.OVER;
    }
    return last == null ? Step.IDLE : Step.WORKED;
  }

  private void reached(@Nullable Position position) {
    Open stream = open;
    if (position == null || stream == null) {
      return;
    }
    reached = position;
    TapState.Place place =
        new TapState.Place(
            position.clusterTime(),
            position,
            stream.source().scope(),
            stream.source().deployment());
    for (TapStream each : followed.values()) {
      if (BY_PLACE.compare(place, job.state().place(each).orElse(place)) >= 0) {
        job.state().place(each, place);
      }
    }
  }

  private void tell(Change.Streamed change, long extracted) {
    TapStream stream = followed.get(change.namespace());
    if (stream != null && !wasTold(stream, change)) {
      tell(stream, change, extracted);
    }
    TapStream overwritten =
        change instanceof Change.Renamed renamed ? followed.get(renamed.to()) : null;
    if (overwritten != null && !wasTold(overwritten, change)) {
      LOG.warn("{} has become {}: copied in full", change.namespace(), overwritten.namespace());
      copyAgain(overwritten);
    }
  }

  private void tell(TapStream stream, Change.Streamed change, long extracted) {
    switch (change) {
      case Change.Upsert upsert -> {
        job.messages().record(stream, upsert.document(), version(stream), extracted);
        count();
      }
      case Change.Delete delete -> {
        long seconds = ClusterTime.seconds(delete.event().clusterTime());
        job.messages().deleted(stream, delete.id(), 1_000 * seconds, version(stream), extracted);
        count();
      }
      case Change.Dropped dropped -> gone(stream);
      case Change.Renamed renamed -> gone(stream);
      case Change.Created created -> {}
      case Change.DatabaseDropped dropped -> {}
      case Change.Patch patch ->
          throw Failure.fatal("MR-INTERNAL", "a change came without its document");
    }
  }

  private boolean wasTold(TapStream stream, Change.Streamed change) {
    long time = change.event().clusterTime();
    if (begunUntil == ClusterTime.NONE || ClusterTime.isAfter(time, begunUntil)) {
      return false;
    }
    TapState.Place place = Objects.requireNonNull(began.get(stream));
    Position token = place.token();
    return token == null
        ? ClusterTime.isAfter(place.time(), time)
        : change.event().position().compareTo(token) <= 0;
  }

  private long version(TapStream stream) {
    return job.state().version(stream).orElseThrow();
  }

  private void count() {
    sinceState++;
    records++;
  }

  /** All that was told of it is over: for the target a version without rows. */
  private void gone(TapStream stream) {
    LOG.warn("{} was dropped or renamed", stream.namespace());
    long version = job.newVersion(stream);
    job.state().version(stream, version);
    job.messages().activate(stream, version);
  }

  private void copyAgain(TapStream stream) {
    job.state().incomplete(stream);
    followed.remove(stream.namespace());
    toCopy.add(stream);
  }

  private void lost(Failure.PositionLost failure) {
    TapState.Place from = from();
    for (TapStream stream : List.copyOf(followed.values())) {
      if (BY_PLACE.compare(job.state().place(stream).orElseThrow(), from) <= 0) {
        LOG.warn(
            "{}: {}: MongoDB's oplog no longer reaches back to where {} stands: copied in full",
            failure.code(),
            stream.id(),
            stream.namespace());
        copyAgain(stream);
      }
    }
    reached = null;
  }

  /** How many records there were. */
  long records() {
    return records;
  }

  /** What of a group can be followed by one stream. */
  static List<List<TapStream>> groups(List<TapStream> streams) {
    Map<Subset, List<TapStream>> groups = new HashMap<>();
    streams.forEach(
        stream -> groups.computeIfAbsent(stream.subset(), any -> new ArrayList<>()).add(stream));
    return List.copyOf(groups.values());
  }

  /** Ends the reading; a later step opens anew, where it stood. */
  @Override
  public void close() {
    Open stream = open;
    if (stream != null) {
      open = null;
      stream.ahead().close();
      stream.source().close();
    }
  }
}
