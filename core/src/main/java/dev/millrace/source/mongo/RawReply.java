package dev.millrace.source.mongo;

import com.mongodb.ReadPreference;
import com.mongodb.client.ClientSession;
import com.mongodb.client.MongoDatabase;
import dev.millrace.json.BsonBytes;
import org.bson.BsonBinaryReader;
import org.bson.BsonDocument;
import org.bson.BsonReader;
import org.bson.BsonTimestamp;
import org.bson.BsonType;
import org.bson.BsonWriter;
import org.bson.codecs.Codec;
import org.bson.codecs.DecoderContext;
import org.bson.codecs.EncoderContext;
import org.bson.codecs.configuration.CodecRegistries;
import org.bson.codecs.configuration.CodecRegistry;
import org.bson.io.BsonInput;
import org.jspecify.annotations.Nullable;

/**
 * A server's answer to {@code aggregate}, {@code find} or {@code getMore} as the bytes that came,
 * with the few places of it that matter found in one pass over its top level. The events or
 * documents in it are not looked at.
 */
final class RawReply {
  private static final CodecRegistry REGISTRY =
      CodecRegistries.fromProviders(
          CodecRegistries.fromCodecs(new RawReplyCodec()),
          com.mongodb.MongoClientSettings.getDefaultCodecRegistry());

  final byte[] bytes;

  /** Zero when the server closed the cursor. */
  long cursorId;

  /** Where the array of events or documents begins and ends; both 0 where there is none. */
  int batchStart;

  int batchEnd;

  /** The time that the cursor reads at, as the server's 64 bits; 0 where it says none. */
  long atClusterTime;

  private int tokenAt;
  private long operationTime;

  RawReply(byte[] bytes) {
    this.bytes = bytes;
    for (int at = 4; bytes[at] != 0; ) {
      byte type = bytes[at];
      int name = at + 1;
      int value = BsonBytes.cstringEnd(bytes, name, bytes.length) + 1;
      if (named(name, value, "cursor")) {
        readCursor(value);
      } else if (named(name, value, "operationTime")) {
        operationTime = BsonBytes.readInt64(bytes, value);
      }
      at = BsonBytes.skipValue(type, bytes, value);
    }
  }

  private void readCursor(int document) {
    for (int at = document + 4; bytes[at] != 0; ) {
      byte type = bytes[at];
      int name = at + 1;
      int value = BsonBytes.cstringEnd(bytes, name, bytes.length) + 1;
      int end = BsonBytes.skipValue(type, bytes, value);
      if (named(name, value, "id")) {
        cursorId = BsonBytes.readInt64(bytes, value);
      } else if (named(name, value, "nextBatch") || named(name, value, "firstBatch")) {
        batchStart = value;
        batchEnd = end;
      } else if (named(name, value, "postBatchResumeToken")) {
        tokenAt = value;
      } else if (named(name, value, "atClusterTime")) {
        atClusterTime = BsonBytes.readInt64(bytes, value);
      }
      at = end;
    }
  }

  private boolean named(int from, int afterZero, String name) {
    if (afterZero - 1 - from != name.length()) {
      return false;
    }
    for (int i = 0; i < name.length(); i++) {
      if (bytes[from + i] != name.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  boolean hasDocuments() {
    return batchEnd - batchStart > 5;
  }

  /** The post-batch resume token, a document; null from a server that sends none. */
  @Nullable BsonDocument postBatchToken() {
    return tokenAt == 0
        ? null
        : dev.millrace.model.RawValue.document(bytes, tokenAt, BsonBytes.readInt32(bytes, tokenAt))
            .toDocument();
  }

  /** The newest cluster time the server knew; time 0 from a server without one. */
  BsonTimestamp operationTime() {
    return new BsonTimestamp(operationTime);
  }

  /** Runs a cursor command on the primary. */
  static RawReply run(MongoDatabase database, ClientSession session, BsonDocument command) {
    return database
        .withCodecRegistry(REGISTRY)
        .runCommand(session, command, ReadPreference.primary(), RawReply.class);
  }

  /**
   * Copies the reply out of the driver's buffers, once and into an array of just its size; the
   * driver's own raw codec copies through a buffer that doubles as it grows.
   */
  private static final class RawReplyCodec implements Codec<RawReply> {
    @Override
    public RawReply decode(BsonReader reader, DecoderContext context) {
      if (reader.getCurrentBsonType() == BsonType.NULL) {
        throw new IllegalStateException("a reply without a body");
      }
      BsonInput input = ((BsonBinaryReader) reader).getBsonInput();
      int size = input.readInt32();
      byte[] bytes = new byte[size];
      bytes[0] = (byte) size;
      bytes[1] = (byte) (size >>> 8);
      bytes[2] = (byte) (size >>> 16);
      bytes[3] = (byte) (size >>> 24);
      input.readBytes(bytes, 4, size - 4);
      return new RawReply(bytes);
    }

    @Override
    public void encode(BsonWriter writer, RawReply value, EncoderContext context) {
      throw new IllegalStateException("replies are only read");
    }

    @Override
    public Class<RawReply> getEncoderClass() {
      return RawReply.class;
    }
  }
}
