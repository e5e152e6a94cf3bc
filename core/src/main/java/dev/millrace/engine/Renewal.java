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
import java.util.concurrent.CompletableFuture;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;

/** Some documents of a collection on their way to be told again. */
final class Renewal {
  private final Namespace namespace;
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

  /** What is to be told; of what an event changed meanwhile the event has told. */
  List<Change.Renewed> changes(CopyRules rules) {
    List<Change.Renewed> changes = new ArrayList<>();
    Map<String, BsonValue> missing = new LinkedHashMap<>(wanted);
    missing.keySet().removeIf(key -> givesWay(rules, key));
    if (rows != null) {
      for (Row row : rows.rows()) {
        // By a collation of its own a collection may bring more than was asked for.
        if (missing.remove(CanonicalKey.of(row.id())) != null) {
          changes.add(new Change.Renewed(namespace, row.id(), row.document(), openedAt));
        }
      }
    }
    missing
        .values()
        .forEach(id -> changes.add(new Change.Renewed(namespace, RawValue.of(id), null, openedAt)));
    return changes;
  }

  private boolean givesWay(CopyRules rules, String key) {
    return rules.givesWay(openedAt, changed.getOrDefault(key, ClusterTime.NONE));
  }
}
