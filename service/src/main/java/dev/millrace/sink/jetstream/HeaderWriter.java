package dev.millrace.sink.jetstream;

import dev.millrace.json.JsonBuffer;
import java.nio.charset.StandardCharsets;

/** Spells headers, one message after another, in one buffer. */
final class HeaderWriter {
  /** The largest headers that JetStream takes. */
  static final int MAX_BYTES = 65_535;

  private static final byte[] BEGIN = "NATS/1.0\r\n".getBytes(StandardCharsets.US_ASCII);

  private final JsonBuffer out = new JsonBuffer(512);

  HeaderWriter begin() {
    out.clear();
    out.raw(BEGIN);
    return this;
  }

  HeaderWriter put(String name, String asciiValue) {
    out.ascii(name).ascii(": ").ascii(asciiValue).ascii("\r\n");
    return this;
  }

  HeaderWriter put(String name, long value) {
    out.ascii(name).ascii(": ").number(value).ascii("\r\n");
    return this;
  }

  HeaderWriter put(String name, byte[] value) {
    out.ascii(name).ascii(": ").raw(value).ascii("\r\n");
    return this;
  }

  HeaderWriter putId(Outgoing message) {
    return message.id().length == 0 ? this : put(MessageHeader.ID, message.id());
  }

  WireHeaders end() {
    out.ascii("\r\n");
    return new WireHeaders(out.toByteArray());
  }
}
