package dev.millrace.verify;

import dev.millrace.checkpoint.CheckpointStore.Stored;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;
import dev.millrace.model.Namespace;
import dev.millrace.source.CopySource;
import dev.millrace.source.CopySource.Listing;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.bson.BsonValue;

/**
 * Compares a source with the tables that a pipeline keeps of it, while both move. Every document is
 * held against its row and every row against its document; what differs is looked at again until it
 * is known that it is not only under way ({@link Settling}).
 */
public final class Verification implements AutoCloseable {
  private final Parts parts;
  private final Progress progress;
  private final boolean drops;
  private final Duration wait;
  private final Checkpoint checkpoint;
  private final CopySource source;
  private final ExecutorService reader =
      Executors.newSingleThreadExecutor(
          Thread.ofPlatform().daemon().name("millrace-verify").factory());

  /**
   * Looks where the pipeline stands.
   *
   * @param drops whether rows go with their collection
   * @param wait how long rows are looked at again that keep changing
   * @throws MillraceException {@code Fatal} where the pipeline never ran
   */
  public Verification(Parts parts, boolean drops, Duration wait, Progress progress) {
    this.parts = parts;
    this.drops = drops && !parts.tables().keepsDropped();
    this.wait = wait;
    this.progress = progress;
    this.checkpoint =
        parts.store().read().flatMap(Stored::checkpoint).orElseThrow(Verification::neverRan);
    if (!checkpoint.scope().isEmpty()
        && !checkpoint.scope().equals(parts.scope().apply(checkpoint.copy().edits()))) {
      throw Failure.fatal(
          "MR-VERIFY-SCOPE",
          "the pipeline last followed something else than this configuration says (collections, operations, filter or projection): start it with this one first, or verify with that one");
    }
    this.source = parts.opener().copying(checkpoint.copy().edits());
  }

  static MillraceException neverRan() {
    return Failure.fatal(
        "MR-VERIFY-NOTHING", "the pipeline never ran: there is nothing to compare the source with");
  }

  public Findings run() {
    long time = source.now();
    Listing listing = source.list(time);
    Selection selection =
        Selection.of(listing, checkpoint, source, parts.tables(), drops, progress);
    if (!drops) {
      progress.say(
          "rows without a document are not looked for, for rows of collections that were dropped are to stay");
    }
    Suspects suspects = new Suspects();
    long documents = 0;
    long unreadable = 0;
    int leftOut = selection.leftOut();
    for (Map.Entry<Namespace, CopySource.Entry.Copyable> each : selection.followed().entrySet()) {
      Scan scan = scan(each.getKey(), listing, suspects);
      SourcePages pages =
          new SourcePages(source, reader, each.getKey(), each.getValue().uuid(), listing.time());
      if (scan.documents(pages, each.getValue().rows())) {
        if (drops) {
          scan.rows(scan.documentsSeen());
        }
      } else {
        leftOut++;
      }
      documents += scan.documentsSeen();
      unreadable += scan.unreadable();
    }
    for (Namespace gone : selection.gone()) {
      Scan scan = scan(gone, listing, suspects);
      scan.rows(-1);
      unreadable += scan.unreadable();
    }
    if (!suspects.found().isEmpty()) {
      progress.say(
          "%,d rows differ at first sight and are looked at again"
              .formatted(suspects.found().size()));
    }
    Settled settled = settle(suspects.found());
    return new Findings(
        selection.followed().size() + selection.gone().size() - leftOut + selection.leftOut(),
        leftOut,
        documents,
        settled.differing(),
        settled.unsettled().size() + unreadable,
        settled.undelivered().size(),
        settled.deadLetters().size(),
        !suspects.isFull(),
        time);
  }

  private Scan scan(Namespace namespace, Listing listing, Suspects suspects) {
    return new Scan(
        namespace, listing.time(), parts.tables(), new Lookup(source), suspects, progress);
  }

  private Settled settle(Map<RowId, BsonValue> suspects) {
    return new Settling(parts, source, drops, progress, wait).settle(suspects);
  }

  /** Looks once more at rows that differed: how many of them do no longer. */
  public long mended(Map<RowId, Differing> differing) {
    Map<RowId, BsonValue> again = new LinkedHashMap<>();
    differing.forEach((row, each) -> again.put(row, each.id()));
    Settled settled = settle(again);
    return (long) again.size()
        - settled.differing().size()
        - settled.unsettled().size()
        - settled.undelivered().size()
        - settled.deadLetters().size();
  }

  @Override
  public void close() {
    reader.shutdownNow();
    source.close();
  }
}
