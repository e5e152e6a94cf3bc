package dev.millrace.verify;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.millrace.model.Namespace;
import dev.millrace.table.DocumentKey;
import dev.millrace.table.TableView;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bson.BsonValue;

/**
 * From rows back to the {@code _id}s of their documents: by the key; where that does not say all,
 * as when it is a hash, by the {@code _id} that the row's document has.
 */
final class RowIds {
  private final TableView tables;

  RowIds(TableView tables) {
    this.tables = tables;
  }

  /** Whether the key may not say all of the {@code _id}; of hardly any it does not. */
  static boolean mayBeUnreadable(String key) {
    return key.startsWith("{") && (key.startsWith("{\"$sha256\"") || key.contains("$utf8"));
  }

  /** The {@code _id}s of these keys; without those that nobody can tell. */
  Map<String, BsonValue> of(Namespace namespace, List<String> keys) {
    Map<String, BsonValue> ids = new LinkedHashMap<>();
    List<String> unread = new ArrayList<>();
    for (String key : keys) {
      DocumentKey.of(key, null).ifPresentOrElse(id -> ids.put(key, id), () -> unread.add(key));
    }
    if (!unread.isEmpty()) {
      tables.rows(
          namespace,
          unread,
          (key, document) ->
              DocumentKey.of(key, document == null ? null : new String(document, UTF_8))
                  .ifPresent(id -> ids.put(key, id)));
    }
    return ids;
  }
}
