package dev.millrace.relay;

import static org.assertj.core.api.Assertions.assertThat;

import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import dev.millrace.lab.Lab;
import dev.millrace.lab.MongoServers;
import dev.millrace.lab.NatsServer;
import dev.millrace.lab.TcpProxy;
import dev.millrace.lab.Workload;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The servers on either side die, stall or cannot be reached in the middle of a workload. A fault
 * lasts until Millrace has said so and tried again, whatever time that takes.
 */
@SuppressWarnings("NullAway.Init") // made before all trials
class RelayOutageTest extends RelayFixture {
  private static MongoServers three;
  private static NatsServer ownNats;

  /** Of one that notices that a server does not answer any more. */
  private static MongoClient writer;

  private Workload workload;
  private CompletableFuture<Void> work;

  @BeforeAll
  static void startServers() {
    if (!Lab.serversSkipped()) {
      three = MongoServers.builder().nodes(3).start();
      ownNats = NatsServer.builder().start();
      writer = MongoClients.create(three.uri() + "&socketTimeoutMS=3000&heartbeatFrequencyMS=500");
    }
  }

  @AfterAll
  static void stopServers() {
    if (three != null) {
      writer.close();
      three.close();
      ownNats.close();
    }
  }

  @Override
  MongoServers mongo() {
    return three;
  }

  @Override
  NatsServer nats() {
    return ownNats;
  }

  @BeforeEach
  void write() {
    workload = Workload.builder(writer, database).documents(2_000).rate(150).endless().build();
  }

  @AfterEach
  void stopWriting() {
    workload.stop();
  }

  private void assertAllArrives(Relay relay) {
    workload.stop();
    work.join();
    settle(relay);
    assertStreamIsRight();
    assertThat(relay.state()).isEqualTo("running");
  }

  private Relay relaying() {
    return relaying(relay());
  }

  private Relay relaying(Relay relay) {
    relay.run();
    work = workload.start();
    relay.awaitEvents(50);
    return relay;
  }

  @Test
  void natsIsKilled() {
    Relay relay = relaying();
    ownNats.kill();
    relay.awaitSaid("retrying: MR-NATS-UNREACHABLE: no NATS server answers");
    ownNats.restart();
    relay.awaitState("running");
    relay.awaitEvents(relay.events() + 50);
    assertAllArrives(relay);
  }

  @Test
  void natsStallsAndComesBackWithWhatItHadBuffered() {
    Relay relay = relaying();
    ownNats.pause();
    try {
      relay.awaitSaid("retrying: MR-NATS-UNREACHABLE: NATS at ");
      long restarts = relay.restarts();
      // And it has tried to connect while nobody greets.
      relay.until("another try", true, () -> relay.restarts() > restarts);
    } finally {
      ownNats.resume();
    }
    relay.awaitState("running");
    assertAllArrives(relay);
  }

  @Test
  void thePrimaryIsKilled() {
    Relay relay = relay("relay", intoStream(), intoTable());
    relaying(relay);
    int dead = three.awaitPrimary();
    three.kill(dead);
    try {
      relay.awaitSaid("retrying: MR-SOURCE-UNAVAILABLE");
      relay.awaitState("running");
      relay.awaitEvents(relay.events() + 50);
    } finally {
      three.restart(dead);
      three.awaitHealthy();
    }
    assertAllArrives(relay);
    assertTableIsRight();
  }

  /** Its cursor is still open when it comes back, and it is the primary no more. */
  @Test
  void thePrimaryStallsUntilAnotherIsElected() {
    Relay relay = relay("relay", intoStream(), intoTable());
    relaying(relay);
    int stopped = three.awaitPrimary();
    three.pause(stopped);
    try {
      relay.until("another primary", true, () -> three.awaitPrimary() != stopped);
    } finally {
      three.resume(stopped);
      three.awaitHealthy();
    }
    relay.awaitEvents(relay.events() + 50);
    assertAllArrives(relay);
    assertTableIsRight();
  }

  @Test
  void thePrimaryStallsForLongerThanMillraceWaits() {
    var variables = variables();
    variables.put("MONGO_URI", three.uri(database) + "&socketTimeoutMS=4000");
    Relay relay = relaying(relay("relay", variables));
    int stopped = three.awaitPrimary();
    three.pause(stopped);
    try {
      relay.awaitSaid("retrying: MR-SOURCE-UNAVAILABLE");
      relay.awaitState("running");
      relay.awaitEvents(relay.events() + 50);
    } finally {
      three.resume(stopped);
      three.awaitHealthy();
    }
    assertAllArrives(relay);
  }

  @Test
  void linksAreCut() {
    int primary = three.awaitPrimary();
    TcpProxy toMongo = keep(TcpProxy.to("127.0.0.1", three.port(primary)));
    TcpProxy toNats = keep(TcpProxy.to("127.0.0.1", ownNats.port()));
    var variables = variables();
    variables.put(
        "MONGO_URI",
        "mongodb://%s/%s?directConnection=true&serverSelectionTimeoutMS=1000&heartbeatFrequencyMS=500"
            .formatted(toMongo.address(), database));
    variables.put("NATS_SERVER_URL", "nats://" + toNats.address());
    Relay relay = relaying(relay("relay", variables));
    toNats.cut();
    relay.awaitSaid("retrying: MR-NATS-UNREACHABLE");
    toNats.heal();
    relay.awaitState("running");
    relay.awaitEvents(relay.events() + 50);
    toMongo.cut();
    relay.awaitSaid("retrying: MR-SOURCE-UNAVAILABLE");
    toMongo.heal();
    relay.awaitState("running");
    relay.awaitEvents(relay.events() + 50);
    // Both at once, and Millrace dies with them.
    toNats.cut();
    toMongo.cut();
    relay.kill();
    relay.start();
    relay.awaitSaid("retrying: MR-");
    toMongo.heal();
    toNats.heal();
    relay.awaitState("running");
    assertAllArrives(relay);
  }
}
