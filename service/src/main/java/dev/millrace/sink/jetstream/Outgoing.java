package dev.millrace.sink.jetstream;

/**
 * One message, but for the headers that depend on its place.
 *
 * @param id ASCII; empty for one without
 */
@SuppressWarnings("ArrayRecordComponent") // carried, never compared
record Outgoing(String subject, byte[] id, byte[] body) {
  int bytes() {
    return subject.length() + id.length + body.length;
  }
}
