package dev.millrace.verify;

import dev.millrace.model.Namespace;
import dev.millrace.source.CopySource;
import dev.millrace.source.CopySource.Chunk;
import dev.millrace.source.CopySource.Outcome;
import dev.millrace.source.CopySource.Span;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;

/**
 * A collection's documents as a majority has them, page by page in the order of their {@code _id},
 * one page ahead. A page is a reply of the server, of 16 MB at most.
 */
final class SourcePages {
  private static final int ROWS = 2_000;

  private final CopySource source;
  private final Executor reader;
  private final Namespace namespace;
  private final UUID uuid;
  private final long since;
  private @Nullable CompletableFuture<Outcome> ahead;

  /**
   * @param since documents are as they are at that time or later
   */
  SourcePages(CopySource source, Executor reader, Namespace namespace, UUID uuid, long since) {
    this.source = source;
    this.reader = reader;
    this.namespace = namespace;
    this.uuid = uuid;
    this.since = since;
    this.ahead = read(null);
  }

  private CompletableFuture<Outcome> read(@Nullable BsonValue after) {
    Chunk chunk = new Chunk(namespace, uuid, new Span(after, null, null), since, false, ROWS);
    return CompletableFuture.supplyAsync(() -> source.read(chunk), reader);
  }

  boolean hasNext() {
    return ahead != null;
  }

  /** The next page, or why there is none; nothing comes behind that. */
  Outcome next() {
    CompletableFuture<Outcome> reading = ahead;
    if (reading == null) {
      throw new IllegalStateException("behind the last page");
    }
    Outcome page = joined(reading);
    ahead =
        page instanceof Outcome.Rows rows && !rows.complete() && rows.last() != null
            ? read(rows.last())
            : null;
    return page;
  }

  private static Outcome joined(CompletableFuture<Outcome> reading) {
    try {
      return reading.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw e;
    }
  }
}
