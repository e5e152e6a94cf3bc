package dev.millrace.relay;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.lab.Comparison;
import dev.millrace.lab.Lab;
import dev.millrace.lab.NatsServer;
import dev.millrace.lab.SinkImage;
import dev.millrace.lab.Workload;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.bson.BsonDocument;
import org.bson.BsonString;
import org.junit.jupiter.api.Test;

/** Millrace itself ends, in every way, in the middle of a workload. */
class RelayKillTest extends RelayFixture {
  private static final int KILLS = 3;

  private Workload workload() {
    return Workload.builder(mongo().client(), database)
        .documents(3_000)
        .rate(400)
        .endless()
        .build();
  }

  private List<String> everySink() {
    List<String> pipelines = new ArrayList<>(List.of(intoStream(), intoTable(), intoStdout()));
    Lab.natsOld().ifPresent(old -> pipelines.add(intoStream("old", old, "old_" + stream)));
    return pipelines;
  }

  private void assertEverySinkIsRight() {
    assertStreamIsRight();
    assertTableIsRight();
    Optional<NatsServer> old = Lab.natsOld();
    old.ifPresent(server -> assertStreamIsRight(server, "old_" + stream));
  }

  @Test
  void killedThriceItDeliversExactlyOnce() {
    Relay relay = relay("killed", everySink().toArray(String[]::new));
    // The first start makes the positions from which nothing may be lost.
    relay.run();
    Workload workload = workload();
    CompletableFuture<Void> work = workload.start();
    for (int i = 1; i <= KILLS; i++) {
      relay.awaitEvents(100L * i);
      relay.kill();
      relay.start();
    }
    relay.awaitEvents(200);
    workload.stop();
    work.join();
    settle(relay);
    assertEverySinkIsRight();
    assertThat(relay.terminate()).isEqualTo(143);

    Lines lines = Lines.of(relay.stdouts());
    Comparison printed = compare(lines.image());
    assertThat(printed.equal()).as("stdout: %s", printed).isTrue();
    assertThat(lines.outOfOrderWithinARun()).isZero();
  }

  @Test
  void toldToStopItLosesAndRepeatsNothing() {
    Relay relay = relay("stopped", everySink().toArray(String[]::new));
    relay.run();
    Workload workload = workload();
    CompletableFuture<Void> work = workload.start();
    for (int i = 1; i <= 2; i++) {
      relay.awaitEvents(150L * i);
      assertThat(relay.terminate()).isEqualTo(143);
      assertThat(relay.said()).doesNotContain("WARN", "ERROR").endsWith("stopped\n");
      relay.start();
    }
    relay.awaitEvents(150);
    workload.stop();
    work.join();
    settle(relay);
    assertEverySinkIsRight();
    relay.terminate();

    Lines lines = Lines.of(relay.stdouts());
    SinkImage image = lines.image();
    lines.tokens().forEach(image::countMessage);
    Comparison printed = compare(image);
    assertThat(printed.exactlyOnceInOrder()).as("stdout: %s", printed).isTrue();
  }

  @Test
  void twoOnOnePipelineDoubleNothing() {
    String[] pipelines = {intoStream(), intoTable()};
    Relay first = relay("first", pipelines);
    first.run();
    Workload workload = workload();
    CompletableFuture<Void> work = workload.start();
    first.awaitEvents(100);

    Relay second = relay("second", pipelines);
    second.run();
    first.awaitState("stopped");
    assertThat(first.said()).contains("pipeline stream: stopped: MR-FENCED: ");
    assertThat(first.said()).contains("pipeline table: stopped: MR-FENCED: ");
    long restarts = first.restarts();
    second.awaitEvents(300);
    workload.stop();
    work.join();
    settle(second);

    assertStreamIsRight();
    assertTableIsRight();
    assertThat(first.restarts()).isEqualTo(restarts);
    assertThat(first.isAlive()).isTrue();
    assertThat(first.terminate()).isEqualTo(143);
    assertThat(second.state()).isEqualTo("running");
  }

  @Test
  void positionsRefusedForAWhileCostNothing() {
    Relay relay = relay();
    relay.run();
    Workload workload = workload();
    CompletableFuture<Void> work = workload.start();
    relay.awaitEvents(50);
    refusePositions();
    try {
      relay.awaitSaid("position not saved, delivering goes on");
      String saved = relay.pipeline(0).path("saved_position").asString("");
      relay.awaitEvents(relay.events() + 300);
      assertThat(relay.pipeline(0).path("saved_position").asString("")).isEqualTo(saved);
      assertThat(relay.restarts()).isZero();
      relay.kill();
    } finally {
      takePositions();
    }
    relay.start();
    relay.awaitEvents(100);
    workload.stop();
    work.join();
    settle(relay);
    assertStreamIsRight();
  }

  @Test
  void goesOnBehindTheStreamWhenItsStoredPositionIsGone() {
    Relay relay = relay();
    relay.run();
    insert("a", 1, 10);
    settle(relay);
    relay.kill();
    relay.run();
    insert("a", 11, 20);
    settle(relay);
    relay.kill();
    // The stream's last message is of the second term, the next term is the first again.
    collection(TOKENS).deleteOne(new BsonDocument("_id", new BsonString(stream)));
    insert("a", 21, 30);
    relay.run();
    settle(relay);
    assertStreamIsRight();
  }
}
