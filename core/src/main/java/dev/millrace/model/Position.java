package dev.millrace.model;

import java.util.HexFormat;
import java.util.Locale;
import org.bson.BsonBinary;
import org.bson.BsonDocument;
import org.bson.BsonString;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;

/**
 * A place in the change stream: a resume token, which carries its cluster time.
 *
 * <p>The token's hex text is a server key string: {@code 82}, eight bytes of cluster time, the
 * token's version, its kind, and for events the index in the transaction, the collection's UUID and
 * the document key. The order of the text is the order of the stream, so positions compare by it.
 * Cluster time alone is not unique: every event of a transaction shares it.
 *
 * <p>Two kinds: an <em>event</em> token names one event that was delivered; a <em>high-water</em>
 * token says that everything of an earlier cluster time was, and nothing about its own.
 *
 * @param data the token's {@code _data}, upper-case hex
 * @param typeBits the token's {@code _typeBits}, which the server adds for some document keys and
 *     wants back; null when there are none
 */
public record Position(String data, @Nullable BsonBinary typeBits) implements Comparable<Position> {
  private static final int TIME_AT = 2;
  private static final int KIND_AT = 22;
  private static final String HIGH_WATER = "29";

  public Position {
    if (!looksLikeToken(data)) {
      throw new IllegalArgumentException("not a resume token: " + abbreviate(data));
    }
  }

  /** From the text of {@code _data} alone, as messages and people write it. */
  public static Position of(String data) {
    return new Position(data.toUpperCase(Locale.ROOT), null);
  }

  /**
   * From the token document of a server's reply.
   *
   * @throws IllegalArgumentException where it is none
   */
  public static Position of(BsonDocument token) {
    BsonValue data = token.get("_data");
    if (data == null || !data.isString()) {
      throw new IllegalArgumentException("not a resume token: no _data text in it");
    }
    BsonValue bits = token.get("_typeBits");
    return new Position(
        data.asString().getValue(), bits != null && bits.isBinary() ? bits.asBinary() : null);
  }

  /** Whether the text could be a token's {@code _data}: the cheap check, without the server. */
  public static boolean looksLikeToken(String data) {
    if (data.length() < KIND_AT + 2 || (data.length() & 1) != 0 || !data.startsWith("82")) {
      return false;
    }
    for (int i = 0; i < data.length(); i++) {
      if (!HexFormat.isHexDigit(data.charAt(i))) {
        return false;
      }
    }
    return true;
  }

  /** The token as the server takes it. */
  public BsonDocument token() {
    BsonDocument token = new BsonDocument("_data", new BsonString(data));
    if (typeBits != null) {
      token.append("_typeBits", typeBits);
    }
    return token;
  }

  /** As the server's 64 bits. */
  public long clusterTime() {
    return Long.parseUnsignedLong(data, TIME_AT, TIME_AT + 16, 16);
  }

  /** Whether this is a high-water token rather than an event's. */
  public boolean isHighWater() {
    return data.startsWith(HIGH_WATER, KIND_AT);
  }

  /** By place in the stream. */
  @Override
  public int compareTo(Position other) {
    return data.compareTo(other.data);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Position that && data.equals(that.data);
  }

  @Override
  public int hashCode() {
    return data.hashCode();
  }

  @Override
  public String toString() {
    return data;
  }

  private static String abbreviate(String text) {
    return text.length() <= 40 ? '"' + text + '"' : '"' + text.substring(0, 40) + "…\"";
  }
}
