package dev.millrace.source;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.bson.BsonBoolean;
import org.bson.BsonDocument;
import org.bson.BsonValue;

/**
 * Which documents of the collections are followed, and what of them; by the server, and alike in
 * copy and stream.
 *
 * @param filter empty follows all; else {@code {$expr: …}}, since a change stream can compute an
 *     expression of a document, and cannot tell whether a query finds it
 * @param projection empty takes the documents whole; else paths with 1 for what is taken beside the
 *     {@code _id}, or with 0 for what is left out
 */
public record Subset(BsonDocument filter, BsonDocument projection) {
  public static final Subset ALL = new Subset(new BsonDocument(), new BsonDocument());

  private static final String EXPRESSION = "$expr";
  private static final int HASH_BYTES = 8;

  public boolean isAll() {
    return equals(ALL);
  }

  public boolean isFiltering() {
    return !filter.isEmpty();
  }

  /** True of the documents that are followed; its paths begin at a document. */
  public BsonValue expression() {
    return filter.getOrDefault(EXPRESSION, BsonBoolean.TRUE);
  }

  public boolean isProjecting() {
    return !projection.isEmpty();
  }

  /** Whether the projection says what is left out, and not what is taken. */
  public boolean isExcluding() {
    return projection.values().stream().noneMatch(Subset::isTrue);
  }

  /** Whether a value of a projection takes its path. */
  public static boolean isTrue(BsonValue value) {
    return value.isBoolean()
        ? value.asBoolean().getValue()
        : value.isNumber() && value.asNumber().doubleValue() != 0;
  }

  /** Equal where the same comes of the same documents; empty where that is all of them. */
  public String fingerprint() {
    if (isAll()) {
      return "";
    }
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256")
              .digest((filter.toJson() + projection.toJson()).getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(hash, 0, HASH_BYTES);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
