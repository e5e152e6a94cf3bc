package dev.millrace.demo;

import com.mongodb.client.MongoClient;
import dev.millrace.demo.Relay.Standing;
import dev.millrace.lab.Comparison;
import dev.millrace.lab.Workload;
import dev.millrace.lab.WorkloadBuilder;
import java.io.PrintStream;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.bson.BsonDocument;
import org.bson.BsonDouble;
import org.bson.BsonInt32;
import org.bson.BsonInt64;

/** A workload, its relay watched live, and the proof at the end. */
public final class Demo implements AutoCloseable {
  private static final long TICK_MILLIS = 250;
  private static final long SHORT_TICK_MILLIS = 20;

  private final DemoServers servers;
  private final DemoWork work;
  private final PrintStream out;
  private final MongoClient client;
  private final Workload workload;
  private final Kills kills;
  private double seconds;
  private long relayed;
  private long copied;

  /**
   * @param out is told how it goes
   */
  public Demo(DemoServers servers, DemoWork work, PrintStream out) {
    this.servers = servers;
    this.work = work;
    this.out = out;
    this.client = servers.client();
    WorkloadBuilder builder =
        Workload.builder(client, servers.database()).seed(work.seed()).rate(work.rate());
    this.workload =
        work.documents() > 0
            ? builder.documents(work.documents()).build()
            : builder.endless().build();
    this.kills = new Kills(work.kills(), work.seed());
  }

  /** Writes what is to be there before the relay starts. */
  public void preload() {
    if (work.preload() > 0) {
      out.println("writing %,d documents for it to find".formatted(work.preload()));
      workload.preload(work.preload());
    }
  }

  /** As {@link #relay(Relay, Runnable)}, with a relay that is never killed. */
  public boolean relay(Relay relay) throws InterruptedException {
    return relay(relay, () -> {});
  }

  /** The same, with a relay that is killed as often as wanted. */
  public boolean relay(ChildRelay relay) throws InterruptedException {
    return relay(relay, relay::killAndStart);
  }

  /**
   * Runs the workload beside the running pipeline. Returns when it is to end with the workload and
   * all of that was delivered, or when the pipeline stopped; else it goes on until the process
   * ends.
   *
   * @return whether all of it was delivered
   */
  private boolean relay(Relay relay, Runnable kill) throws InterruptedException {
    LiveLine line = new LiveLine(relay, out);
    if (!awaitRunning(relay)) {
      return false;
    }
    out.println("relaying database " + servers.database() + " into " + servers.sinkName());
    long startedNanos = System.nanoTime();
    CompletableFuture<Void> writing = workload.start();
    try {
      long newest = -1;
      while (true) {
        boolean finished = finished(writing, tick());
        if (finished && newest < 0) {
          newest = newestTime();
        }
        if (kills.isDue(progress(relay), () -> relay.standing().isRunning(), System.nanoTime())) {
          kill.run();
        }
        line.show(workload.operations(), kills.done());
        Standing standing = relay.standing();
        if (standing.isStopped()) {
          out.println(standing.detail());
          return false;
        }
        if (finished && work.untilOver() && kills.isOver() && standing.hasDelivered(newest)) {
          seconds = (System.nanoTime() - startedNanos) / 1e9;
          relayed = standing.events();
          copied = standing.copied();
          line.last(workload.operations(), kills.done());
          return true;
        }
      }
    } finally {
      workload.stop();
    }
  }

  private long tick() {
    return work.untilOver() ? SHORT_TICK_MILLIS : TICK_MILLIS;
  }

  /** Of copying and writing together, from 0 to 1. */
  private double progress(Relay relay) {
    if (kills.isOver()) {
      return 1;
    }
    int toWrite = work.documents() - work.preload();
    double written =
        toWrite <= 0 ? 1 : (workload.documentsTouched() - work.preload()) / (double) toWrite;
    return (written + relay.standing().copyProgress()) / 2;
  }

  private static boolean awaitRunning(Relay relay) throws InterruptedException {
    while (!relay.standing().isRunning()) {
      if (relay.standing().isStopped()) {
        return false;
      }
      TimeUnit.MILLISECONDS.sleep(10);
    }
    return true;
  }

  /** Waits for a while, also when it is over. */
  private static boolean finished(CompletableFuture<Void> writing, long millis)
      throws InterruptedException {
    if (writing.isDone()) {
      TimeUnit.MILLISECONDS.sleep(millis);
    }
    try {
      writing.get(millis, TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException goesOn) {
      return false;
    } catch (java.util.concurrent.ExecutionException e) {
      throw new IllegalStateException("the workload failed: " + e.getCause(), e);
    }
  }

  /** The cluster time at or behind which all of the workload lies. */
  private long newestTime() {
    BsonDocument hello =
        client
            .getDatabase("admin")
            .runCommand(new BsonDocument("hello", new BsonInt32(1)), BsonDocument.class);
    return hello.getTimestamp("operationTime").getValue();
  }

  /** Holds the sink against the source, document by document. */
  public Comparison compare() throws Exception {
    return servers.compare(client);
  }

  /**
   * The outcome as one line of JSON: {@code documents} that the workload touched, {@code events}
   * that the relay told of, {@code present} those documents that are left in the source, {@code
   * seconds} from the first write beside the relay to the last delivery.
   */
  public String report(Comparison found) {
    return new BsonDocument("documents", new BsonInt64(workload.documentsTouched()))
        .append("preloaded", new BsonInt64(work.preload()))
        .append("copied", new BsonInt64(copied))
        .append("events", new BsonInt64(relayed))
        .append("kills", new BsonInt64(kills.done()))
        .append("missing", new BsonInt64(found.missing()))
        .append("stale", new BsonInt64(found.stale()))
        .append("extra", new BsonInt64(found.extra()))
        .append("duplicates", new BsonInt64(found.duplicates()))
        .append("out_of_order", new BsonInt64(found.outOfOrder()))
        .append("seconds", new BsonDouble(Math.round(seconds * 1000) / 1000.0))
        .append("present", new BsonInt64(found.documents()))
        .toJson();
  }

  @Override
  public void close() {
    client.close();
  }
}
