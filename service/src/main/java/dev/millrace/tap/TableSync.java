package dev.millrace.tap;

import dev.millrace.json.CanonicalKey;
import dev.millrace.model.CopyState;
import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;
import dev.millrace.source.CopySource;
import dev.millrace.source.CopySource.Chunk;
import dev.millrace.source.CopySource.Entry;
import dev.millrace.source.CopySource.Outcome;
import dev.millrace.source.CopySource.Row;
import dev.millrace.source.CopySource.Span;
import dev.millrace.source.CopySource.Wanted;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads all of a collection in the order of its {@code _id}s, of whatever types they are, page by
 * page: no cursor is open between two pages, so none can be lost. Ends at the last {@code _id} that
 * there was when it began; an interrupted one goes on behind the last that was told of.
 */
final class TableSync {
  private static final Logger LOG = LoggerFactory.getLogger(TableSync.class);

  private static final int FIRST_ROWS = 1_000;
  private static final int MOST_ROWS = 20_000;

  /** Of a page: enough that the next one is read while it is written. */
  private static final long PAGE_BYTES = 4L << 20;

  private final Job job;
  private final TapStream stream;
  private long version;
  private long rows;

  TableSync(Job job, TapStream stream) {
    this.job = job;
    this.stream = stream;
  }

  /**
   * Tells of all documents.
   *
   * @throws MillraceException where they cannot be read
   */
  void run() throws InterruptedException {
    TapState state = job.state();
    Optional<Long> before = state.version(stream);
    boolean interrupted = before.isPresent() && state.lastId(stream).isPresent();
    version = interrupted ? before.get() : job.newVersion(stream);
    state.version(stream, version);
    job.messages().schema(stream);
    job.messages().state(state);
    if (before.isEmpty()) {
      // There is nothing older: rows may be seen as they come.
      job.messages().activate(stream, version);
    }
    try (CopySource source = job.opener(stream).copying(CopyState.Edits.NONE)) {
      Patience patience = job.patience();
      boolean over = false;
      while (!over) {
        try {
          over = readOn(source, patience);
        } catch (MillraceException e) {
          patience.failed(e);
        }
      }
    }
    state.complete(stream);
    job.messages().activate(stream, version);
    LOG.info("{}: {} documents", stream.id(), rows);
  }

  /** Whether it came to the end; where not, the collection is another one now. */
  private boolean readOn(CopySource source, Patience patience) throws InterruptedException {
    long now = source.now();
    Entry entry = source.list(now).collections().get(stream.namespace());
    if (!(entry instanceof Entry.Copyable copyable)) {
      LOG.warn(
          "{}: there is no such collection now{}",
          stream.namespace(),
          entry instanceof Entry.NotCopyable not ? " (" + not.reason() + ")" : "");
      startOver();
      return true;
    }
    Optional<BsonValue> last =
        job.state().maxId(stream).or(() -> job.tables().greatestId(stream.namespace()));
    if (last.isEmpty()) {
      return true;
    }
    job.state().maxId(stream, last.get());
    BsonValue after = job.state().lastId(stream).orElse(null);
    Pages pages = new Pages(source, copyable.uuid(), now, after, last.get());
    try (ReadAhead<Page> ahead = new ReadAhead<>(pages::next, () -> {})) {
      while (true) {
        Page page = ahead.next();
        patience.worked();
        switch (page.outcome()) {
          case Outcome.Rows read -> write(read);
          case Outcome.Gone gone -> {
            LOG.warn("{} was dropped or renamed while it was read", stream.namespace());
            startOver();
            return false;
          }
          case Outcome.Refused refused ->
              throw Failure.fatal("MR-TAP-REFUSED", stream.namespace() + ": " + refused.reason());
          case Outcome.NotAtThatTime not ->
              throw Failure.transientFailure(
                  "MR-SOURCE-BEHIND", stream.namespace() + " cannot be read as of now yet", null);
        }
        if (page.isLast()) {
          return true;
        }
      }
    }
  }

  /** What was told of it is over. */
  private void startOver() {
    job.state().forgetIds(stream);
    version = job.newVersion(stream);
    job.state().version(stream, version);
  }

  private void write(Outcome.Rows page) {
    long extracted = job.clock().millis();
    Row last = null;
    int count = 0;
    for (Row row : page.rows()) {
      job.messages().record(stream, row.document(), version, extracted);
      last = row;
      if (++count % Job.RECORDS_PER_STATE == 0) {
        told(row);
        last = null;
      }
    }
    if (last != null) {
      told(last);
    }
    rows += count;
  }

  private void told(Row row) {
    job.state().lastId(stream, row.id().toValue());
    job.messages().state(job.state());
  }

  private record Page(Outcome outcome, boolean isLast) {}

  /** The pages of a collection up to the last document, and that one alone. For one thread. */
  private final class Pages {
    private final CopySource source;
    private final UUID uuid;
    private final long at;
    private final BsonValue last;
    private @Nullable BsonValue after;
    private int size = FIRST_ROWS;
    private boolean beforeLast = true;

    Pages(CopySource source, UUID uuid, long at, @Nullable BsonValue after, BsonValue last) {
      this.source = source;
      this.uuid = uuid;
      this.at = at;
      this.after = after;
      this.last = last;
    }

    Page next() {
      if (!beforeLast) {
        return new Page(theLast(), true);
      }
      Chunk chunk =
          new Chunk(stream.namespace(), uuid, new Span(after, null, last), at, false, size);
      Outcome outcome = source.read(chunk);
      if (outcome instanceof Outcome.Rows rows) {
        after = rows.last() == null ? after : rows.last();
        beforeLast = !rows.complete();
        if (rows.count() > 0) {
          size = Math.clamp(PAGE_BYTES * rows.count() / rows.bytes(), 1, MOST_ROWS);
        }
      }
      return new Page(outcome, false);
    }

    /** Unless it was the one that an interrupted run told of last. */
    private Outcome theLast() {
      if (after != null && CanonicalKey.of(after).equals(CanonicalKey.of(last))) {
        return new Outcome.Rows(List.of(), 0, null, true, at, 0);
      }
      Outcome found = source.find(new Wanted(stream.namespace(), List.of(last), at, false, false));
      if (!(found instanceof Outcome.Rows rows)) {
        return found;
      }
      // By the collection's own collation others may be among them.
      String key = CanonicalKey.of(last);
      for (Row row : rows.rows()) {
        if (CanonicalKey.of(row.id()).equals(key)) {
          return new Outcome.Rows(List.of(row), 1, last, true, rows.readAt(), rows.bytes());
        }
      }
      return new Outcome.Rows(List.of(), 0, null, true, rows.readAt(), 0);
    }
  }
}
