package dev.millrace.demo;

import com.mongodb.client.MongoClient;
import dev.millrace.engine.PipelineMetrics;
import dev.millrace.engine.PipelineState;
import dev.millrace.engine.Supervisor;
import dev.millrace.lab.Comparison;
import dev.millrace.lab.Workload;
import dev.millrace.lab.WorkloadBuilder;
import dev.millrace.model.Position;
import java.io.PrintStream;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.bson.BsonDocument;
import org.bson.BsonDouble;
import org.bson.BsonInt32;
import org.bson.BsonInt64;

/** A workload, its relay watched live, and the proof at the end. */
public final class Demo {
  private static final long TICK_MILLIS = 250;

  private final DemoServers servers;
  private final long seed;
  private final int documents;
  private final int rate;
  private long startedNanos;
  private double seconds;
  private long touched;
  private long relayed;

  /**
   * @param documents distinct documents to touch; 0 is endless
   * @param rate operations a second; 0 is as fast as it goes
   */
  public Demo(DemoServers servers, long seed, int documents, int rate) {
    this.servers = servers;
    this.seed = seed;
    this.documents = documents;
    this.rate = rate;
  }

  /**
   * Runs the workload beside the running pipeline. Returns when {@code untilOver} and all of it was
   * delivered, or when the pipeline stopped; without {@code untilOver} it goes on until the process
   * ends.
   *
   * @return whether all of it was delivered
   */
  public boolean relay(Supervisor pipeline, String page, boolean untilOver, PrintStream out)
      throws InterruptedException {
    LiveLine line = new LiveLine(pipeline, page, out);
    if (!awaitRunning(pipeline)) {
      return false;
    }
    out.println("relaying database " + servers.database() + " into " + servers.sinkName());
    try (MongoClient client = servers.client()) {
      WorkloadBuilder builder = Workload.builder(client, servers.database()).seed(seed).rate(rate);
      Workload workload =
          documents > 0 ? builder.documents(documents).build() : builder.endless().build();
      startedNanos = System.nanoTime();
      CompletableFuture<Void> work = workload.start();
      try {
        while (!finished(work)) {
          line.show(workload.operations());
          if (pipeline.state() instanceof PipelineState.Stopped) {
            return false;
          }
        }
        long newest = newestTime(client);
        while (!untilOver || !delivered(pipeline.metrics(), newest)) {
          line.show(workload.operations());
          if (pipeline.state() instanceof PipelineState.Stopped) {
            return false;
          }
          TimeUnit.MILLISECONDS.sleep(untilOver ? 20 : TICK_MILLIS);
        }
        seconds = (System.nanoTime() - startedNanos) / 1e9;
        touched = workload.documentsTouched();
        relayed = pipeline.metrics().events();
        line.last(workload.operations());
        return true;
      } finally {
        workload.stop();
      }
    }
  }

  private static boolean awaitRunning(Supervisor pipeline) throws InterruptedException {
    while (!(pipeline.state() instanceof PipelineState.Running)) {
      if (pipeline.state() instanceof PipelineState.Stopped) {
        return false;
      }
      TimeUnit.MILLISECONDS.sleep(10);
    }
    return true;
  }

  private static boolean finished(CompletableFuture<Void> work) throws InterruptedException {
    try {
      work.get(TICK_MILLIS, TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException goesOn) {
      return false;
    } catch (java.util.concurrent.ExecutionException e) {
      throw new IllegalStateException("the workload failed: " + e.getCause(), e);
    }
  }

  /** The cluster time at or behind which all of the workload lies. */
  private static long newestTime(MongoClient client) {
    BsonDocument hello =
        client
            .getDatabase("admin")
            .runCommand(new BsonDocument("hello", new BsonInt32(1)), BsonDocument.class);
    return hello.getTimestamp("operationTime").getValue();
  }

  private static boolean delivered(PipelineMetrics metrics, long newest) {
    Position at = metrics.deliveredPosition();
    return at != null && Long.compareUnsigned(at.clusterTime().getValue(), newest) >= 0;
  }

  /** Holds the sink against the source, document by document. */
  public Comparison compare() throws Exception {
    try (MongoClient client = servers.client()) {
      return servers.compare(client);
    }
  }

  /**
   * The outcome as one line of JSON: {@code documents} that the workload touched, {@code present}
   * those that are left in the source, {@code seconds} from the first write to the last delivery.
   */
  public String report(Comparison found) {
    return new BsonDocument("documents", new BsonInt64(touched))
        .append("events", new BsonInt64(relayed))
        .append("missing", new BsonInt64(found.missing()))
        .append("stale", new BsonInt64(found.stale()))
        .append("extra", new BsonInt64(found.extra()))
        .append("duplicates", new BsonInt64(found.duplicates()))
        .append("out_of_order", new BsonInt64(found.outOfOrder()))
        .append("seconds", new BsonDouble(Math.round(seconds * 1000) / 1000.0))
        .append("present", new BsonInt64(found.documents()))
        .toJson();
  }
}
