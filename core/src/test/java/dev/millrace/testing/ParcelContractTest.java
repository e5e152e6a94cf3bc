package dev.millrace.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.millrace.model.Change;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;
import dev.millrace.sink.Delivery;
import dev.millrace.sink.Parcel;
import dev.millrace.sink.Sink;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.bson.BsonDocument;
import org.junit.jupiter.api.Test;

/** What every sink keeps to of parcels, filled, refused and under way: part of its contract. */
public abstract class ParcelContractTest extends FenceContractTest {
  @Test
  void convertsTheNextParcelWhileOneIsUnderWay() {
    Sink sink = started();
    Delivery before = null;
    for (int i = 0; i < 20; i++) {
      Parcel parcel = sink.newParcel();
      Change.Streamed change = source.update(ORDERS, doc(1, "value " + i));
      parcel.add(change);
      if (before != null) {
        before.await();
      }
      before = parcel.send(Changes.checkpoint(change, FIRST));
    }
    assertThat(before).isNotNull();
    before.await();
    assertHolds(ORDERS, doc(1, "value 19"));
  }

  @Test
  void fillsUpAndSaysSo() {
    Sink sink = started();
    Parcel parcel = sink.newParcel();
    assertThat(parcel.isFull()).isFalse();
    assertThat(parcel.changes()).isZero();
    String text = "x".repeat(1_000);
    Change.Streamed last = source.insert(ORDERS, doc(0, text));
    parcel.add(last);
    int added = 1;
    while (!parcel.isFull() && added < 100_000) {
      last = source.insert(ORDERS, doc(added, text));
      long before = parcel.bytes();
      parcel.add(last);
      added++;
      assertThat(parcel.changes()).isEqualTo(added);
      assertThat(parcel.bytes()).isGreaterThan(before);
    }
    assertThat(parcel.isFull()).isTrue();
    assertThat(parcel.bytes()).isLessThan(64L << 20);
    parcel.send(Changes.checkpoint(last, FIRST)).await();
    assertThat(documents(ORDERS)).hasSize(added);
  }

  @Test
  void takesALargeDocumentOrRefusesIt() {
    Sink sink = started();
    BsonDocument large = doc(1, "x".repeat(15 << 20));
    Change.Streamed insert = source.insert(ORDERS, large);
    Parcel parcel = sink.newParcel();
    try {
      parcel.add(insert);
    } catch (MillraceException e) {
      assertThat(e.failure()).isInstanceOf(Failure.Fatal.class);
      assertThat(parcel.changes()).isZero();
      return;
    }
    parcel.send(Changes.checkpoint(insert, FIRST)).await();
    assertHolds(ORDERS, large);
  }

  @Test
  void leavesTheParcelAsItWasWhenAChangeIsRefused() {
    Sink sink = started();
    Parcel parcel = sink.newParcel();
    Change.Streamed good = source.insert(ORDERS, doc(1, "a"));
    parcel.add(good);
    long bytes = parcel.bytes();
    if (has(Trait.KEEPS_MISFITS)) {
      Change.Streamed misfit = source.malformed(ORDERS);
      parcel.add(misfit);
      parcel.send(Changes.checkpoint(misfit, FIRST)).await();
      assertHolds(ORDERS, doc(1, "a"));
      assertThat(sink.deadLetters()).isOne();
      return;
    }
    assertFailsWith(Failure.Fatal.class, () -> parcel.add(source.malformed(ORDERS)));
    assertThat(parcel.changes()).isEqualTo(1);
    assertThat(parcel.bytes()).isEqualTo(bytes);
    Change.Streamed after = source.insert(ORDERS, doc(2, "b"));
    parcel.add(after);
    parcel.send(Changes.checkpoint(after, FIRST)).await();
    assertHolds(ORDERS, doc(1, "a"), doc(2, "b"));
  }

  @Test
  void failsCleanlyOnceClosed() {
    Sink sink = started();
    Change.Streamed change = source.insert(ORDERS, doc(1, "a"));
    Parcel parcel = sink.newParcel();
    parcel.add(change);
    sink.close();
    sink.close();
    assertThatThrownBy(() -> parcel.send(Changes.checkpoint(change, FIRST)).await())
        .isInstanceOf(MillraceException.class);
  }

  /** At once, that is: before who was not closed gives up by itself. */
  @Test
  void endsTheWaitOfWhoIsClosedAndOfNobodyElse() throws Throwable {
    needs(Trait.STALLS);
    Sink staying = started();
    Sink closed = started();
    whileStalled(() -> {
      Waiting stays = new Waiting(staying, source.insert(ORDERS, doc(1, "a")));
      Waiting ends = new Waiting(closed, source.insert(ORDERS, doc(2, "b")));
      Thread.ofPlatform().daemon().start(closed::close);
      await().until(ends::isOver);
      assertThat(stays.isOver()).isFalse();
      assertFailsWith(Failure.Transient.class, ends::outcome);
    });
  }

  /** A delivery that waits for its target, on a thread of its own. */
  protected static final class Waiting {
    private final FutureTask<Checkpoint> delivery;

    /** Returns once it waits. */
    public Waiting(Sink sink, Change.Streamed change) {
      delivery = new FutureTask<>(() -> deliver(sink, FIRST, change));
      Thread thread = Thread.ofPlatform().daemon().start(delivery);
      await().until(() -> isOver() || stands(thread));
      assertThat(isOver()).isFalse();
    }

    /** Who waits, for another thread or for the target, stands in native code. */
    private static boolean stands(Thread thread) {
      StackTraceElement[] stack = thread.getStackTrace();
      return stack.length > 0 && stack[0].isNativeMethod();
    }

    public boolean isOver() {
      return delivery.isDone();
    }

    public Checkpoint outcome() throws Throwable {
      try {
        return delivery.get();
      } catch (ExecutionException e) {
        throw e.getCause();
      }
    }
  }
}
