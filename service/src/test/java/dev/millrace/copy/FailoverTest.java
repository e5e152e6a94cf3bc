package dev.millrace.copy;

import static org.assertj.core.api.Assertions.assertThat;

import com.mongodb.WriteConcern;
import dev.millrace.engine.PipelineState;
import dev.millrace.lab.Lab;
import dev.millrace.lab.MongoServers;
import dev.millrace.lab.Workload;
import dev.millrace.model.Change;
import dev.millrace.testing.Gate;
import dev.millrace.testing.Hooks.Point;
import dev.millrace.testing.Moment;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.bson.BsonBoolean;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonString;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/**
 * Copies from a replica set of three nodes that lose their primary on the way. {@code
 * -Dcopy.failovers} says how often each test has it, once by default.
 */
class FailoverTest extends Scenario {
  private static final int FAILOVERS = Integer.getInteger("copy.failovers", 1);
  private static @Nullable MongoServers servers;

  @BeforeAll
  static void startServers() {
    if (!Lab.serversSkipped()) {
      servers = MongoServers.builder().nodes(3).start();
    }
  }

  @AfterAll
  static void stopServers() {
    if (servers != null) {
      servers.close();
    }
  }

  @Override
  MongoServers servers() {
    return Objects.requireNonNull(servers);
  }

  @AfterEach
  void heal() {
    for (int node = 0; node < servers().size(); node++) {
      if (servers().isAlive(node)) {
        servers().resume(node);
      } else {
        servers().restart(node);
      }
    }
    servers().awaitHealthy();
    servers().failPointOff("stopReplProducer");
  }

  @OnTableAndLog
  @DisplayName("the primary steps down in mid-copy, with writes on: exact")
  void aStepDownInMidCopyChangesNothing(Pipe.Target target) throws Exception {
    copyOver(
        target,
        () -> {
          servers()
              .runOnPrimary(
                  new BsonDocument("replSetStepDown", new BsonInt32(2))
                      .append("force", BsonBoolean.TRUE));
          servers().awaitPrimary();
        });
  }

  @OnTableAndLog
  @DisplayName("the primary is killed in mid-copy, with writes on: exact")
  void aKilledPrimaryInMidCopyChangesNothing(Pipe.Target target) throws Exception {
    copyOver(
        target,
        () -> {
          int primary = servers().awaitPrimary();
          servers().kill(primary);
          servers().awaitPrimary();
          servers().restart(primary);
        });
  }

  private void copyOver(Pipe.Target target, Runnable failover) throws Exception {
    Origin origin = origin().fill("a", 0, 3_000);
    Pipe pipe = pipe(target);
    pipe.hooks.rowsPerChunk(50).seemingBytes(48 << 20);
    Workload workload =
        Workload.builder(servers().client(), database)
            .documents(1_000)
            .documentBytes(400)
            .rate(400)
            .endless()
            .build();
    CompletableFuture<Void> writing = workload.start();
    try {
      Gate held = holdInMidCopy(pipe);
      pipe.start();
      pipe.until("some rows", () -> pipe.delivered(Change.Read.class, "a") >= 50);
      for (int left = FAILOVERS; left > 0; left--) {
        held.awaitReached();
        failover.run();
        Gate last = held;
        if (left > 1) {
          // Before the other lets go: the copy must not come to its end in between.
          held = holdInMidCopy(pipe);
        }
        last.release();
        servers().awaitHealthy();
      }
      pipe.awaitDelivered(Change.Read.class, "a", 3_000);
    } finally {
      workload.stop();
      writing.get();
    }
    origin.update("a", 1, "after it");
    pipe.awaitCommit(origin.time());
    pipe.judge();
  }

  /** Of sixty chunks, some more are read before the next one is held. */
  private static Gate holdInMidCopy(Pipe pipe) {
    return pipe.hooks.hold(Point.BEFORE_CHUNK, Moment.after(6, Moment.of(pipe.named("a"))));
  }

  @OnTableAndLog
  @DisplayName("34: secondaries lag, and reading from them is asked for: never stale")
  void nothingIsReadFromASecondaryThatLags(Pipe.Target target) {
    Origin origin = origin().fill("a", 0, 50);
    int primary = servers().awaitPrimary();
    Pipe pipe = pipe(target).as(servers().uri() + "&readPreference=secondary");
    pipe.hooks.rowsPerChunk(10);
    // One lags, so that a majority remains.
    servers()
        .run(
            secondaries(primary)[0],
            new BsonDocument("configureFailPoint", new BsonString("stopReplProducer"))
                .append("mode", new BsonString("alwaysOn")));
    origin.update("a", 1, "newer").delete("a", 2).insert("a", 60, "newer");
    pipe.start().awaitCommit(origin.time());
    pipe.judge();
  }

  @Test
  @DisplayName(
      "a member that lags is all there is: it waits, and takes no position for a foreign one")
  void waitsForAPrimaryBeforeItDoubtsItsPosition() throws Exception {
    Origin origin = origin().fill("a", 0, 50);
    Pipe pipe = pipe(Pipe.Target.SQLITE).as(servers().uri() + "&serverSelectionTimeoutMS=1000");
    int primary = servers().awaitPrimary();
    int[] secondaries = secondaries(primary);
    servers()
        .run(
            secondaries[0],
            new BsonDocument("configureFailPoint", new BsonString("stopReplProducer"))
                .append("mode", new BsonString("alwaysOn")));
    long begun = origin.update("a", 1, "newer").time();
    pipe.start();
    // Positions are told from the server's newest time by the second.
    // Each writes something: an update that changes nothing moves no time.
    AtomicInteger writes = new AtomicInteger();
    pipe.until(
        "two seconds",
        () -> {
          origin.update("a", 1, "newer still " + writes.incrementAndGet());
          return (origin.time() - begun) >>> 32 >= 2;
        });
    pipe.awaitCommit(origin.time());
    pipe.stop();
    servers().kill(secondaries[1]);
    servers().kill(primary);
    pipe.start();
    pipe.until("a pause", () -> pipe.supervisor().state() instanceof PipelineState.Retrying);
    servers().restart(primary);
    servers().restart(secondaries[1]);
    servers().awaitPrimary();
    origin.update("a", 2, "after it");
    pipe.awaitCommit(origin.time());
    pipe.judge();
  }

  @OnTableAndLog
  @DisplayName("35: a write that only the old primary saw is rolled back: never emitted")
  void aWriteThatIsRolledBackIsNeverEmitted(Pipe.Target target) {
    Origin origin = origin().fill("a", 0, 50);
    Pipe pipe = pipe(target);
    pipe.hooks.rowsPerChunk(10);
    int primary = servers().awaitPrimary();
    Gate third = pipe.hooks.hold(Point.BEFORE_CHUNK, Moment.after(2, Moment.of(pipe.named("a"))));
    pipe.start();
    third.awaitReached();
    pipe.awaitDelivered(Change.Read.class, "a", 20);
    // Killed and not paused: a paused one still has in its socket what it was sent.
    int[] secondaries = secondaries(primary);
    for (int node : secondaries) {
      servers().kill(node);
    }
    origin
        .collection("a")
        .withWriteConcern(WriteConcern.W1)
        .insertOne(Origin.doc(45_000, "seen by one alone"));
    origin
        .collection("a")
        .withWriteConcern(WriteConcern.W1)
        .deleteOne(Origin.byId(new BsonInt32(40)));
    // What it reads meanwhile is what a majority has, or nothing.
    third.release();
    servers().kill(primary);
    for (int node : secondaries) {
      servers().restart(node);
    }
    servers().awaitPrimary();
    servers().restart(primary);
    servers().awaitHealthy();
    origin.update("a", 1, "after it");
    pipe.awaitCommit(origin.time());
    assertThat(pipe.judge().documents()).isEqualTo(50);
    assertThat(origin.collection("a").find(Origin.byId(new BsonInt32(40)))).hasSize(1);
    assertThat(pipe.delivered(Change.Delete.class, "a")).isZero();
    assertThat(pipe.hooks.journal().count(note -> note.key().equals("45000"))).isZero();
  }

  private int[] secondaries(int primary) {
    return IntStream.range(0, servers().size()).filter(node -> node != primary).toArray();
  }
}
