package dev.millrace.table;

import org.jspecify.annotations.Nullable;

/** What one document of a parcel came to. */
public sealed interface Row {
  /** As {@link RowVersion} writes it. */
  String version();

  /** The document is to be as this JSON says, in UTF-8. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Put(String version, byte[] json) implements Row {}

  /** The document is to be gone. */
  record Gone(String version) implements Row {}

  /**
   * The document is to be as no row can be.
   *
   * @param code why, as failures have it
   * @param reason why, for people
   * @param json as far as there is any
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Misfit(String version, String code, String reason, byte @Nullable [] json)
      implements Row {}

  /** The document is gone, and its row is to stay, marked, with its last state. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Marked(String version, byte[] json) implements Row {}
}
