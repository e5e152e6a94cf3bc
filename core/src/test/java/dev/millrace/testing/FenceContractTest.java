package dev.millrace.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.model.Change;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;
import dev.millrace.model.Term;
import dev.millrace.sink.Parcel;
import dev.millrace.sink.Sink;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/**
 * What every sink keeps to of terms and positions, who may write and from where to go on: part of
 * its contract.
 */
public abstract class FenceContractTest extends SweepContractTest {
  @Test
  void beginsWithNothing() {
    assertThat(open().fence(FIRST, Optional.empty())).isEmpty();
    assertHolds(ORDERS);
  }

  @Test
  void goesOnFromTheStoredCheckpointWhereItHasNone() {
    Checkpoint stored = Changes.checkpoint(source.insert(ORDERS, doc(1, "a")), FIRST);
    assertThat(open().fence(SECOND, Optional.of(stored)).map(c -> c.marked(""))).contains(stored);
  }

  @Test
  void goesOnFromTheLastAwaitedParcel() {
    Sink sink = started();
    Change.Streamed first = source.insert(ORDERS, doc(1, "a"));
    Change.Streamed second = source.insert(ORDERS, doc(2, "b"));
    Checkpoint stored = deliver(sink, FIRST, first);
    Checkpoint last = deliver(sink, FIRST, second);
    assertThat(last.position()).isEqualTo(second.event().position());
    // Filled and never sent: nobody may ever see it.
    sink.newParcel().add(source.insert(ORDERS, doc(3, "c")));
    sink.close();

    Optional<Checkpoint> holds = open().fence(SECOND, Optional.of(stored));
    assertThat(holds).contains(kept(last).orElse(stored));
    assertHolds(ORDERS, doc(1, "a"), doc(2, "b"));
  }

  @Test
  void givesTheWholeCheckpointBackOrNothing() {
    Sink sink = started();
    Change.Streamed change = source.insert(ORDERS, doc(1, "a"));
    Parcel parcel = sink.newParcel();
    parcel.add(change);
    Checkpoint sent =
        new Checkpoint(change.event().position(), FIRST, "the deployment", "a \"scope\" ü", "");
    Checkpoint durable = parcel.send(sent).await();
    assertThat(durable.marked("")).isEqualTo(sent);
    assertThat(open().fence(SECOND, Optional.empty())).isEqualTo(kept(durable));
  }

  @Test
  void obeysAPositionThatWasSetInAHigherTerm() {
    Sink sink = started();
    Change.Streamed early = source.insert(ORDERS, doc(1, "a"));
    deliver(sink, FIRST, early);
    deliver(sink, FIRST, source.insert(ORDERS, doc(2, "b")));
    sink.close();
    Checkpoint set = Changes.checkpoint(early, SECOND);
    assertThat(open().fence(new Term(3), Optional.of(set)).map(c -> c.marked(""))).contains(set);
  }

  @Test
  void fencesAgainWithinATerm() {
    Sink sink = started();
    Checkpoint last = deliver(sink, FIRST, source.insert(ORDERS, doc(1, "a")));
    sink.close();
    Sink again = open();
    assertThat(again.fence(FIRST, Optional.of(last))).contains(last);
    deliver(again, FIRST, source.insert(ORDERS, doc(2, "b")));
    assertHolds(ORDERS, doc(1, "a"), doc(2, "b"));
  }

  @Test
  void refusesWhoWasFencedOrGoesOnBesideThem() {
    Sink old = started();
    deliver(old, FIRST, source.insert(ORDERS, doc(1, "a")));
    Sink next = open();
    next.fence(SECOND, Optional.empty());
    Checkpoint last = deliver(next, SECOND, source.insert(ORDERS, doc(2, "b")));
    Change.Streamed late = source.insert(ORDERS, doc(3, "late"));
    if (has(Trait.FENCES)) {
      assertFailsWith(Failure.Fenced.class, () -> deliver(old, FIRST, late));
      assertFailsWith(Failure.Fenced.class, () -> open().fence(FIRST, Optional.empty()));
      assertHolds(ORDERS, doc(1, "a"), doc(2, "b"));
    } else {
      deliver(old, FIRST, late);
      assertThat(open().fence(FIRST, Optional.of(last))).contains(last);
      assertHolds(ORDERS, doc(1, "a"), doc(2, "b"), doc(3, "late"));
    }
  }

  @Test
  void refusesAtOnceWhoWasFencedOrFindsWhatStillCameIn() {
    Sink old = started();
    deliver(old, FIRST, source.insert(ORDERS, doc(1, "a")));
    Sink next = open();
    next.fence(SECOND, Optional.empty());
    Change.Streamed late = source.insert(ORDERS, doc(2, "late"));
    Change.Streamed after = source.insert(ORDERS, doc(3, "b"));
    if (has(Trait.FENCES_AT_ONCE)) {
      assertFailsWith(Failure.Fenced.class, () -> deliver(old, FIRST, late));
      deliver(next, SECOND, after);
      assertHolds(ORDERS, doc(1, "a"), doc(3, "b"));
      return;
    }
    Checkpoint unseen = deliver(old, FIRST, late);
    if (has(Trait.FENCES)) {
      // Fence and state are one: nothing may be written behind what the fence did not see.
      assertFailsWith(Failure.Transient.class, () -> deliver(next, SECOND, after));
      assertHolds(ORDERS, doc(1, "a"), doc(2, "late"));
    }
    Sink again = open();
    assertThat(again.fence(SECOND, Optional.empty())).isEqualTo(kept(unseen));
    deliver(again, SECOND, after);
    assertHolds(ORDERS, doc(1, "a"), doc(2, "late"), doc(3, "b"));
  }

  @Test
  void namesTheTermThatIsHigherAndTakesOneAboveIt() {
    Sink next = open();
    next.fence(SECOND, Optional.empty());
    Checkpoint last = deliver(next, SECOND, source.insert(ORDERS, doc(1, "a")));
    next.close();
    Sink sink = open();
    if (has(Trait.FENCES)) {
      assertFencedBy(SECOND, () -> sink.fence(FIRST, Optional.empty()));
    } else {
      assertThat(sink.fence(FIRST, Optional.of(last))).contains(last);
    }
    Term above = SECOND.next();
    assertThat(sink.fence(above, Optional.empty())).isEqualTo(kept(last));
    Checkpoint own = deliver(sink, above, source.insert(ORDERS, doc(2, "b")));
    assertThat(open().fence(above, Optional.of(last))).contains(kept(own).orElse(last));
    assertHolds(ORDERS, doc(1, "a"), doc(2, "b"));
  }

  @Test
  void namesTheTermThatOnlyFencedOrDoesNotKnowOfIt() {
    open().fence(SECOND, Optional.empty());
    Sink sink = open();
    if (has(Trait.FENCES_AT_ONCE)) {
      assertFencedBy(SECOND, () -> sink.fence(FIRST, Optional.empty()));
    } else {
      assertThat(sink.fence(FIRST, Optional.empty())).isEmpty();
    }
    assertThat(sink.fence(SECOND.next(), Optional.empty())).isEmpty();
    deliver(sink, SECOND.next(), source.insert(ORDERS, doc(1, "a")));
    assertHolds(ORDERS, doc(1, "a"));
  }

  private static void assertFencedBy(Term by, ThrowingCallable action) {
    assertThatThrownBy(action)
        .isInstanceOfSatisfying(
            MillraceException.class,
            e ->
                assertThat(e.failure())
                    .isInstanceOfSatisfying(
                        Failure.Fenced.class, it -> assertThat(it.by()).isEqualTo(by)));
  }

  @Test
  void noticesThatAllIsLostAndBeginsAnewOrGoesOnFromWhatIsStored() throws Exception {
    Sink old = started();
    Checkpoint last = deliver(old, FIRST, source.insert(ORDERS, doc(1, "a")));
    old.close();
    loseAll();
    Sink sink = open();
    if (has(Trait.NOTICES_LOSS)) {
      assertFailsWith(Failure.PositionLost.class, () -> sink.fence(SECOND, Optional.of(last)));
      assertThat(sink.fence(SECOND, Optional.empty())).isEmpty();
    } else {
      assertThat(sink.fence(SECOND, Optional.of(last))).contains(last);
    }
    Checkpoint next = deliver(sink, SECOND, source.insert(ORDERS, doc(2, "b")));
    assertHolds(ORDERS, doc(2, "b"));
    assertThat(open().fence(SECOND, Optional.of(next))).contains(next);
  }
}
