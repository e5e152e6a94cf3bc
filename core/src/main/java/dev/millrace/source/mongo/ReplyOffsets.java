package dev.millrace.source.mongo;

import dev.millrace.json.BsonBytes;
import java.util.NoSuchElementException;

/** Where each document of a reply's batch begins, in order. */
final class ReplyOffsets {
  private final byte[] bytes;
  private int at;

  ReplyOffsets(RawReply reply) {
    bytes = reply.bytes;
    at = reply.batchStart + 4;
  }

  boolean hasNext() {
    return at > 4 && bytes[at] != 0;
  }

  int next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    int document = BsonBytes.cstringEnd(bytes, at + 1, bytes.length) + 1;
    at = document + BsonBytes.readInt32(bytes, document);
    return document;
  }
}
