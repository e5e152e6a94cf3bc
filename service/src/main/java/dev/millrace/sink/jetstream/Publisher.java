package dev.millrace.sink.jetstream;

import dev.millrace.sink.Delivery;

/** A way of getting a parcel's messages into the stream, in order and expecting its end. */
interface Publisher {
  Delivery send(Load load);

  /** Whether copied rows need message ids. */
  boolean identifiesRows();
}
