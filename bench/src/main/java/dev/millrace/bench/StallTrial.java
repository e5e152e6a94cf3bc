package dev.millrace.bench;

import com.mongodb.MongoCommandException;
import com.mongodb.client.ClientSession;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoDatabase;
import dev.millrace.bench.Soak.Outcome;
import dev.millrace.bench.Soak.Wish;
import dev.millrace.lab.MongoServers;
import dev.millrace.lab.Ports;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.bson.BsonArray;
import org.bson.BsonBoolean;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonInt64;
import org.bson.BsonString;
import org.bson.BsonValue;

/**
 * A reader of Millrace's standard output stops reading for longer than an unused session lives.
 * Behind it the pipe fills, then the read-ahead, and then nothing is read from MongoDB any more.
 * Whether the wait was long enough is shown by another cursor that nobody kept alive: it must be
 * gone. Then everything must still come, once and in order.
 */
final class StallTrial {
  private static final String DATABASE = "soak";

  /** Far more than pipe and read-ahead hold. */
  private static final int DOCUMENTS = 150_000;

  private static final int BYTES = 1_024;
  private static final int CURSOR_NOT_FOUND = 43;
  private static final long READ_MILLIS = 300_000;

  /** What came out. */
  private record Tally(Set<BsonValue> ids, long lines, long outOfOrder, long again) {}

  private StallTrial() {}

  static Outcome run(Wish wish) throws Exception {
    long rounds = wish.roundsOr(1);
    BsonDocument figures = new BsonDocument();
    boolean good = true;
    for (long round = 1; round <= rounds && good; round++) {
      long seconds = 75L + new Random(System.nanoTime()).nextInt(56);
      Soak.say("round %d of %d: stalls for %d s".formatted(round, rounds, seconds));
      Outcome outcome = one(seconds);
      figures = outcome.figures();
      good = outcome.good();
    }
    return new Outcome(figures.append("rounds", new BsonInt64(rounds)), good);
  }

  private static Outcome one(long stallSeconds) throws Exception {
    try (MongoServers mongo = Soak.shortSessions()) {
      MongoClient client = mongo.client();
      Path file = Files.createTempFile("millrace-soak-", ".yaml");
      Files.writeString(file, config(mongo.uri(DATABASE)));
      Program program = Program.file(file);
      Process process = program.startPiped();
      try (BufferedReader lines =
          new BufferedReader(
              new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
        Program.awaitPosition(client, DATABASE, process, program);
        new Orders(client, DATABASE, BYTES).insert(DOCUMENTS);
        boolean controlGone = stall(client, stallSeconds);
        Tally tally = tally(lines, process);
        return outcome(tally, controlGone, stallSeconds);
      } finally {
        Jvm.kill(process);
        Files.delete(file);
      }
    }
  }

  private static String config(String uri) throws IOException {
    return """
    http:
      port: %d
    pipelines:
      - name: soak
        snapshot: never
        source:
          uri: %s
          operations: [insert]
        sink:
          type: stdout
    """
        .formatted(Ports.free(), uri);
  }

  /** Returns whether a cursor in a session left alone was lost meanwhile. */
  private static boolean stall(MongoClient client, long seconds) throws InterruptedException {
    MongoDatabase database = client.getDatabase(DATABASE);
    try (ClientSession session = client.startSession()) {
      BsonDocument reply =
          database.runCommand(
              session,
              new BsonDocument("aggregate", new BsonInt32(1))
                  .append(
                      "pipeline",
                      new BsonArray(List.of(new BsonDocument("$changeStream", new BsonDocument()))))
                  .append("cursor", new BsonDocument()),
              BsonDocument.class);
      TimeUnit.SECONDS.sleep(seconds);
      try {
        database.runCommand(
            session,
            new BsonDocument(
                    "getMore",
                    new BsonInt64(reply.getDocument("cursor").getNumber("id").longValue()))
                .append("collection", new BsonString("$cmd.aggregate")),
            BsonDocument.class);
        return false;
      } catch (MongoCommandException e) {
        return e.getErrorCode() == CURSOR_NOT_FOUND;
      }
    }
  }

  /** Reads until all documents came, or the time is over. */
  private static Tally tally(BufferedReader lines, Process process) throws IOException {
    Thread end = endInTime(process);
    Set<BsonValue> ids = new HashSet<>();
    String last = "";
    long count = 0;
    long outOfOrder = 0;
    long again = 0;
    while (ids.size() < DOCUMENTS) {
      String line = lines.readLine();
      if (line == null) {
        break;
      }
      BsonDocument event = BsonDocument.parse(line);
      String token = event.getDocument("_id").getString("_data").getValue();
      count++;
      outOfOrder += token.compareTo(last) <= 0 ? 1 : 0;
      again += ids.add(event.getDocument("documentKey").get("_id")) ? 0 : 1;
      last = token;
    }
    end.interrupt();
    return new Tally(ids, count, outOfOrder, again);
  }

  /** A read cannot be given a deadline; killing the writer ends it. */
  private static Thread endInTime(Process process) {
    return Thread.ofVirtual()
        .start(() -> {
          try {
            Thread.sleep(READ_MILLIS);
            process.destroyForcibly();
          } catch (InterruptedException e) {
            // It came in time.
          }
        });
  }

  private static Outcome outcome(Tally tally, boolean controlGone, long stallSeconds) {
    long missing = (long) DOCUMENTS - tally.ids.size();
    BsonDocument figures =
        new BsonDocument("stallSeconds", new BsonInt64(stallSeconds))
            .append("control_cursor_gone", BsonBoolean.valueOf(controlGone))
            .append("documents", new BsonInt64(DOCUMENTS))
            .append("events", new BsonInt64(tally.lines))
            .append("missing", new BsonInt64(missing))
            .append("duplicates", new BsonInt64(tally.again))
            .append("out_of_order", new BsonInt64(tally.outOfOrder));
    return new Outcome(
        figures, controlGone && missing == 0 && tally.again == 0 && tally.outOfOrder == 0);
  }
}
