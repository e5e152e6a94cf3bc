package dev.millrace.bench;

import com.mongodb.ConnectionString;
import com.mongodb.WriteConcern;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoCollection;
import dev.millrace.lab.MongoServers;
import dev.millrace.lab.NatsServer;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.bson.BsonDocument;

/**
 * What one change costs in time: from an insert to its arrival behind JetStream, and from the start
 * of the process to the first change delivered. Millrace runs as a whole: by its launcher where
 * there is one, else as a child of ours.
 */
final class Latency implements AutoCloseable {
  private static final int WARM_UP = 100;

  private final MongoServers mongo;
  private final NatsServer nats;
  private final String name;
  private final Orders orders;
  private final MongoCollection<BsonDocument> collection;
  private final Course course;
  private final Program program;
  private Process process;
  private int written;

  /**
   * @param name of a database and a stream that are not there yet
   */
  Latency(MongoServers mongo, NatsServer nats, String name, int bytes)
      throws IOException, InterruptedException {
    this.mongo = mongo;
    this.nats = nats;
    this.name = name;
    MongoClient client = mongo.client();
    this.orders = new Orders(client, name, bytes);
    this.collection =
        client
            .getDatabase(name)
            .getCollection("orders", BsonDocument.class)
            .withWriteConcern(WriteConcern.MAJORITY);
    this.course =
        new Course(
            mongo.uri(),
            name,
            orders.insert(1),
            0,
            Course.Task.STREAM,
            nats.url(),
            name,
            mongo.pid(0),
            nats.pid());
    this.program = program();
    this.process = program.start();
    awaitFirst();
  }

  static boolean byLauncher() {
    return Program.hasLauncher();
  }

  private Program program() throws IOException {
    List<String> command =
        byLauncher()
            ? Program.launcher()
            : Jvm.child("256m", List.of(), List.of("serve", course.toJson()));
    String uri = new ConnectionString(mongo.uri(name)).getConnectionString();
    return Program.relay(command, uri, nats.url(), name);
  }

  /** Writes now and then until something is in the stream: then it runs, and has a position. */
  private void awaitFirst() throws IOException, InterruptedException {
    long end = System.nanoTime() + 60_000_000_000L;
    try (Broker broker = Broker.connect(nats.url())) {
      while (true) {
        insert();
        Thread.sleep(100);
        try {
          if (broker.state(name).getMsgCount() > 0) {
            return;
          }
        } catch (io.nats.client.JetStreamApiException e) {
          // Not there yet.
        }
        program.demandAlive(process);
        if (System.nanoTime() > end) {
          throw new IOException("nothing arrived in a minute; it said:\n" + program.said());
        }
      }
    }
  }

  private long insert() {
    BsonDocument document = orders.document(1_000 + written++);
    long start = System.nanoTime();
    collection.insertOne(document);
    return start;
  }

  /** Milliseconds from the call of each insert to its arrival, ascending. */
  double[] singles(int count) throws Exception {
    double[] millis = new double[count];
    try (Arrivals arrivals = Arrivals.watch(nats.url(), name)) {
      settle(arrivals);
      for (int i = -WARM_UP; i < count; i++) {
        long start = insert();
        double took = (arrivals.next() - start) / 1e6;
        if (i >= 0) {
          millis[i] = took;
        }
      }
    }
    Arrays.sort(millis);
    return millis;
  }

  /** Seconds from starting the process to the arrival of a change that waits for it. */
  double[] firsts(int rounds) throws Exception {
    double[] seconds = new double[rounds];
    for (int i = 0; i < rounds; i++) {
      // Let what arrived be noted as delivered.
      Thread.sleep(1_000);
      Jvm.stop(process);
      try (Arrivals arrivals = Arrivals.watch(nats.url(), name)) {
        insert();
        long start = System.nanoTime();
        process = program.start();
        seconds[i] = (arrivals.next() - start) / 1e9;
      }
    }
    return seconds;
  }

  private void settle(Arrivals arrivals) throws InterruptedException {
    Thread.sleep(500);
    arrivals.forget();
  }

  @Override
  public void close() {
    try {
      Jvm.kill(process);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
