package dev.millrace.table;

import dev.millrace.json.CanonicalKey;
import dev.millrace.model.RawValue;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.function.Function;
import org.bson.BsonValue;

/**
 * What the row of an {@code _id} is known by: its {@link CanonicalKey}, or where that is too long
 * for the database's index, <code>{"$sha256":"…"}</code> with the hash of it, which no canonical
 * key is.
 */
public final class RowKey {
  private RowKey() {}

  /**
   * @param mostBytes the longest key that is written out, in UTF-8
   */
  public static Function<RawValue, String> within(int mostBytes) {
    return id -> {
      String key = CanonicalKey.of(id);
      // A character is one byte at least, and three at most.
      return key.length() <= mostBytes / 3 || utf8(key).length <= mostBytes ? key : hashed(key);
    };
  }

  /** Whether rows of this {@code _id} may be known by this id, in some database. */
  public static boolean isOf(BsonValue key, String id) {
    String canonical = CanonicalKey.of(key);
    return canonical.equals(id) || hashed(canonical).equals(id);
  }

  private static String hashed(String key) {
    return "{\"$sha256\":\"%s\"}".formatted(sha256(key));
  }

  /** Lower-case hex of the text's UTF-8. */
  public static String sha256(String text) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(utf8(text)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
