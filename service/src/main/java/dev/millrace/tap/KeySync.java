package dev.millrace.tap;

import dev.millrace.json.BsonBytes;
import dev.millrace.json.CanonicalKey;
import dev.millrace.model.MillraceException;
import dev.millrace.model.RawValue;
import dev.millrace.source.CopySource.Row;
import dev.millrace.source.Tables;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the documents of a collection in the order of its replication key, from the last value on
 * that was told of. Documents of that value come again in the next run, for others may have got it;
 * within a run none comes twice, also where the cursor is lost and opened anew.
 */
final class KeySync {
  private static final Logger LOG = LoggerFactory.getLogger(KeySync.class);

  /** Of one value; with more of them, some come twice where a cursor is lost. */
  private static final int MOST_REMEMBERED = 1_000_000;

  private final Job job;
  private final TapStream stream;
  private final String field;
  private final byte[] fieldName;

  /** The documents told of that have the newest value, by key. */
  private final Set<String> told = new HashSet<>();

  private String newest = "";
  private long version;
  private long rows;

  KeySync(Job job, TapStream stream) {
    this.job = job;
    this.stream = stream;
    this.field = stream.replicationKey().orElseThrow();
    this.fieldName = field.getBytes(StandardCharsets.UTF_8);
  }

  /**
   * Tells of all documents from the last value on.
   *
   * @throws MillraceException where they cannot be read
   */
  void run() throws InterruptedException {
    TapState state = job.state();
    Optional<Long> before = state.version(stream);
    version = before.orElseGet(() -> job.newVersion(stream));
    state.version(stream, version);
    job.messages().schema(stream);
    if (before.isEmpty()) {
      job.messages().activate(stream, version);
    }
    job.messages().state(state);
    Patience patience = job.patience();
    // Without a value to begin with, values of all types are due, also behind a lost cursor.
    boolean allTypes = state.keyValue(stream).isEmpty();
    boolean over = false;
    while (!over) {
      BsonValue from = state.keyValue(stream).orElse(null);
      try (Tables.Ordered read =
              job.tables().inOrder(stream.namespace(), field, from, allTypes, stream.subset());
          ReadAhead<Page> ahead =
              new ReadAhead<>(
                  () -> new Page(read.read(), !read.hasNext()),
                  job.keepingAlive(read::keepAlive))) {
        while (!over) {
          Page page = ahead.next();
          patience.worked();
          write(page.rows());
          over = page.isLast();
        }
      } catch (MillraceException e) {
        patience.failed(e);
      }
    }
    job.messages().activate(stream, version);
    LOG.info("{}: {} documents", stream.id(), rows);
    if (rows > 0 && state.keyValue(stream).isEmpty()) {
      LOG.warn(
          "{}: no document has a value of the replication key {}, so the next run reads all of them again",
          stream.id(),
          field);
    }
  }

  private record Page(Iterable<Row> rows, boolean isLast) {}

  private void write(Iterable<Row> page) {
    long extracted = job.clock().millis();
    Row last = null;
    for (Row row : page) {
      if (!isNew(row)) {
        continue;
      }
      job.messages().record(stream, row.document(), version, extracted);
      last = row;
      if (++rows % Job.RECORDS_PER_STATE == 0) {
        reached(row);
        last = null;
      }
    }
    if (last != null) {
      reached(last);
    }
  }

  private boolean isNew(Row row) {
    RawValue key = key(row);
    // Those without it and those with null come side by side.
    String value = key == null || key.isNull() ? "" : CanonicalKey.of(key);
    if (!value.equals(newest)) {
      newest = value;
      told.clear();
    }
    return told.size() >= MOST_REMEMBERED || told.add(CanonicalKey.of(row.id()));
  }

  private void reached(Row row) {
    RawValue key = key(row);
    if (key != null && !key.isNull()) {
      job.state().keyValue(stream, key.toValue());
    }
    job.messages().state(job.state());
  }

  private @Nullable RawValue key(Row row) {
    RawValue document = row.document();
    int at = BsonBytes.findField(document.bytes(), document.offset(), fieldName);
    if (at < 0) {
      return null;
    }
    int value = at + fieldName.length + 2;
    byte type = document.bytes()[at];
    int end = BsonBytes.skipValue(type, document.bytes(), value);
    return new RawValue(type, document.bytes(), value, end - value);
  }
}
