package dev.millrace.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.millrace.checkpoint.CheckpointStore.Owner;
import dev.millrace.engine.Fakes.Remembering;
import dev.millrace.engine.Fakes.Store;
import dev.millrace.engine.Fakes.Stream;
import dev.millrace.ha.SoloLeadership;
import dev.millrace.model.Failure;
import dev.millrace.model.Position;
import dev.millrace.model.Term;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** A pipeline from start to end, with every seam a fake. */
class SupervisorTest {
  private final Store store = new Store();
  private final Remembering sink = new Remembering();

  private Supervisor run(Stream stream) {
    Supervisor supervisor =
        new Supervisor(Fakes.plan(stream, sink, store), new SoloLeadership(), new Owner("me", ""));
    supervisor.start();
    return supervisor;
  }

  private static List<Integer> upTo(int last) {
    return IntStream.rangeClosed(1, last).boxed().toList();
  }

  private Position saved() {
    return store.newest().orElseThrow().position();
  }

  /** All up to this one, once each and in order; where it ended before, it says why. */
  private void untilDelivered(Supervisor supervisor, int last) {
    await().until(() -> sink.durable.size() >= last || supervisor.end().isDone());
    assertThat(sink.durable).as(supervisor.state().detail()).isEqualTo(upTo(last));
  }

  @Test
  void deliversEverythingInOrderAndSavesThePositionBehindIt() {
    try (Supervisor supervisor = run(new Stream(95, 7))) {
      untilDelivered(supervisor, 95);
      await().until(() -> saved().equals(Fakes.position(95)));
      assertThat(store.newest().orElseThrow().mark()).isEqualTo("after 95");
      assertThat(supervisor.metrics().events()).isEqualTo(95);
    }
  }

  @Test
  void theStartPositionIsSavedBeforeAnythingIsDelivered() {
    sink.beforeAwait = numbers -> assertThat(store.saved).isNotEmpty();
    try (Supervisor supervisor = run(new Stream(3, 1))) {
      untilDelivered(supervisor, 3);
      assertThat(store.saved.getFirst().position()).isEqualTo(Fakes.position(0));
      assertThat(supervisor.metrics().restarts()).isZero();
    }
  }

  @Test
  void savesNothingThatIsNotDurable() {
    store.beforeSave =
        checkpoint -> {
          int inc = (int) checkpoint.position().clusterTime() - 1;
          assertThat(sink.durable).hasSizeGreaterThanOrEqualTo(inc);
        };
    try (Supervisor supervisor = run(new Stream(500, 13))) {
      await().until(() -> saved().equals(Fakes.position(500)));
      assertThat(supervisor.state()).isInstanceOf(PipelineState.Running.class);
    }
  }

  @Test
  void aParcelThatFailsMovesNoPosition() throws Exception {
    sink.beforeAwait =
        numbers -> {
          if (numbers.contains(25)) {
            throw Failure.fatal("MR-TEST-REFUSED", "never");
          }
        };
    try (Supervisor supervisor = run(new Stream(50, 50))) {
      PipelineState end = supervisor.end().get(10, TimeUnit.SECONDS);
      assertThat(end.detail()).startsWith("MR-TEST-REFUSED");
      assertThat(sink.durable).isEqualTo(upTo(20));
      assertThat(saved()).isEqualTo(Fakes.position(20));
    }
  }

  @Test
  void startsAgainFromTheCheckpointAfterWhatPasses() {
    AtomicInteger failures = new AtomicInteger();
    sink.beforeAwait =
        numbers -> {
          if (numbers.contains(40) && failures.getAndIncrement() < 3) {
            throw Fakes.passing();
          }
        };
    Stream stream = new Stream(100, 10);
    try (Supervisor supervisor = run(stream)) {
      untilDelivered(supervisor, 100);
      assertThat(supervisor.metrics().restarts()).isEqualTo(3);
      assertThat(store.term).hasValue(1);
      assertThat(stream.openedAt).hasSize(4);
    }
  }

  @Test
  void aSourceThatFailsIsOpenedAgainAndWhatItGaveIsDeliveredFirst() {
    AtomicBoolean failed = new AtomicBoolean();
    Stream stream = new Stream(60, 10);
    stream.beforePoll =
        next -> {
          if (next == 31 && failed.compareAndSet(false, true)) {
            throw Fakes.passing();
          }
        };
    try (Supervisor supervisor = run(stream)) {
      untilDelivered(supervisor, 60);
      assertThat(stream.openedAt.get(1)).isEqualTo(Fakes.position(30));
      assertThat(supervisor.metrics().restarts()).isEqualTo(1);
    }
  }

  @Test
  void aChangeNoSinkTakesStopsThePipelineBehindEverythingBeforeIt() throws Exception {
    sink.onAdd =
        n -> {
          if (n == 25) {
            throw Failure.fatal("MR-TEST-REFUSED", "never");
          }
        };
    try (Supervisor supervisor = run(new Stream(50, 50))) {
      PipelineState end = supervisor.end().get(10, TimeUnit.SECONDS);
      assertThat(end).isInstanceOf(PipelineState.Stopped.class);
      assertThat(end.detail()).startsWith("MR-TEST-REFUSED");
      assertThat(sink.durable).isEqualTo(upTo(24));
      assertThat(saved()).isEqualTo(Fakes.position(24));
      assertThat(store.released).isFalse();
    }
  }

  @Test
  void aChangeThatCannotBeReadStopsThePipelineBehindEverythingBeforeIt() throws Exception {
    Stream stream = new Stream(60, 20);
    stream.beforeDecode =
        n -> {
          if (n == 25) {
            throw Failure.fatal("MR-SOURCE-EVENT", "a change event cannot be read");
          }
        };
    try (Supervisor supervisor = run(stream)) {
      PipelineState end = supervisor.end().get(10, TimeUnit.SECONDS);
      assertThat(end)
          .isInstanceOfSatisfying(
              PipelineState.Stopped.class,
              stopped -> assertThat(stopped.failure().code()).isEqualTo("MR-SOURCE-EVENT"));
      assertThat(sink.durable).isEqualTo(upTo(24));
      assertThat(saved()).isEqualTo(Fakes.position(24));
    }
  }

  @Test
  void whoeverLostTheTermStopsAndDoesNotTryAgain() throws Exception {
    CountDownLatch second = new CountDownLatch(1);
    Stream stream = new Stream(1_000_000, 10);
    sink.beforeAwait =
        numbers -> {
          if (numbers.contains(100)) {
            store.term.incrementAndGet();
            second.countDown();
          }
        };
    try (Supervisor supervisor = run(stream)) {
      assertThat(second.await(10, TimeUnit.SECONDS)).isTrue();
      await().until(() -> supervisor.end().isDone() || sink.opened.get() > 1);
      assertThat(sink.opened).hasValue(1);
      assertThat(supervisor.state().detail()).startsWith("MR-FENCED");
    }
  }

  @Test
  void deliveringGoesOnWhilePositionsAreRefused() {
    AtomicBoolean refuse = new AtomicBoolean();
    store.beforeSave =
        checkpoint -> {
          if (refuse.get()) {
            throw Fakes.passing();
          }
        };
    Stream stream = new Stream(2_000, 10);
    stream.beforePoll = next -> refuse.set(next > 50 && next < 1_900);
    try (Supervisor supervisor = run(stream)) {
      untilDelivered(supervisor, 2_000);
      await().until(() -> saved().equals(Fakes.position(2_000)));
      assertThat(supervisor.metrics().restarts()).isZero();
      assertThat(supervisor.metrics().retries()).isPositive();
    }
  }

  @Test
  void aStalledSinkStopsTheReadingAndKeepsTheSourceAlive() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    sink.beforeAwait =
        numbers -> {
          try {
            go.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        };
    Stream stream = new Stream(10_000, 10);
    try (Supervisor supervisor = run(stream)) {
      await().until(() -> stream.keptAlive.get() > 0);
      // 1,000 bytes at 100 a batch are ten batches in the queue, one held, and two parcels.
      assertThat(stream.polled.get()).isLessThanOrEqualTo(14);
      assertThat(supervisor.queueBytes()).isLessThanOrEqualTo(1_000);
      go.countDown();
      untilDelivered(supervisor, 10_000);
    }
  }

  @Test
  void aStopDeliversWhatWasReadAndReleasesThePipeline() {
    Stream stream = new Stream(300, 10);
    Supervisor supervisor = run(stream);
    await().until(() -> sink.durable.size() > 50);
    supervisor.close();
    assertThat(supervisor.state()).isInstanceOf(PipelineState.Ended.class);
    assertThat(saved()).isEqualTo(Fakes.position(sink.durable.size()));
    assertThat(sink.durable).isEqualTo(upTo(sink.durable.size()));
    assertThat(store.released).isTrue();
  }

  @Test
  void aSecondRunGoesOnWhereTheFirstStopped() {
    Stream stream = new Stream(100, 5);
    Supervisor first = run(stream);
    await().until(() -> sink.durable.size() > 20);
    first.close();
    try (Supervisor second = run(stream)) {
      untilDelivered(second, 100);
      assertThat(store.term).hasValue(2);
      assertThat(second.metrics().events()).isLessThan(100);
    }
  }

  @Test
  void aSinkThatIsDownForLongRaisesNoTermTwice() {
    AtomicInteger refused = new AtomicInteger();
    sink.beforeFence =
        term -> {
          if (refused.getAndIncrement() < 4) {
            throw Fakes.passing();
          }
        };
    try (Supervisor supervisor = run(new Stream(10, 5))) {
      untilDelivered(supervisor, 10);
      assertThat(store.term).hasValue(1);
      assertThat(supervisor.metrics().restarts()).isEqualTo(4);
    }
  }

  @Test
  void aStoreThatWasLostIsRaisedAboveWhatTheSinkKnows() {
    sink.beforeFence =
        term -> {
          if (term.number() < 6) {
            throw Failure.fenced("term 5 was here", new Term(5));
          }
        };
    try (Supervisor supervisor = run(new Stream(10, 5))) {
      untilDelivered(supervisor, 10);
      assertThat(store.term).hasValue(6);
      assertThat(supervisor.state()).isInstanceOf(PipelineState.Running.class);
    }
  }

  @Test
  void aTermThatTheStoreKnowsIsNotRaisedAbove() {
    sink.beforeFence =
        term -> {
          // Whoever raised itself above it all the same would be let in.
          if (term.number() < 7) {
            store.term.set(7);
            throw Failure.fenced("term 7 is here", new Term(7));
          }
        };
    try (Supervisor supervisor = run(new Stream(10, 5))) {
      await().until(() -> supervisor.end().isDone() || !sink.durable.isEmpty());
      assertThat(supervisor.state().detail()).startsWith("MR-FENCED");
      assertThat(sink.durable).isEmpty();
    }
  }

  @Test
  void aFaultOfOurOwnStopsVisibly() throws Exception {
    sink.onAdd =
        n -> {
          throw new IllegalStateException("a bug");
        };
    try (Supervisor supervisor = run(new Stream(5, 5))) {
      PipelineState end = supervisor.end().get(10, TimeUnit.SECONDS);
      assertThat(end.detail()).startsWith("MR-INTERNAL").contains("a bug");
    }
  }
}
