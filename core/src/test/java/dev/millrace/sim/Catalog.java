package dev.millrace.sim;

import dev.millrace.model.Namespace;
import dev.millrace.model.Operation;
import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** All collections and their documents at one moment; never changes. */
final class Catalog {
  static final Catalog EMPTY = new Catalog(new TreeMap<>(), new TreeMap<>());

  private final Map<Namespace, UUID> names;
  private final Map<UUID, Doc[]> rows;

  private Catalog(Map<Namespace, UUID> names, Map<UUID, Doc[]> rows) {
    this.names = names;
    this.rows = rows;
  }

  Map<Namespace, UUID> names() {
    return Collections.unmodifiableMap(names);
  }

  @Nullable UUID uuid(Namespace namespace) {
    return names.get(namespace);
  }

  @Nullable Doc doc(@Nullable UUID collection, int key) {
    Doc[] all = collection == null ? null : rows.get(collection);
    return all == null ? null : all[key];
  }

  @Nullable Doc doc(Namespace namespace, int key) {
    return doc(uuid(namespace), key);
  }

  /** The catalog after one more operation. */
  Catalog after(Op op, int keys) {
    Map<Namespace, UUID> nextNames = names;
    Map<UUID, Doc[]> nextRows = rows;
    if (op.operation().isOnDocument()) {
      UUID uuid = Objects.requireNonNull(op.uuid());
      nextRows = new TreeMap<>(rows);
      Doc[] changed = Objects.requireNonNull(rows.get(uuid)).clone();
      changed[op.key()] = op.doc();
      nextRows.put(uuid, changed);
    } else if (op.operation() != Operation.DROP_DATABASE) {
      nextNames = new TreeMap<>(names);
      UUID uuid = Objects.requireNonNull(op.uuid());
      if (op.operation() == Operation.CREATE) {
        nextNames.put(op.namespace(), uuid);
        nextRows = new TreeMap<>(rows);
        nextRows.put(uuid, new Doc[keys]);
      } else {
        nextNames.remove(op.namespace());
        if (op.to() != null) {
          nextNames.put(op.to(), uuid);
        }
      }
    }
    return new Catalog(nextNames, nextRows);
  }
}
