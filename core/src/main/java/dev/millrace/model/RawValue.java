package dev.millrace.model;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Objects;
import org.bson.BsonBinaryReader;
import org.bson.BsonDocument;
import org.bson.BsonType;
import org.bson.BsonValue;
import org.bson.RawBsonDocument;
import org.bson.codecs.BsonDocumentCodec;
import org.bson.codecs.DecoderContext;

/**
 * One BSON value where it lies: a window on the bytes of a server's reply, with no object behind
 * it. Nothing is copied; whoever keeps a value longer than its batch copies it.
 *
 * @param type the BSON type byte
 * @param bytes the bytes that hold it, shared with its neighbours: never written to
 * @param offset where the value begins
 * @param length how many bytes it takes
 */
@SuppressWarnings("ArrayRecordComponent") // a window: identity of the array is what is meant
public record RawValue(byte type, byte[] bytes, int offset, int length) {
  /** In a document of one field without a name: behind its length, the type and the name's end. */
  private static final int VALUE_ALONE = 4 + 1 + 1;

  public static RawValue document(byte[] bytes, int offset, int length) {
    return new RawValue((byte) BsonType.DOCUMENT.getValue(), bytes, offset, length);
  }

  /** A value on bytes of its own, as a server would send it; {@link #toValue} gives it back. */
  public static RawValue of(BsonValue value) {
    byte[] alone = of(new BsonDocument("", value)).bytes;
    return new RawValue(alone[4], alone, VALUE_ALONE, alone.length - VALUE_ALONE - 1);
  }

  public static RawValue of(BsonDocument document) {
    RawBsonDocument raw =
        document instanceof RawBsonDocument already
            ? already
            : new RawBsonDocument(document, new BsonDocumentCodec());
    ByteBuffer buffer = raw.getByteBuffer().asNIO();
    byte[] copy = new byte[buffer.remaining()];
    buffer.get(copy);
    return document(copy, 0, copy.length);
  }

  public boolean isNull() {
    return type == BsonType.NULL.getValue();
  }

  /** A copy of the bytes. */
  public byte[] copy() {
    return Arrays.copyOfRange(bytes, offset, offset + length);
  }

  /** The value as an object of its own, from which nothing leads back to the bytes. */
  public BsonValue toValue() {
    byte[] alone = new byte[VALUE_ALONE + length + 1];
    ByteBuffer.wrap(alone).order(ByteOrder.LITTLE_ENDIAN).putInt(alone.length).put(type);
    System.arraycopy(bytes, offset, alone, VALUE_ALONE, length);
    return Objects.requireNonNull(document(alone, 0, alone.length).toDocument().get(""));
  }

  /** The document as a tree of its own; for the rare paths, never per event. */
  public BsonDocument toDocument() {
    try (BsonBinaryReader reader =
        new BsonBinaryReader(ByteBuffer.wrap(bytes, offset, length).slice())) {
      return new BsonDocumentCodec().decode(reader, DecoderContext.builder().build());
    }
  }

  @Override
  public String toString() {
    return "RawValue[type=" + type + ", length=" + length + "]";
  }
}
