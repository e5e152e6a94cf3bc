package dev.millrace.verify;

import dev.millrace.model.Failure;
import dev.millrace.model.Namespace;
import dev.millrace.model.RawValue;
import dev.millrace.source.CopySource.Outcome;
import dev.millrace.source.CopySource.Row;
import dev.millrace.table.TableView;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bson.BsonValue;

/** A first look at one collection, from both sides, while both move. */
final class Scan {
  private static final int KEYS = 2_000;
  private static final int MOST_PAIRED = 100_000;

  private final Namespace namespace;
  private final long since;
  private final TableView tables;
  private final Lookup lookup;
  private final Suspects suspects;
  private final Progress progress;
  private final Documents documents;
  private final RowIds ids;

  /** Rows seen beside their documents, of which that may not be seen from the row. */
  private final Set<String> paired = new HashSet<>();

  private long documentsSeen;
  private long unreadable;

  /**
   * @param since documents are looked at as they are at that time or later
   */
  Scan(
      Namespace namespace,
      long since,
      TableView tables,
      Lookup lookup,
      Suspects suspects,
      Progress progress) {
    this.namespace = namespace;
    this.since = since;
    this.tables = tables;
    this.lookup = lookup;
    this.suspects = suspects;
    this.progress = progress;
    this.documents = new Documents(tables.json());
    this.ids = new RowIds(tables);
  }

  /**
   * Holds each document against its row.
   *
   * @return whether all could be read
   */
  boolean documents(SourcePages pages, long estimated) {
    while (pages.hasNext() && !suspects.isFull()) {
      switch (pages.next()) {
        case Outcome.Rows page -> {
          compare(page);
          documentsSeen += page.count();
          progress.at(namespace, Progress.Part.DOCUMENTS, documentsSeen, estimated);
        }
        case Outcome.Gone gone -> {
          progress.say(
              "%s was dropped or renamed meanwhile, and is not compared".formatted(namespace));
          return false;
        }
        case Outcome.Refused refused -> {
          progress.say("%s is not compared: %s".formatted(namespace, refused.reason()));
          return false;
        }
        case Outcome.NotAtThatTime not ->
            throw Failure.transientFailure(
                "MR-SOURCE-BEHIND",
                "the primary has not come as far as another one has told",
                null);
      }
    }
    return true;
  }

  private void compare(Outcome.Rows page) {
    Map<String, Row> wanted = new LinkedHashMap<>();
    for (Row row : page.rows()) {
      wanted.put(tables.key(row.id()), row);
    }
    Map<String, Boolean> same = new LinkedHashMap<>();
    tables.rows(
        namespace,
        wanted.keySet(),
        (key, json) -> {
          Row row = wanted.get(key);
          same.put(key, row != null && documents.isSame(row.document(), json));
          if (RowIds.mayBeUnreadable(key) && paired.size() < MOST_PAIRED) {
            paired.add(key);
          }
        });
    wanted.forEach((key, row) -> {
      if (!same.getOrDefault(key, false)) {
        suspect(key, row.id());
      }
    });
  }

  private void suspect(String key, RawValue id) {
    BsonValue value = id.toValue();
    if (tables.key(RawValue.of(value)).equals(key)) {
      suspects.add(new RowId(namespace, key), value);
    } else {
      // Text in it that is not UTF-8: it can be read, but not asked for.
      unreadable++;
    }
  }

  /** Looks for the document of each row. */
  void rows(long estimated) {
    String after = null;
    long done = 0;
    while (!suspects.isFull()) {
      List<String> keys = tables.keys(namespace, after, KEYS);
      if (!keys.isEmpty()) {
        lookForDocuments(keys);
        done += keys.size();
        after = keys.getLast();
        progress.at(namespace, Progress.Part.ROWS, done, estimated);
      }
      if (keys.size() < KEYS) {
        return;
      }
    }
  }

  private void lookForDocuments(List<String> keys) {
    Map<String, BsonValue> asked = ids.of(namespace, keys);
    unreadable +=
        keys.stream().filter(key -> !asked.containsKey(key) && !paired.contains(key)).count();
    Set<String> found = new HashSet<>();
    lookup.find(namespace, asked.values(), true, since, row -> found.add(tables.key(row.id())));
    asked.forEach((key, id) -> {
      if (!found.contains(key)) {
        suspects.add(new RowId(namespace, key), id);
      }
    });
  }

  long documentsSeen() {
    return documentsSeen;
  }

  /** Rows, and documents without their row, whose {@code _id} nobody can ask for. */
  long unreadable() {
    return unreadable;
  }
}
