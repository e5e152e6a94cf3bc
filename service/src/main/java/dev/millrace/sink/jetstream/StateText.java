package dev.millrace.sink.jetstream;

import dev.millrace.model.Checkpoint;
import dev.millrace.model.CopyState;
import java.nio.charset.StandardCharsets;

/**
 * A checkpoint as a message carries it.
 *
 * @param json the checkpoint; without its copy state where another message has that
 * @param copyAt the sequence of that other message; 0 where this one is whole
 */
@SuppressWarnings("ArrayRecordComponent") // carried, never compared
record StateText(Checkpoint checkpoint, byte[] json, long copyAt) {
  static StateText whole(Checkpoint checkpoint) {
    return new StateText(checkpoint, utf8(checkpoint), 0);
  }

  static StateText withCopyAt(long sequence, Checkpoint checkpoint) {
    return new StateText(checkpoint, utf8(checkpoint.with(CopyState.NONE)), sequence);
  }

  private static byte[] utf8(Checkpoint checkpoint) {
    return checkpoint.toJson().getBytes(StandardCharsets.UTF_8);
  }

  boolean isWhole() {
    return copyAt == 0;
  }
}
