package dev.millrace.tap;

import dev.millrace.source.SourceOpener;
import dev.millrace.source.Tables;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/**
 * What the parts of one run share.
 *
 * @param readers what collections and changes are read with
 */
record Job(
    TapState state,
    Messages messages,
    Tables tables,
    Readers readers,
    Tap.Lives lives,
    InstantSource clock,
    CountDownLatch stop) {
  /** How many records at most stand between two states. */
  static final int RECORDS_PER_STATE = 1_000;

  Patience patience() {
    return new Patience(lives == Tap.Lives.LOST, stop);
  }

  /** One that is newer than all that the target has. */
  long newVersion(TapStream stream) {
    return Math.max(clock.millis(), state.version(stream).orElse(0L) + 1);
  }

  /** For collections of their own, one alone. */
  SourceOpener opener(TapStream stream) {
    return readers.of(
        stream.namespace().database(), List.of(stream.namespace().collection()), stream.subset());
  }

  Runnable keepingAlive(Runnable keepAlive) {
    return lives == Tap.Lives.KEPT ? keepAlive : () -> {};
  }
}
