package dev.millrace.verify;

import dev.millrace.json.BsonJson;
import dev.millrace.json.JsonBuffer;
import dev.millrace.json.JsonMode;
import dev.millrace.json.MalformedBsonException;
import dev.millrace.model.RawValue;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Documents of the source as the sink spells them. For one thread. */
final class Documents {
  private final JsonMode mode;
  private final JsonBuffer buffer = new JsonBuffer();

  Documents(JsonMode mode) {
    this.mode = mode;
  }

  /** Whether a row has this document; one that is no BSON is in no row. */
  boolean isSame(RawValue document, byte @Nullable [] row) {
    if (row == null || !spell(document)) {
      return false;
    }
    // As it was written, where the sink keeps texts as they are; that is most often enough.
    if (Arrays.equals(buffer.array(), 0, buffer.size(), row, 0, row.length)) {
      return true;
    }
    return JsonValue.text(buffer.toByteArray()).equals(JsonValue.text(row));
  }

  /** As {@link JsonValue#hash} of a row that has it; of one that is no BSON, that of no row. */
  String hash(RawValue document) {
    return spell(document) ? JsonValue.hash(buffer.toByteArray()) : "no BSON";
  }

  private boolean spell(RawValue document) {
    buffer.clear();
    try {
      BsonJson.document(document.bytes(), document.offset(), mode, buffer);
      return true;
    } catch (MalformedBsonException e) {
      return false;
    }
  }
}
