package dev.millrace.sink.crate;

import dev.millrace.letters.Address;
import dev.millrace.model.Failure;
import dev.millrace.model.Namespace;
import dev.millrace.sink.crate.Bulk.Refused;
import dev.millrace.table.Row;
import dev.millrace.table.RowVersion;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes rows of one table: in bulks where that is safe, alone where not.
 *
 * <p>It is not safe where a document brings a key, or a key's type, that {@code OBJECT(DYNAMIC)}
 * does not have yet. Once a row of a bulk has made a column, CrateDB 6.4.3 gives the rows behind it
 * their new version and leaves them their old document, and answers that all is well; a {@code
 * CASE} makes the document null where such a row is older than what is there. So every document is
 * held against the columns first ({@link Fitting}), and what brings a new one is written {@link
 * Alone}; after that the columns are there for all others.
 */
final class RowWriter {
  private static final Logger LOG = LoggerFactory.getLogger(RowWriter.class);

  /** Sorts behind every version, also behind what a person wrote in its place. */
  private static final String BEHIND_ALL = "\uffff";

  private final CrateTable table;
  private final Namespace namespace;
  private final Misfits misfits;
  private final Alone alone;
  private final Bulk bulk;
  private final Removal removal;

  /** Whether there is room for more columns. */
  private boolean takesNew = true;

  RowWriter(CrateClient client, CrateTable table, Namespace namespace, Misfits misfits) {
    this.table = table;
    this.namespace = namespace;
    this.misfits = misfits;
    this.alone = new Alone(client, table);
    this.bulk = new Bulk(client, table);
    this.removal = new Removal(client, table);
  }

  CrateTable table() {
    return table;
  }

  /** What is still to be done of one parcel. */
  private static final class Work {
    /** These bring no columns. */
    private final List<Document> plain = new ArrayList<>();

    private final List<Document> bringing = new ArrayList<>();

    /** Versions by id. */
    private final Map<String, String> gone = new HashMap<>();
  }

  /** Writes the rows; nothing else writes to this table meanwhile. */
  void write(Map<String, Row> rows) {
    Work work = new Work();
    rows.forEach((oid, row) -> {
      switch (row) {
        case Row.Put put -> sort(document(oid, put.version(), put.json(), null), work);
        case Row.Marked marked ->
            sort(
                document(
                    oid, marked.version(), marked.json(), RowVersion.instant(marked.version())),
                work);
        case Row.Gone gone -> work.gone.put(oid, gone.version());
        case Row.Misfit misfit -> {
          misfits.keep(new Address(namespace, oid), misfit);
          work.gone.put(oid, misfit.version());
        }
      }
    });
    work.bringing.forEach(document -> bring(document, work));
    settle(bulk.write(work.plain), work);
    if (table.isSoft()) {
      removal.mark(work.gone);
    } else {
      removal.remove(work.gone);
    }
  }

  /**
   * Removes the rows of these ids that are of a later version than what is to be written: nobody
   * but a person writes such. All others stay until they are written, for should this end in
   * between nobody might write them soon.
   */
  void makeWay(Map<String, Row> rows) {
    Map<String, String> later = new HashMap<>();
    table
        .held(rows.keySet())
        .forEach((oid, held) -> {
          Row row = rows.get(oid);
          if (row != null && held.version().compareTo(row.version()) > 0) {
            later.put(oid, BEHIND_ALL);
          }
        });
    removal.remove(later);
  }

  private static Document document(
      String oid, String version, byte[] json, @Nullable String deletedAt) {
    return new Document(oid, version, Surrogates.inUtf8(json), deletedAt);
  }

  private void sort(Document document, Work work) {
    Fitting.Fit fit = Fitting.of(document.fitting(), table.data(), takesNew);
    fitted(document, fit, work).ifPresent((fit.brings() > 0 ? work.bringing : work.plain)::add);
  }

  private Optional<Document> fitted(Document document, Fitting.Fit fit, Work work) {
    return fit.isCut()
        ? keep(document.with(fit.data()), fit.cut() + " cannot have this name or value", work)
        : Optional.of(document);
  }

  /** Where its document is kept elsewhere, a row must not go on showing an older state. */
  private Optional<Document> keep(Document document, String reason, Work work) {
    Optional<Document> kept = misfits.keep(namespace, table.name(), document, reason);
    if (kept.isEmpty()) {
      work.gone.put(document.oid(), document.version());
    }
    return kept;
  }

  /** Writes a document that brings columns, unless those before it brought them all. */
  private void bring(Document document, Work work) {
    Fitting.Fit fit = Fitting.of(document.fitting(), table.data(), takesNew);
    Optional<Document> kept = fitted(document, fit, work);
    if (kept.isEmpty()) {
      return;
    }
    if (fit.brings() == 0) {
      work.plain.add(kept.get());
      return;
    }
    Optional<String> refused = alone.write(kept.get());
    table.lookAgain();
    refused.ifPresent(reason -> {
      lookForRoom(fit.brings());
      Fitting.Fit rest = Fitting.of(kept.get().fitting(), table.data(), false);
      keep(kept.get().with(rest.data()), reason, work).ifPresent(work.plain::add);
    });
  }

  private void lookForRoom(int brought) {
    if (takesNew && !table.hasRoomFor(brought)) {
      takesNew = false;
      LOG.warn(
          "MR-CRATE-COLUMNS: table {} has as many columns as it may have: documents with other keys have them in data_misfit only",
          table.name());
    }
  }

  /** What the server refuses although nothing speaks against it here. */
  private void settle(List<Refused> refused, Work work) {
    if (refused.isEmpty()) {
      return;
    }
    table.lookAgain();
    List<Document> parts = new ArrayList<>();
    for (Refused each : refused) {
      Fitting.Fit fit = Fitting.of(each.document().fitting(), table.data(), false);
      keep(each.document().with(fit.isCut() ? fit.data() : null), each.reason(), work)
          .ifPresent(parts::add);
    }
    List<Document> empty = new ArrayList<>();
    for (Refused each : bulk.write(parts)) {
      empty.add(each.document().with(null));
    }
    for (Refused each : bulk.write(empty)) {
      throw Failure.fatal(
          "MR-CRATE-REFUSED",
          "table %s takes nothing of document %s of %s (%s): look at its columns and constraints"
              .formatted(table.name(), each.document().oid(), namespace, each.reason()));
    }
  }
}
