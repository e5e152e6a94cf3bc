package dev.millrace.sink.jetstream;

import dev.millrace.model.Checkpoint;
import dev.millrace.sink.Delivery;
import java.util.List;

/** A way of getting a parcel's messages into the stream, in order and expecting its end. */
interface Publisher {
  /**
   * @param messages not empty
   */
  Delivery send(List<Outgoing> messages, Checkpoint through);
}
