package dev.millrace.bench;

import com.mongodb.client.MongoClient;
import dev.millrace.bench.CopyTarget.Kind;
import dev.millrace.bench.CopyTarget.Servers;
import dev.millrace.bench.Soak.Outcome;
import dev.millrace.bench.Soak.Wish;
import dev.millrace.lab.Comparison;
import dev.millrace.lab.MongoServers;
import dev.millrace.lab.NatsServer;
import dev.millrace.lab.PostgresServer;
import dev.millrace.lab.Workload;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.CollectionCopy.Status;
import dev.millrace.model.Namespace;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.bson.BsonDocument;
import org.bson.BsonDouble;
import org.bson.BsonInt32;
import org.bson.BsonInt64;

/**
 * Kills Millrace without warning while it copies and all of it is written to, into one kind of sink
 * after the other. After each kill the stored state is looked at: what was copied must stay copied.
 * When a copy is complete, all that arrived is compared with all that MongoDB holds, and the next
 * one begins, of another database into another sink.
 */
final class CopyKillTrial {
  private static final int DOCUMENTS = 200_000;
  private static final int BYTES = 1_024;
  private static final int OTHERS = 20_000;
  private static final double WRITES = 1_500;
  private static final double OTHER_WRITES = 500;
  private static final long MOST_PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(20);
  private static final long CATCH_UP_NANOS = TimeUnit.MINUTES.toNanos(5);

  private final Servers servers;
  private final Random random;
  private final BsonDocument totals = new BsonDocument();
  private boolean good = true;

  private CopyKillTrial(Servers servers, long seed) {
    this.servers = servers;
    this.random = new Random(seed);
  }

  static Outcome run(Wish wish) throws Exception {
    long started = System.nanoTime();
    long rounds = wish.roundsOr(10);
    try (MongoServers mongo = MongoServers.replicaSet();
        NatsServer nats = NatsServer.builder().start();
        PostgresServer postgres = PostgresServer.builder().start()) {
      CopyKillTrial trial =
          new CopyKillTrial(new Servers(mongo, nats, postgres), wish.seedOr(rounds));
      List<Kind> kinds = kinds(wish);
      long killed = 0;
      for (int copy = 0; killed < rounds || copy < kinds.size(); copy++) {
        // Every kind of sink gets its share, however fast copies are.
        long share = copy < kinds.size() ? (rounds + copy) / kinds.size() : rounds;
        Kind kind = kinds.get(copy % kinds.size());
        killed += trial.copy(copy, kind, Math.min(share, rounds - killed));
      }
      double seconds = (System.nanoTime() - started) / 1e9;
      trial.totals.append("seconds", new BsonDouble(seconds));
      return new Outcome(trial.totals, trial.good);
    }
  }

  private static List<Kind> kinds(Wish wish) {
    if (wish.sink().isEmpty()) {
      return List.of(Kind.values());
    }
    return Stream.of(Kind.values())
        .filter(kind -> kind.name().equalsIgnoreCase(wish.sink()))
        .findFirst()
        .map(List::of)
        .orElseThrow(() ->
            new UsageException("--sink takes sqlite, postgres or jetstream, not " + wish.sink()));
  }

  /** One copy from nothing to its end, killed at most so many times; returns how often it was. */
  private long copy(int number, Kind kind, long mostKills) throws Exception {
    String database = "soak" + number;
    Soak.say("copy %d: into %s".formatted(number + 1, kind));
    MongoClient client = servers.mongo().client();
    Orders orders = new Orders(client, database, BYTES);
    orders.insert(DOCUMENTS);
    Workload others =
        Workload.builder(client, database)
            .documents(OTHERS)
            .rate(OTHER_WRITES)
            .seed(number + 1L)
            .endless()
            .build();
    others.preload(OTHERS / 2);
    try (CopyTarget target = CopyTarget.open(kind, servers, database)) {
      CompletableFuture<Void> writing = others.start();
      Writer writer = new Writer(client, database, orders, DOCUMENTS, WRITES);
      Process process = target.program().start();
      long kills = 0;
      while (kills < mostKills && !isCopied(target, database)) {
        process = killed(target, process, ++kills);
      }
      awaitCopied(target, database, process);
      writer.close();
      others.stop();
      writing.join();
      awaitAll(target, process);
      judge(target, database, kills);
      Jvm.stop(process);
      return kills;
    }
  }

  /** From amid its start to well into its stride, which takes its time on a busy machine. */
  private Process killed(CopyTarget target, Process process, long kill) throws Exception {
    Optional<Checkpoint> before = target.checkpoint();
    if (random.nextInt(4) > 0) {
      awaitProgress(target, before.map(CopyProgress::rows).orElse(0L));
    }
    Thread.sleep(100 + random.nextInt(1_500));
    target.program().demandAlive(process);
    Jvm.kill(process);
    Optional<Checkpoint> after = target.checkpoint();
    Soak.say("kill %d: %s".formatted(kill, after.map(CopyProgress::text).orElse("no state yet")));
    if (before.isPresent()) {
      Optional<String> lost =
          after.isEmpty()
              ? Optional.of("the whole state")
              : CopyProgress.lost(before.get().copy(), after.get().copy());
      if (lost.isPresent()) {
        good = false;
        Soak.say("LOST: " + lost.get());
        count("lost", 1);
      }
    }
    return target.program().start();
  }

  private static void awaitProgress(CopyTarget target, long before) throws InterruptedException {
    long end = System.nanoTime() + MOST_PATIENCE_NANOS;
    while (target.checkpoint().map(CopyProgress::rows).orElse(0L) <= before
        && System.nanoTime() < end) {
      Thread.sleep(20);
    }
  }

  private static boolean isCopied(CopyTarget target, String database) {
    Namespace orders = new Namespace(database, Orders.COLLECTION);
    return target
        .checkpoint()
        .map(it -> it.copy().collections().get(orders))
        .filter(copy -> copy.status() == Status.DONE)
        .isPresent();
  }

  private static void awaitCopied(CopyTarget target, String database, Process process)
      throws IOException, InterruptedException {
    await(target, process, "copied nothing more", () -> isCopied(target, database));
  }

  /** Waits for a commit point behind all that was written until now. */
  private void awaitAll(CopyTarget target, Process process)
      throws IOException, InterruptedException {
    long newest =
        servers
            .mongo()
            .runOnPrimary(new BsonDocument("hello", new BsonInt32(1)))
            .getTimestamp("operationTime")
            .getValue();
    // Nothing is written any more, and so nothing delivered that a commit point would follow.
    servers
        .mongo()
        .client()
        .getDatabase(target.database())
        .getCollection("the_end", BsonDocument.class)
        .insertOne(new BsonDocument("_id", new BsonInt32(1)));
    await(
        target,
        process,
        "no commit point",
        () ->
            target
                .checkpoint()
                .map(Checkpoint::copy)
                .filter(
                    copy -> copy.consistent() && Long.compareUnsigned(copy.committed(), newest) > 0)
                .isPresent());
  }

  /** What is waited for. */
  @FunctionalInterface
  private interface Condition {
    boolean holds();
  }

  private static void await(CopyTarget target, Process process, String otherwise, Condition wanted)
      throws IOException, InterruptedException {
    long end = System.nanoTime() + CATCH_UP_NANOS;
    while (!wanted.holds()) {
      target.program().demandAlive(process);
      if (System.nanoTime() > end) {
        throw new IOException(
            "%s in five minutes, at %s; it said:%n%s"
                .formatted(
                    otherwise,
                    target.checkpoint().map(CopyProgress::text).orElse("no state"),
                    target.program().said()));
      }
      Thread.sleep(50);
    }
  }

  private void judge(CopyTarget target, String database, long kills) throws Exception {
    Comparison comparison = target.compare();
    comparison.examples().forEach(Soak::say);
    good &= comparison.exactlyOnceInOrder() && comparison.documents() > DOCUMENTS / 2;
    Soak.say("copy of %s: %s".formatted(database, comparison));
    count("kills", kills);
    count("copies", 1);
    count("documents", comparison.documents());
    count("missing", comparison.missing());
    count("stale", comparison.stale());
    count("extra", comparison.extra());
    count("duplicates", comparison.duplicates());
    count("out_of_order", comparison.outOfOrder());
  }

  private void count(String name, long more) {
    long before = totals.getNumber(name, new BsonInt64(0)).longValue();
    totals.append(name, new BsonInt64(before + more));
  }
}
