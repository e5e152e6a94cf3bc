package dev.millrace.bench;

import com.mongodb.MongoClientSettings;
import com.mongodb.client.ClientSession;
import com.mongodb.client.MongoDatabase;
import dev.millrace.json.BsonBytes;
import java.nio.charset.StandardCharsets;
import org.bson.BsonBinaryReader;
import org.bson.BsonDocument;
import org.bson.BsonReader;
import org.bson.BsonWriter;
import org.bson.codecs.Codec;
import org.bson.codecs.DecoderContext;
import org.bson.codecs.EncoderContext;
import org.bson.codecs.configuration.CodecRegistries;
import org.bson.codecs.configuration.CodecRegistry;
import org.bson.io.BsonInput;

/**
 * A reply to {@code find} or {@code getMore} as cheap as it can be had: its bytes copied once, its
 * documents counted by their lengths. The driver's raw documents cost twice as much.
 */
final class RawBatch {
  private static final byte[] CURSOR = name("cursor");
  private static final byte[] ID = name("id");
  private static final byte[] FIRST = name("firstBatch");
  private static final byte[] NEXT = name("nextBatch");

  private static final CodecRegistry REGISTRY =
      CodecRegistries.fromRegistries(
          CodecRegistries.fromCodecs(new RawCodec()),
          MongoClientSettings.getDefaultCodecRegistry());

  private final byte[] bytes;
  private final int cursor;
  private final int count;
  private int last;

  private RawBatch(byte[] bytes) {
    this.bytes = bytes;
    this.cursor = value(0, CURSOR);
    int batch = BsonBytes.findField(bytes, cursor, FIRST);
    int documents = 0;
    for (int at = batch >= 0 ? batch + FIRST.length + 6 : value(cursor, NEXT) + 4;
        bytes[at] != 0;
        documents++) {
      last = BsonBytes.cstringEnd(bytes, at + 1, bytes.length) + 1;
      at = last + BsonBytes.readInt32(bytes, last);
    }
    this.count = documents;
  }

  private static byte[] name(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private int value(int document, byte[] field) {
    return BsonBytes.findField(bytes, document, field) + field.length + 2;
  }

  /** How many documents. */
  int count() {
    return count;
  }

  /** Zero at the end. */
  long cursorId() {
    return BsonBytes.readInt64(bytes, value(cursor, ID));
  }

  /** The last document; there must be one. */
  BsonDocument lastDocument() {
    return dev.millrace.model.RawValue.document(bytes, last, BsonBytes.readInt32(bytes, last))
        .toDocument();
  }

  static RawBatch run(MongoDatabase database, ClientSession session, BsonDocument command) {
    return database.withCodecRegistry(REGISTRY).runCommand(session, command, RawBatch.class);
  }

  private static final class RawCodec implements Codec<RawBatch> {
    @Override
    public RawBatch decode(BsonReader reader, DecoderContext context) {
      BsonInput input = ((BsonBinaryReader) reader).getBsonInput();
      int size = input.readInt32();
      byte[] bytes = new byte[size];
      for (int i = 0; i < 4; i++) {
        bytes[i] = (byte) (size >>> (8 * i));
      }
      input.readBytes(bytes, 4, size - 4);
      return new RawBatch(bytes);
    }

    @Override
    public void encode(BsonWriter writer, RawBatch value, EncoderContext context) {
      throw new IllegalStateException("replies are only read");
    }

    @Override
    public Class<RawBatch> getEncoderClass() {
      return RawBatch.class;
    }
  }
}
