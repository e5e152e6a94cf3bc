package dev.millrace.copy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.model.Change;
import dev.millrace.testing.Gate;
import dev.millrace.testing.Hooks.Point;
import dev.millrace.testing.Moment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A transaction of the source is one unit in a sink that has units. */
class WholeTransactionsTest extends Scenario {
  private static final int DOCUMENTS = 400;

  /** How many events of the transactions were in each parcel that became durable. */
  private final List<Integer> parcels = Collections.synchronizedList(new ArrayList<>());

  private Pipe watched(Pipe.Target target) {
    Pipe pipe = pipe(target).batchSize(7);
    pipe.hooks.watch(
        Point.AFTER_ACK,
        moment -> {
          int events = 0;
          for (Change change : ((Moment.Sending) moment).changes()) {
            events += change instanceof Change.Streamed it && it.event().inTransaction() ? 1 : 0;
          }
          if (events > 0) {
            parcels.add(events);
          }
        });
    return pipe;
  }

  private static void write(Origin origin) {
    origin.together(() -> origin.fill("a", 100, 100 + DOCUMENTS - 1).update("b", 0, "with them"));
  }

  @ParameterizedTest(name = "{0}")
  @EnumSource
  @DisplayName("a transaction that comes in many replies arrives at once")
  void arrivesWhole(Pipe.Target target) {
    Origin origin = origin().fill("a", 0, 10).fill("b", 0, 10);
    Pipe pipe = watched(target);
    pipe.start().awaitCommit(origin.time());
    for (int i = 0; i < 3; i++) {
      origin.update("a", i, "before");
    }
    write(origin);
    // With nothing behind it: its end must show by itself.
    pipe.awaitDelivered(Change.Upsert.class, "a", DOCUMENTS + 2);
    origin.update("b", 1, "behind");
    pipe.awaitCommit(origin.time());
    pipe.judge();
    assertThat(parcels).containsExactly(DOCUMENTS);
    assertThat(pipe.supervisor().metrics().inParts()).isZero();
  }

  @ParameterizedTest(name = "{0}")
  @EnumSource
  @DisplayName("killed while half of it is read: none of it is there, then all of it")
  void isAllOrNothing(Pipe.Target target) throws Exception {
    Origin origin = origin().fill("a", 0, 10).fill("b", 0, 10);
    Pipe pipe = watched(target);
    pipe.start().awaitCommit(origin.time());
    try (Gate poll = pipe.hooks.hold(Point.BEFORE_POLL, Moment.any())) {
      poll.awaitReached();
      write(origin);
    }
    pipe.hooks.crashAt(Point.AFTER_POLL, Moment.after(20, Moment.any()));
    pipe.awaitKilled();
    assertThat(parcels).isEmpty();
    Pipe again = watched(target);
    again.start().awaitCommit(origin.time());
    again.judge();
    assertThat(parcels).containsExactly(DOCUMENTS);
  }

  @ParameterizedTest(name = "{0}")
  @EnumSource
  @DisplayName("one beyond the bound comes in parts, and the status says so")
  void comesInPartsBeyondTheBound(Pipe.Target target) {
    Origin origin = origin().fill("a", 0, 10).fill("b", 0, 10);
    Pipe pipe = watched(target).transactionBytes(20_000);
    pipe.start().awaitCommit(origin.time());
    write(origin);
    pipe.awaitCommit(origin.time());
    pipe.judge();
    assertThat(parcels.size()).isGreaterThan(1);
    assertThat(parcels.stream().mapToInt(i -> i).sum()).isEqualTo(DOCUMENTS);
    // The last one may have been full before it was known to be the last.
    assertThat(pipe.supervisor().metrics().inParts())
        .isIn(parcels.size() - 1L, (long) parcels.size());
  }
}
