package dev.millrace.letters;

import dev.millrace.model.ClusterTime;
import dev.millrace.model.Namespace;
import java.util.HexFormat;
import java.util.Optional;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;

/**
 * The newest state of a document that a sink did not take, and why.
 *
 * @param id what the sink knows the {@code _id} by: its canonical key, or where that is too long a
 *     hash of it
 * @param key the {@code _id} itself; empty where neither the id nor the document can tell
 * @param time the cluster time of that state, as the server's 64 bits
 * @param version which state of the document it is; of two the later one sorts behind the other
 * @param change what had happened, as {@code insert}; empty where the sink does not keep that
 * @param code as failures have it
 * @param reason for people
 * @param document as JSON; null where it was not asked for, is not kept, or the document was gone
 */
public record DeadLetter(
    Namespace namespace,
    String id,
    Optional<BsonValue> key,
    long time,
    String version,
    String change,
    String code,
    String reason,
    @Nullable String document) {
  private static final int TIME_DIGITS = 16;

  /** One of a table, whose versions begin with the cluster time in sixteen hex digits. */
  public static DeadLetter ofRow(
      Address address,
      Optional<BsonValue> key,
      String version,
      String code,
      String reason,
      @Nullable String document) {
    return new DeadLetter(
        address.namespace(),
        address.id(),
        key,
        HexFormat.fromHexDigitsToLong(version, 0, TIME_DIGITS),
        version,
        "",
        code,
        reason,
        document);
  }

  /** The document may be large. */
  public DeadLetter withoutDocument() {
    return new DeadLetter(namespace, id, key, time, version, change, code, reason, null);
  }

  public Address address() {
    return new Address(namespace, id);
  }

  /** The state's time for people, as {@code 2026-11-21T12:00:00Z}. */
  public String at() {
    return ClusterTime.iso(time);
  }
}
