package dev.millrace.sink.jetstream;

import io.nats.client.impl.Headers;

/**
 * Headers that are already bytes. The library's own are a map of lists per message, checked
 * character by character; of that it only asks here for what it writes.
 */
final class WireHeaders extends Headers {
  private final byte[] bytes;

  /**
   * @param bytes from {@code NATS/1.0} to the empty line
   */
  WireHeaders(byte[] bytes) {
    this.bytes = bytes;
  }

  @Override
  public boolean isEmpty() {
    return false;
  }

  @Override
  public boolean isReadOnly() {
    return true;
  }

  @Override
  public int serializedLength() {
    return bytes.length;
  }

  @Override
  public int serializeToArray(int position, byte[] target) {
    System.arraycopy(bytes, 0, target, position, bytes.length);
    return bytes.length;
  }

  @Override
  public byte[] getSerialized() {
    return bytes.clone();
  }
}
