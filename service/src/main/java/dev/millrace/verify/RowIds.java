package dev.millrace.verify;

import dev.millrace.json.KeyReader;
import dev.millrace.model.Namespace;
import dev.millrace.model.RawValue;
import dev.millrace.table.TableView;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bson.BsonDocument;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;

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
      BsonValue id = read(key);
      if (id != null) {
        ids.put(key, id);
      } else {
        unread.add(key);
      }
    }
    if (!unread.isEmpty()) {
      tables.rows(
          namespace,
          unread,
          (key, document) -> {
            BsonValue id = document == null ? null : inside(key, document);
            if (id != null) {
              ids.put(key, id);
            }
          });
    }
    return ids;
  }

  private @Nullable BsonValue read(String key) {
    try {
      return ifOf(key, KeyReader.read(key));
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  private @Nullable BsonValue inside(String key, byte[] document) {
    try {
      String json = new String(document, StandardCharsets.UTF_8);
      return ifOf(key, BsonDocument.parse(json).get("_id"));
    } catch (RuntimeException e) {
      // No Extended JSON, as when a field is named like a type and is none.
      return null;
    }
  }

  /** The value where its row has this key, and not only looks so. */
  private @Nullable BsonValue ifOf(String key, @Nullable BsonValue id) {
    return id != null && tables.key(RawValue.of(id)).equals(key) ? id : null;
  }
}
