package dev.millrace.sink.jetstream;

import dev.millrace.json.BsonBytes;
import dev.millrace.model.Generation;
import dev.millrace.model.Namespace;
import dev.millrace.model.RawValue;
import io.nats.client.NUID;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/** The message ids, all of them ASCII. For one thread. */
final class MessageIds {
  /** A longer key is hashed, so that ids stay short headers. */
  private static final int LONGEST_KEY = 64;

  private static final int HASH_BYTES = 16;
  private static final byte[] DATA = "_data".getBytes(StandardCharsets.US_ASCII);

  private final String ours = NUID.nextGlobal();
  private final MessageDigest sha256;
  private long emitted;

  private Namespace lastNamespace = Namespace.NONE;
  private Generation lastGeneration = Generation.NONE;
  private String lastPrefix = "";

  MessageIds() {
    try {
      sha256 = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /**
   * An event's: the text of its token's {@code _data}.
   *
   * @throws IllegalArgumentException where it has none
   */
  static byte[] event(RawValue token) {
    byte[] bson = token.bytes();
    int field = BsonBytes.findField(bson, token.offset(), DATA);
    if (field < 0 || bson[field] != BsonBytes.STRING) {
      throw new IllegalArgumentException("its resume token has no _data");
    }
    int text = field + DATA.length + 2 + 4;
    int length = BsonBytes.readInt32(bson, text - 4) - 1;
    return Arrays.copyOfRange(bson, text, text + length);
  }

  /**
   * A copied row's: the same whenever the row is read again in this generation.
   *
   * @param key the {@code _id} as the subject spells it
   */
  byte[] row(Namespace namespace, Generation generation, String key) {
    if (!generation.equals(lastGeneration) || !namespace.equals(lastNamespace)) {
      lastPrefix = "read." + hash(namespace + "\n" + generation.id()) + '.';
      lastNamespace = namespace;
      lastGeneration = generation;
    }
    return ascii(lastPrefix + (key.length() <= LONGEST_KEY ? key : hash(key)));
  }

  /**
   * An announcement's, or a state's: another one each time. It may be the same in every word as one
   * before and still have to be in the stream again, for what was between them.
   */
  byte[] unique(String kind) {
    return ascii(kind + '.' + ours + '.' + ++emitted);
  }

  private String hash(String text) {
    byte[] hash = sha256.digest(text.getBytes(StandardCharsets.UTF_8));
    return HexFormat.of().formatHex(hash, 0, HASH_BYTES);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
