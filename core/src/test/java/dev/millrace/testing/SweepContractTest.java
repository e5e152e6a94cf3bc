package dev.millrace.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.model.Change;
import dev.millrace.model.Generation;
import dev.millrace.model.Namespace;
import dev.millrace.sink.Sink;
import org.junit.jupiter.api.Test;

/** What every sink keeps to when a collection is copied anew: part of its contract. */
public abstract class SweepContractTest extends CopyContractTest {
  /** Begins a new copy of a collection, and delivers that. */
  private Generation resetOrders(Sink sink) {
    Generation next = source.generation();
    deliverCopy(sink, COPYING, new Change.Reset(ORDERS, next));
    return next;
  }

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
    Generation next = resetOrders(sink);
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

  @Test
  void keepsRowsFromAResetToItsSweepOrRemovesThemAtTheReset() {
    Sink sink = started();
    deliverCopy(
        sink,
        COPYING,
        source.read(ORDERS, doc(1, "a"), Generation.NONE),
        source.insert(ORDERS, doc(2, "a")),
        source.insert(ITEMS, doc(1, "a")));
    Generation next = resetOrders(sink);
    Change[] copied = {source.read(ORDERS, doc(2, "b"), next), source.insert(ORDERS, doc(3, "b"))};
    if (has(Trait.COPIES_BESIDE)) {
      assertHolds(ORDERS, doc(1, "a"), doc(2, "a"));
      deliverCopy(sink, COPYING, copied);
      assertHolds(ORDERS, doc(1, "a"), doc(2, "b"), doc(3, "b"));
    } else {
      assertHolds(ORDERS);
      deliverCopy(sink, COPYING, copied);
    }
    deliverCopy(sink, COPYING, new Change.Swept(ORDERS, next));
    assertHolds(ORDERS, doc(2, "b"), doc(3, "b"));
    assertHolds(ITEMS, doc(1, "a"));
  }

  @Test
  void sweepsWhatIsOfTheVeryTimeOfTheBeginningAndNothingLater() {
    Sink sink = started();
    source.begin();
    deliverCopy(
        sink,
        COPYING,
        source.insert(ORDERS, doc(1, "a")),
        source.insert(ORDERS, doc(2, "a")),
        source.insert(ORDERS, doc(3, "a")),
        source.insert(ORDERS, doc(4, "a")));
    source.commit();
    Generation next = resetOrders(sink);
    deliverCopy(
        sink,
        COPYING,
        source.read(ORDERS, doc(2, "b"), next),
        source.read(ORDERS, doc(3, "b"), next),
        source.insert(ORDERS, doc(5, "b")),
        source.delete(ORDERS, id(3)),
        source.read(ORDERS, doc(6, "b"), next));
    deliverCopy(sink, COPYING, new Change.Swept(ORDERS, next));
    assertHolds(ORDERS, doc(2, "b"), doc(5, "b"), doc(6, "b"));
    deliverCopy(sink, COPYING, source.insert(ORDERS, doc(7, "c")), new Change.Swept(ORDERS, next));
    assertHolds(ORDERS, doc(2, "b"), doc(5, "b"), doc(6, "b"), doc(7, "c"));
  }

  @Test
  void sweepsWhatACopyThatBeganOnceMoreDidNotReadAgain() {
    Sink sink = started();
    deliverCopy(sink, COPYING, source.insert(ORDERS, doc(1, "a")));
    Generation broken = resetOrders(sink);
    deliverCopy(
        sink,
        COPYING,
        source.read(ORDERS, doc(2, "b"), broken),
        source.read(ORDERS, doc(3, "b"), broken),
        source.insert(ORDERS, doc(4, "b")));
    Generation next = resetOrders(sink);
    deliverCopy(sink, COPYING, source.read(ORDERS, doc(3, "c"), next));
    deliverCopy(sink, COPYING, new Change.Swept(ORDERS, next));
    assertHolds(ORDERS, doc(3, "c"));
  }

  @Test
  void sweepsAlsoWhatWasThereWhenItWasOpenedAgain() {
    Sink sink = started();
    deliverCopy(
        sink,
        COPYING,
        source.insert(ORDERS, doc(1, "a")),
        source.insert(ORDERS, doc(2, "a")),
        source.insert(ITEMS, doc(1, "a")));
    Generation next = resetOrders(sink);
    deliverCopy(sink, COPYING, source.read(ORDERS, doc(2, "b"), next));
    sink.close();
    Sink again = started();
    deliverCopy(again, COPYING, source.insert(ORDERS, doc(3, "b")));
    deliverCopy(again, COPYING, new Change.Swept(ORDERS, next));
    assertHolds(ORDERS, doc(2, "b"), doc(3, "b"));
    assertHolds(ITEMS, doc(1, "a"));
  }

  @Test
  void copiesBesideItsEventsWhatItBeganItself() {
    Namespace begun = new Namespace("shop", "begun");
    Namespace unseen = new Namespace("shop", "unseen");
    Sink sink = started();
    assertThat(sink.copiesBeside(begun)).isTrue();
    deliver(sink, FIRST, source.insert(begun, doc(1, "a")), source.insert(ORDERS, doc(1, "a")));
    sink.close();
    Sink again = started();
    for (int time = 0; time < 2; time++) {
      assertThat(again.copiesBeside(begun)).isTrue();
      assertThat(again.copiesBeside(unseen)).isTrue();
      assertThat(again.copiesBeside(ORDERS)).isEqualTo(has(Trait.COPIES_BESIDE));
    }
    deliver(again, FIRST, source.drop(ORDERS), source.insert(ORDERS, doc(2, "b")));
    assertThat(again.copiesBeside(ORDERS)).isTrue();
  }
}
