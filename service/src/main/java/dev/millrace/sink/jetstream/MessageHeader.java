package dev.millrace.sink.jetstream;

/** The names of the headers that are written and read here. */
final class MessageHeader {
  static final String ID = "Nats-Msg-Id";
  static final String EXPECTED_SEQUENCE = "Nats-Expected-Last-Sequence";
  static final String EXPECTED_ID = "Nats-Expected-Last-Msg-Id";
  static final String BATCH_ID = "Nats-Batch-Id";
  static final String BATCH_SEQUENCE = "Nats-Batch-Sequence";
  static final String BATCH_COMMIT = "Nats-Batch-Commit";

  /** The checkpoint's JSON, on the last message of a parcel. */
  static final String STATE = "Millrace-State";

  /** Says that the checkpoint's JSON is the message's body. */
  static final String STATE_IN_BODY = "Millrace-State-In-Body";

  /**
   * The sequence of the message whose state has the copy state that this one leaves out, because
   * nothing of it has changed.
   */
  static final String COPY_AT = "Millrace-Copy-At";

  /** The number of the writer's term, on messages that may come to be last without a state. */
  static final String TERM = "Millrace-Term";

  private MessageHeader() {}
}
