package dev.millrace.bench;

import com.mongodb.WriteConcern;
import com.mongodb.client.MongoClient;
import dev.millrace.bench.Soak.Outcome;
import dev.millrace.bench.Soak.Wish;
import dev.millrace.lab.Comparison;
import dev.millrace.lab.JetStreamImage;
import dev.millrace.lab.MongoServers;
import dev.millrace.lab.NatsServer;
import dev.millrace.lab.Workload;
import io.nats.client.JetStreamApiException;
import io.nats.client.api.MessageInfo;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.bson.BsonDocument;
import org.bson.BsonInt64;
import org.bson.BsonString;

/**
 * Kills Millrace without warning again and again while documents of every kind are written, and
 * then compares all that the stream amounts to with all that MongoDB holds.
 */
final class KillTrial {
  private static final String DATABASE = "soak";
  private static final String STREAM = "soak";
  private static final String OWN = "cs_resume_tokens";
  private static final int DOCUMENTS = 5_000;
  private static final double RATE = 3_000;
  private static final long CATCH_UP_NANOS = 120_000_000_000L;

  private KillTrial() {}

  static Outcome run(Wish wish) throws Exception {
    long started = System.nanoTime();
    long rounds = wish.roundsOr(10);
    try (MongoServers mongo = MongoServers.replicaSet();
        NatsServer nats = NatsServer.builder().start()) {
      MongoClient client = mongo.client();
      Program program = Program.relay(Program.jar(), mongo.uri(DATABASE), nats.url(), STREAM);
      Process process = program.start();
      Program.awaitPosition(client, DATABASE, process, program);
      Workload workload =
          Workload.builder(client, DATABASE).documents(DOCUMENTS).rate(RATE).endless().build();
      CompletableFuture<Void> writing = workload.start();
      Random random = new Random(rounds);
      for (long round = 1; round <= rounds; round++) {
        // From amid its start to well into its stride.
        Thread.sleep(200 + random.nextInt(4_000));
        program.demandAlive(process);
        Jvm.kill(process);
        Soak.say("round %d of %d: killed".formatted(round, rounds));
        process = program.start();
      }
      Thread.sleep(1_000);
      workload.stop();
      writing.join();
      awaitMarker(client, nats, program, process);
      Comparison comparison =
          Comparison.compare(
              client, DATABASE, List.of(), List.of(OWN), JetStreamImage.read(nats.url(), STREAM));
      Jvm.stop(process);
      return outcome(
          comparison, rounds, workload.operations(), (System.nanoTime() - started) / 1e9);
    }
  }

  private static Outcome outcome(
      Comparison comparison, long rounds, long operations, double seconds) {
    comparison.examples().forEach(Soak::say);
    BsonDocument figures = new BsonDocument("kills", new BsonInt64(rounds));
    figures.append("operations", new BsonInt64(operations));
    figures.putAll(BsonDocument.parse(comparison.toJson(seconds)));
    return new Outcome(figures, comparison.exactlyOnceInOrder() && comparison.documents() > 0);
  }

  /** Writes one document more and waits until the stream ends with it. */
  private static void awaitMarker(
      MongoClient client, NatsServer nats, Program program, Process process) throws Exception {
    String marker = "the end";
    client
        .getDatabase(DATABASE)
        .getCollection("marker", BsonDocument.class)
        .withWriteConcern(WriteConcern.MAJORITY)
        .insertOne(new BsonDocument("_id", new BsonString(marker)));
    long end = System.nanoTime() + CATCH_UP_NANOS;
    try (Broker broker = Broker.connect(nats.url())) {
      while (!lastMessage(broker).contains(marker)) {
        program.demandAlive(process);
        if (System.nanoTime() > end) {
          throw new IOException("the stream did not catch up; it said:\n" + program.said());
        }
        Thread.sleep(50);
      }
    }
  }

  private static String lastMessage(Broker broker) throws IOException {
    try {
      MessageInfo last =
          broker.connection().jetStreamManagement().getLastMessage(STREAM, STREAM + ".marker.>");
      byte[] data = last.getData();
      return data == null ? "" : new String(data, StandardCharsets.UTF_8);
    } catch (JetStreamApiException e) {
      return "";
    }
  }
}
