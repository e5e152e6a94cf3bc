package dev.millrace.engine;

import dev.millrace.json.CanonicalKey;
import dev.millrace.model.Change;
import dev.millrace.model.ClusterTime;
import dev.millrace.model.Namespace;
import dev.millrace.model.RawValue;
import dev.millrace.source.CopySource.Outcome;
import dev.millrace.source.CopySource.Row;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;

/** Some documents of a collection on their way to be told again. */
final class Renewal {
  private final Namespace namespace;

  /** Those that are not told of yet. */
  private final Map<String, BsonValue> wanted = new LinkedHashMap<>();

  private final CompletableFuture<Void> answer;

  /** Those of them that events changed since it was opened, with the time of the newest. */
  private final Map<String, Long> changed = new HashMap<>();

  private long openedAt;

  /** What was read; null until then. */
  Outcome.@Nullable Rows rows;

  Renewal(Namespace namespace, List<BsonValue> ids, CompletableFuture<Void> answer) {
    this.namespace = namespace;
    this.answer = answer;
    ids.forEach(id -> wanted.put(CanonicalKey.of(id), id));
  }

  Namespace namespace() {
    return namespace;
  }

  List<BsonValue> ids() {
    return List.copyOf(wanted.values());
  }

  CompletableFuture<Void> answer() {
    return answer;
  }

  /** From now on events are noted; what is read is of this time or later. */
  void open(long at) {
    openedAt = at;
    changed.clear();
    rows = null;
  }

  long openedAt() {
    return openedAt;
  }

  /** An event of this key was emitted. */
  void note(String key, long time) {
    if (wanted.containsKey(key)) {
      changed.put(key, time);
    }
  }

  /** Whether the read brought nothing on: neither a document that was asked for, nor an end. */
  boolean isStuck(Outcome.Rows read) {
    if (read.complete()) {
      return false;
    }
    for (Row row : read.rows()) {
      if (wanted.containsKey(CanonicalKey.of(row.id()))) {
        return false;
      }
    }
    return true;
  }

  /**
   * What is to be told now; of what an event changed meanwhile the event has told. What the read
   * did not come to stays wanted.
   */
  List<Change.Renewed> tell(CopyRules rules) {
    Outcome.Rows read = Objects.requireNonNull(rows);
    wanted.keySet().removeIf(key -> givesWay(rules, key));
    List<Change.Renewed> changes = new ArrayList<>();
    for (Row row : read.rows()) {
      // By a collation of its own a collection may bring more than was asked for.
      if (wanted.remove(CanonicalKey.of(row.id())) != null) {
        changes.add(new Change.Renewed(namespace, row.id(), row.document(), openedAt));
      }
    }
    if (read.complete()) {
      wanted
          .values()
          .forEach(
              id -> changes.add(new Change.Renewed(namespace, RawValue.of(id), null, openedAt)));
      wanted.clear();
    }
    return changes;
  }

  private boolean givesWay(CopyRules rules, String key) {
    return rules.givesWay(openedAt, changed.getOrDefault(key, ClusterTime.NONE));
  }
}
