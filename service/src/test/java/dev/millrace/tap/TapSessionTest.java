package dev.millrace.tap;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.mongodb.client.ClientSession;
import com.mongodb.client.MongoDatabase;
import com.mongodb.client.model.Updates;
import dev.millrace.lab.Lab;
import dev.millrace.lab.MongoServers;
import dev.millrace.model.MillraceException;
import dev.millrace.source.Tables;
import dev.millrace.tap.TapStream.Method;
import dev.millrace.wiring.TapWiring;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.LongPredicate;
import org.awaitility.core.ConditionFactory;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonString;
import org.bson.conversions.Bson;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * A target that stands still while a change stream has more to give, on a server that forgets an
 * idle session, and kills its cursors, when it is told to. {@code repro/session-timeout} does the
 * same with processes and a server that takes longer.
 */
class TapSessionTest extends TapFixture {
  private static final int DOCUMENTS = 25;
  private static final int MEGABYTE = 1_000_000;

  private static @Nullable MongoServers servers;

  @BeforeAll
  static void startServer() {
    if (!Lab.serversSkipped()) {
      servers =
          MongoServers.builder()
              // A fifth of nothing: what looks once a second refreshes once a second.
              .parameter("localLogicalSessionTimeoutMinutes", "0")
              // Forgotten is what forgetIdleSessions forgets.
              .parameter("ttlMonitorEnabled", "false")
              .start();
    }
  }

  @AfterAll
  static void stopServer() {
    if (servers != null) {
      servers.close();
    }
  }

  @Override
  MongoServers mongo() {
    return Objects.requireNonNull(servers);
  }

  @Test
  void whoDoesNothingLosesTheCursorToTheServer() {
    Stalled run = stalled(Tap.Lives.LOST);
    assertThat(isKilled(run.cursor())).isTrue();
    assertThatThrownBy(run::goOn)
        .isInstanceOf(MillraceException.class)
        .hasMessageContaining("code 43")
        .hasMessageContaining("cursor id " + run.cursor() + " not found");
    // Two replies were read before, and are told of.
    assertThat(versions(run.told())).isNotEmpty().hasSizeLessThan(2 * DOCUMENTS);
  }

  @Test
  void whatTheServerKilledIsOpenedAgainWithNeitherGapNorRepeat() throws Exception {
    Stalled run = stalled(Tap.Lives.RESUMED);
    assertThat(isKilled(run.cursor())).isTrue();
    run.goOn();
    assertThat(versions(run.told())).isEqualTo(allVersions());
  }

  @Test
  void theServerLeavesTheCursorOfWhoRefreshesItsSession() throws Exception {
    Stalled run = stalled(Tap.Lives.KEPT);
    assertThat(isKilled(run.cursor())).isFalse();
    run.goOn();
    assertThat(versions(run.told())).isEqualTo(allVersions());
    assertThat(isKilled(run.cursor())).isFalse();
  }

  /** In the order in which they were written. */
  private static List<String> allVersions() {
    List<String> all = new ArrayList<>();
    for (int version = 0; version <= 1; version++) {
      for (int id = 0; id < DOCUMENTS; id++) {
        all.add(id + " " + version);
      }
    }
    return all;
  }

  private static List<String> versions(Told told) {
    return told.records("a").stream()
        .map(record -> record.path("_id") + " " + record.path("version"))
        .toList();
  }

  /**
   * A run whose output stands still, and on whose server a cursor that was left alone for less long
   * has been killed.
   */
  private Stalled stalled(Tap.Lives lives) {
    TapStream stream = stream("a", Method.LOG_BASED);
    mongo().client().getDatabase(database).createCollection("a");
    TapState state = new TapState(run(null, stream).state());
    BsonString padding = new BsonString("x".repeat(MEGABYTE));
    for (int id = 0; id < DOCUMENTS; id++) {
      collection("a")
          .insertOne(
              new BsonDocument("_id", new BsonInt32(id))
                  .append("version", new BsonInt32(0))
                  .append("padding", padding));
    }
    for (int id = 0; id < DOCUMENTS; id++) {
      collection("a")
          .updateOne(new BsonDocument("_id", new BsonInt32(id)), Updates.set("version", 1));
    }
    HeldOutput out = new HeldOutput();
    FutureTask<Void> run =
        new FutureTask<>(() -> {
          try (Tables tables = TapWiring.tables(config())) {
            tap(tables, state, out, lives, stream).run(false);
          }
          return null;
        });
    Thread.ofPlatform().daemon().start(run);
    // The first reply is held in the output, and the second was read meanwhile.
    long cursor = awaitIdle(documents -> documents > 17);
    long witness = openAndLeave();
    forgetIdleSessions(lives == Tap.Lives.KEPT);
    assertThat(isKilled(witness)).isTrue();
    return new Stalled(run, out, cursor);
  }

  /** What a server does by and by to sessions that nobody uses, at once. */
  private void forgetIdleSessions(boolean somebodyRefreshes) {
    MongoDatabase admin = mongo().client().getDatabase("admin");
    Bson writeDownWhichWereUsed = BsonDocument.parse("{refreshLogicalSessionCacheNow: 1}");
    admin.runCommand(writeDownWhichWereUsed);
    long refreshed = refreshes();
    mongo()
        .client()
        .getDatabase("config")
        .getCollection("system.sessions")
        .deleteMany(new BsonDocument());
    if (somebodyRefreshes) {
      // The second of two began behind the first look.
      patiently("refreshSessions").until(() -> refreshes() >= refreshed + 2);
    }
    // Cursors of those that are neither used since nor remembered end here.
    admin.runCommand(writeDownWhichWereUsed);
  }

  private long refreshes() {
    return mongo()
        .runOnPrimary(BsonDocument.parse("{serverStatus: 1}"))
        .getDocument("metrics")
        .getDocument("commands")
        .getDocument("refreshSessions")
        .getNumber("total")
        .longValue();
  }

  private record Stalled(FutureTask<Void> run, HeldOutput out, long cursor) {
    /** Returns at the end of the run; throws what it threw. */
    void goOn() throws Exception {
      out.goOn.countDown();
      try {
        run.get();
      } catch (ExecutionException e) {
        throw e.getCause() instanceof Exception cause ? cause : e;
      }
    }

    Told told() {
      return Told.of(out.toString(StandardCharsets.UTF_8));
    }
  }

  /** Takes what stands before the changes, and stands still at the first of them. */
  private static final class HeldOutput extends ByteArrayOutputStream {
    private final CountDownLatch goOn = new CountDownLatch(1);

    @Override
    public synchronized void write(byte[] bytes, int offset, int length) {
      if (length >= MEGABYTE) {
        try {
          goOn.await();
        } catch (InterruptedException e) {
          throw new AssertionError(e);
        }
      }
      super.write(bytes, offset, length);
    }
  }

  /** The one idle cursor on this trial's changes that gave so many documents. */
  private long awaitIdle(LongPredicate documents) {
    long[] found = new long[1];
    patiently("an idle cursor")
        .until(() -> {
          for (BsonDocument operation : idleCursors()) {
            BsonDocument cursor = operation.getDocument("cursor");
            if (documents.test(cursor.getNumber("nDocsReturned").longValue())) {
              found[0] = cursor.getNumber("cursorId").longValue();
            }
          }
          return found[0] != 0;
        });
    return found[0];
  }

  private List<BsonDocument> idleCursors() {
    return mongo()
        .client()
        .getDatabase("admin")
        .aggregate(
            List.of(
                BsonDocument.parse("{$currentOp: {idleCursors: true}}"),
                BsonDocument.parse(
                    "{$match: {type: 'idleCursor', ns: '%s.$cmd.aggregate'}}".formatted(database))),
            BsonDocument.class)
        .into(new ArrayList<>());
  }

  private long openAndLeave() {
    MongoDatabase admin = mongo().client().getDatabase("admin");
    Bson open =
        BsonDocument.parse(
            "{aggregate: 1, pipeline: [{$changeStream: {allChangesForCluster: true}}], cursor: {}}");
    // Left open: closing it would end the cursor at once.
    ClientSession session = mongo().client().startSession();
    return admin
        .runCommand(session, open, BsonDocument.class)
        .getDocument("cursor")
        .getNumber("id")
        .longValue();
  }

  private boolean isKilled(long cursor) {
    // LOGV2 20528: Killing cursor as part of killing session(s)
    String id = "\"cursorId\":" + cursor + "}";
    try (var lines = Files.lines(mongo().logFile(0))) {
      return lines.anyMatch(line -> line.contains("\"id\":20528,") && line.contains(id));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static ConditionFactory patiently(String what) {
    return await(what).atMost(Duration.ofMinutes(1)).pollInterval(Duration.ofMillis(100));
  }
}
