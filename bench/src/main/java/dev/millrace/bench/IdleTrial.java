package dev.millrace.bench;

import com.mongodb.client.MongoClient;
import dev.millrace.bench.Soak.Outcome;
import dev.millrace.bench.Soak.Wish;
import dev.millrace.lab.MongoServers;
import dev.millrace.lab.NatsServer;
import io.nats.client.api.StreamState;
import java.util.concurrent.TimeUnit;
import org.bson.BsonDocument;
import org.bson.BsonDouble;
import org.bson.BsonInt64;
import org.bson.BsonTimestamp;

/**
 * Nothing happens: how often does Millrace write all the same? Read from the oplog, where a write
 * that changes nothing does not show and every other does. The server's own notes move the stream
 * every ten seconds, and at most so often may a position be saved.
 */
final class IdleTrial {
  private static final String DATABASE = "soak";
  private static final String STREAM = "soak";
  private static final long SETTLE_SECONDS = 15;
  private static final long MOST_PER_MINUTE = 7;

  private IdleTrial() {}

  static Outcome run(Wish wish) throws Exception {
    long minutes = wish.minutesOr(1);
    try (MongoServers mongo = MongoServers.replicaSet();
        NatsServer nats = NatsServer.builder().start();
        Broker broker = Broker.connect(nats.url())) {
      MongoClient client = mongo.client();
      Program program = Program.relay(Program.jar(), mongo.uri(DATABASE), nats.url(), STREAM);
      Process process = program.start();
      Program.awaitPosition(client, DATABASE, process, program);
      new Orders(client, DATABASE, 1_024).insert(1);
      TimeUnit.SECONDS.sleep(SETTLE_SECONDS);
      long before = messages(broker);
      BsonTimestamp from = newest(client);
      double cpu = ProcStat.cpuSeconds(process.pid());
      Soak.say("idle for " + minutes + " min");
      TimeUnit.MINUTES.sleep(minutes);
      cpu = ProcStat.cpuSeconds(process.pid()) - cpu;
      program.demandAlive(process);
      long writes = writes(client, from);
      long stored = messages(broker) - before;
      Jvm.stop(process);
      BsonDocument figures =
          new BsonDocument("minutes", new BsonInt64(minutes))
              .append("checkpointWrites", new BsonInt64(writes))
              .append("checkpointWritesAllowed", new BsonInt64(MOST_PER_MINUTE * minutes))
              .append("messages", new BsonInt64(stored))
              .append("cpuPercent", new BsonDouble(cpu / (minutes * 60.0) * 100));
      return new Outcome(figures, before > 0 && stored == 0 && writes <= MOST_PER_MINUTE * minutes);
    }
  }

  private static long messages(Broker broker) throws Exception {
    StreamState state = broker.state(STREAM);
    return state.getMsgCount();
  }

  private static BsonTimestamp newest(MongoClient client) {
    BsonDocument newest =
        client
            .getDatabase("local")
            .getCollection("oplog.rs", BsonDocument.class)
            .find()
            .sort(BsonDocument.parse("{$natural: -1}"))
            .first();
    return newest == null ? new BsonTimestamp(0) : newest.getTimestamp("ts");
  }

  private static long writes(MongoClient client, BsonTimestamp from) {
    return client
        .getDatabase("local")
        .getCollection("oplog.rs", BsonDocument.class)
        .countDocuments(
            BsonDocument.parse("{ns: '%s.cs_resume_tokens'}".formatted(DATABASE))
                .append("ts", new BsonDocument("$gt", from)));
  }
}
