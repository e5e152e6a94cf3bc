package dev.millrace.json;

import dev.millrace.model.Event;
import dev.millrace.model.RawValue;
import java.nio.charset.StandardCharsets;

/**
 * A change event as consumers know it, as Extended JSON: without the fields that only {@code
 * showExpandedEvents} adds, which Millrace asks for on its own account.
 */
public final class EventJson {
  private static final byte[][] LEFT_OUT = {
    "collectionUUID".getBytes(StandardCharsets.US_ASCII),
    "operationDescription".getBytes(StandardCharsets.US_ASCII),
    "stateBeforeChange".getBytes(StandardCharsets.US_ASCII),
    "nsType".getBytes(StandardCharsets.US_ASCII)
  };

  private EventJson() {}

  /**
   * Appends the event.
   *
   * @throws MalformedBsonException where its bytes are no BSON; part of it may be written then
   */
  public static void write(Event event, JsonMode mode, JsonBuffer out) {
    RawValue raw = event.raw();
    BsonJson.documentWithout(LEFT_OUT, raw.bytes(), raw.offset(), mode, out);
  }
}
