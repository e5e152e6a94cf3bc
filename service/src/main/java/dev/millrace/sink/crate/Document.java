package dev.millrace.sink.crate;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A document on its way into its row.
 *
 * @param json all of it, in UTF-8
 * @param data what goes into the column of documents; null for nothing of it
 * @param isMisfit whether that is not all of it
 * @param deletedAt null while it lives
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Document(
    String oid,
    String version,
    byte[] json,
    byte @Nullable [] data,
    boolean isMisfit,
    @Nullable String deletedAt) {
  Document(String oid, String version, byte[] json, @Nullable String deletedAt) {
    this(oid, version, json, json, false, deletedAt);
  }

  /** As it is known now to fit. */
  Document with(byte @Nullable [] fitting) {
    return new Document(oid, version, json, fitting, true, deletedAt);
  }

  /** What goes into the column of documents, which is something. */
  byte[] fitting() {
    if (data == null) {
      throw new IllegalStateException("nothing of document " + oid + " is left to fit");
    }
    return data;
  }

  /** Parameters of a statement of its table. */
  @Nullable Object[] row(CrateTable table) {
    return table.row(
        oid, data == null ? null : new Request.Json(data), version, misfit(), deletedAt);
  }

  private @Nullable String misfit() {
    return isMisfit ? text() : null;
  }

  /** All of it, as text. */
  String text() {
    return new String(json, StandardCharsets.UTF_8);
  }

  /** Some hundred bytes more than this in a request. */
  int bytes() {
    return (data == null ? 0 : data.length) + (isMisfit ? json.length : 0);
  }
}
