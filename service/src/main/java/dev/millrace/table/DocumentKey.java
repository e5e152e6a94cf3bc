package dev.millrace.table;

import dev.millrace.json.CanonicalKey;
import dev.millrace.json.KeyReader;
import java.util.Optional;
import org.bson.BsonDocument;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;

/** The {@code _id} of what a row, or a letter, is known by: {@link RowKey}, read back. */
public final class DocumentKey {
  private DocumentKey() {}

  /**
   * By the id, else by the document.
   *
   * @param document as Extended JSON; null where it is not known
   * @return empty where neither can tell
   */
  public static Optional<BsonValue> of(String id, @Nullable String document) {
    return ofId(id).or(() -> ofDocument(document)).filter(key -> RowKey.isOf(key, id));
  }

  private static Optional<BsonValue> ofId(String id) {
    try {
      return Optional.of(KeyReader.read(id)).filter(key -> CanonicalKey.of(key).equals(id));
    } catch (RuntimeException e) {
      // A hash, or a value that the driver has no object for.
      return Optional.empty();
    }
  }

  private static Optional<BsonValue> ofDocument(@Nullable String document) {
    if (document == null) {
      return Optional.empty();
    }
    try {
      return Optional.ofNullable(BsonDocument.parse(document).get("_id"));
    } catch (RuntimeException e) {
      // No Extended JSON, as when a field is named like a type and is none.
      return Optional.empty();
    }
  }
}
