package dev.millrace.testing;

import dev.millrace.model.Change;
import dev.millrace.model.Generation;
import dev.millrace.sink.Sink;
import org.junit.jupiter.api.Test;

/** What every sink keeps to when a collection is copied anew: part of its contract. */
public abstract class SweepContractTest extends CopyContractTest {
  @Test
  void removesWhatNeitherANewCopyNorTheStreamTouched() {
    Sink sink = started();
    deliverCopy(
        sink,
        COPYING,
        source.read(ORDERS, doc(1, "a"), Generation.NONE),
        source.read(ORDERS, doc(2, "a"), Generation.NONE),
        source.read(ORDERS, doc(3, "a"), Generation.NONE),
        source.insert(ORDERS, doc(4, "a")),
        source.insert(ORDERS, doc(5, "a")),
        source.insert(ITEMS, doc(3, "a")));
    Generation next = source.generation();
    deliverCopy(sink, COPYING, new Change.Reset(ORDERS, next));
    deliverCopy(
        sink,
        COPYING,
        source.read(ORDERS, doc(1, "b"), next),
        source.update(ORDERS, doc(2, "b")),
        source.insert(ORDERS, doc(6, "b")));
    deliverCopy(sink, COPYING, source.read(ORDERS, doc(4, "b"), next));
    deliverCopy(sink, COPYING, new Change.Swept(ORDERS, next));
    assertHolds(ORDERS, doc(1, "b"), doc(2, "b"), doc(4, "b"), doc(6, "b"));
    assertHolds(ITEMS, doc(3, "a"));
  }

  @Test
  void sweepsWithinOneParcelToo() {
    Sink sink = started();
    deliverCopy(
        sink,
        COPYING,
        source.insert(ORDERS, doc(1, "a")),
        source.insert(ORDERS, doc(2, "a")),
        source.insert(ITEMS, doc(1, "a")));
    Change late = source.insert(ORDERS, doc(3, "a"));
    Generation next = source.generation();
    deliverCopy(
        sink,
        COPYING,
        late,
        new Change.Reset(ORDERS, next),
        source.read(ORDERS, doc(1, "b"), next),
        source.insert(ORDERS, doc(4, "b")),
        new Change.Swept(ORDERS, next),
        source.insert(ORDERS, doc(5, "b")));
    assertHolds(ORDERS, doc(1, "b"), doc(4, "b"), doc(5, "b"));
    assertHolds(ITEMS, doc(1, "a"));
  }

  @Test
  void copiesAnewWhatItNeverSaw() {
    Sink sink = started();
    Generation next = source.generation();
    deliverCopy(sink, COPYING, new Change.Reset(ORDERS, next), new Change.Swept(ORDERS, next));
    assertHolds(ORDERS);
    deliverCopy(sink, COPYING, source.read(ORDERS, doc(1, "a"), next));
    assertHolds(ORDERS, doc(1, "a"));
  }
}
