package dev.millrace.source.mongo;

import static dev.millrace.source.mongo.Reading.doc;
import static org.assertj.core.api.Assertions.assertThat;

import com.mongodb.MongoNamespace;
import com.mongodb.client.ClientSession;
import dev.millrace.lab.Lab;
import dev.millrace.lab.MongoServers;
import dev.millrace.model.ClusterTime;
import dev.millrace.model.CopyState;
import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;
import dev.millrace.model.Namespace;
import dev.millrace.model.Operation;
import dev.millrace.source.CopySource;
import dev.millrace.source.CopySource.Outcome;
import dev.millrace.source.CopySource.Span;
import dev.millrace.source.FullDocument;
import dev.millrace.source.PreImage;
import dev.millrace.source.Source;
import dev.millrace.source.Subset;
import dev.millrace.testing.NeedsServers;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import org.bson.BsonBoolean;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonString;
import org.bson.BsonTimestamp;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Reading as of a time, and what comes of it when collection, time or server are not to be had. */
@NeedsServers
class CopyTimesTest {
  private final Reading r = new Reading(Lab.mongo(), Lab.freshName("copy"));
  private final CopySource source = r.copying();

  @AfterEach
  void close() {
    source.close();
    r.db().drop();
  }

  private Copying copying(String collection) {
    return Copying.of(source, r.named(collection));
  }

  @Test
  void anExactReadSeesThePast() {
    r.in("a").insertMany(List.of(doc("{_id: 1}"), doc("{_id: 2, n: 1}")));
    long at = source.now();
    r.in("a").deleteOne(doc("{_id: 1}"));
    r.in("a").updateOne(doc("{_id: 2}"), doc("{$set: {n: 2}}"));
    r.in("a").insertOne(doc("{_id: 3}"));
    Outcome.Rows past = copying("a").rows(Copying.ALL, at, 10);
    assertThat(Copying.keys(past)).containsExactly("1", "2");
    assertThat(past.readAt()).isEqualTo(at);
    assertThat(past.rows())
        .extracting(row -> row.document().toDocument())
        .containsExactly(doc("{_id: 1}"), doc("{_id: 2, n: 1}"));
    Outcome.Rows present = (Outcome.Rows) copying("a").read(Copying.ALL, at, false, 10);
    assertThat(Copying.keys(present)).containsExactly("2", "3");
    assertThat(ClusterTime.isAfter(present.readAt(), at)).isTrue();
  }

  @Test
  void aTimeBehindTheHistoryOrAheadOfTheClockIsNotToBeHad() {
    r.in("a").insertOne(doc("{_id: 1}"));
    Copying copying = copying("a");
    long ahead = new BsonTimestamp(Integer.MAX_VALUE, 1).getValue();
    for (boolean exact : new boolean[] {true, false}) {
      assertThat(copying.read(Copying.ALL, ahead, exact, 10))
          .isEqualTo(new Outcome.NotAtThatTime());
    }
    long at = source.now();
    BsonDocument before =
        r.servers.runOnPrimary(doc("{setParameter: 1, minSnapshotHistoryWindowInSeconds: 1}"));
    try {
      Outcome outcome =
          until(
              () -> {
                r.in("b").insertOne(new BsonDocument());
                return copying.read(Copying.ALL, at, 10);
              },
              Outcome.NotAtThatTime.class);
      assertThat(outcome).isEqualTo(new Outcome.NotAtThatTime());
      assertThat(copying.read(Copying.ALL, at, false, 10)).isInstanceOf(Outcome.Rows.class);
    } finally {
      r.servers.runOnPrimary(
          new BsonDocument("setParameter", new BsonInt32(1))
              .append("minSnapshotHistoryWindowInSeconds", before.get("was")));
    }
  }

  private static Outcome until(Supplier<Outcome> read, Class<? extends Outcome> wanted) {
    Outcome outcome = read.get();
    long end = System.nanoTime() + 30_000_000_000L;
    while (!wanted.isInstance(outcome) && System.nanoTime() - end < 0) {
      outcome = read.get();
    }
    return outcome;
  }

  @Test
  void aCappedCollectionIsReadByMajorityOnly() {
    r.db().runCommand(doc("{create: 'a', capped: true, size: 4096}"));
    r.in("a").insertOne(doc("{_id: 1}"));
    Copying copying = copying("a");
    assertThat(copying.facts().exact()).isFalse();
    assertThat(copying.read(Copying.ALL, source.now(), true, 10))
        .isEqualTo(new Outcome.NotAtThatTime());
    assertThat(Copying.keys(copying.read(Copying.ALL, source.now(), false, 10)))
        .containsExactly("1");
  }

  @Test
  void aTimeBeforeTheCollectionIsNotToBeHadAndNeverReadsAsEmpty() {
    long before = source.now();
    r.in("a").insertOne(doc("{_id: 1}"));
    assertThat(copying("a").read(Copying.ALL, before, 10)).isEqualTo(new Outcome.NotAtThatTime());
  }

  @Test
  void aCollectionThatWasDroppedRenamedOrMadeAnewIsGone() {
    for (String name : List.of("dropped", "renamed", "anew", "view")) {
      r.in(name).insertOne(doc("{_id: 1}"));
    }
    long before = source.now();
    List<Copying> all =
        List.of(copying("dropped"), copying("renamed"), copying("anew"), copying("view"));
    r.in("dropped").drop();
    r.in("renamed").renameCollection(new MongoNamespace(r.database, "other"));
    r.in("anew").drop();
    r.in("anew").insertOne(doc("{_id: 1}"));
    r.in("view").drop();
    r.db().createView("view", "anew", List.of());
    long after = source.now();
    for (Copying copying : all) {
      for (boolean exact : new boolean[] {true, false}) {
        Outcome outcome = copying.read(Copying.ALL, after, exact, 10);
        assertThat(outcome).as("%s", copying).isInstanceOf(Outcome.Gone.class);
        long time = ((Outcome.Gone) outcome).time();
        assertThat(ClusterTime.isAfter(after, time)).isFalse();
      }
    }
    // At a time when they were there, too; only a name that has another collection by now says that
    // its time is not to be had, and a later time then that the collection is gone.
    for (Copying copying : all) {
      assertThat(copying.read(Copying.ALL, before, true, 10))
          .isInstanceOfAny(Outcome.Gone.class, Outcome.NotAtThatTime.class);
    }
    assertThat(all.get(0).read(Copying.ALL, before, true, 10)).isInstanceOf(Outcome.Gone.class);
    assertThat(all.get(1).read(Copying.ALL, before, true, 10)).isInstanceOf(Outcome.Gone.class);
  }

  @Test
  void whatTheServerCannotReadIsRefusedInItsWords() {
    r.in("a").insertOne(doc("{_id: 1}"));
    Outcome outcome = copying("a").read(Copying.ALL, source.now(), -1);
    assertThat(outcome).isInstanceOf(Outcome.Refused.class);
    assertThat(((Outcome.Refused) outcome).reason()).contains("MongoDB answered code");
  }

  @Test
  void whatTheUserMayNotReadIsRefusedWithTheRoleToGrant() {
    try (MongoServers servers = MongoServers.builder().auth().start()) {
      servers.client().getDatabase("shop").createCollection("open");
      servers.client().getDatabase("shop").createCollection("secret");
      servers.runOnPrimary(
          doc(
              "{createRole: 'some', roles: [], privileges: ["
                  + "{resource: {db: 'shop', collection: ''}, actions: ['listCollections']},"
                  + "{resource: {db: 'shop', collection: 'open'}, actions: ['find']},"
                  + "{resource: {db: 'shop', collection: 'millrace_now'}, actions: ['find']}]}"));
      servers.runOnPrimary(doc("{createUser: 'some', pwd: 'p', roles: ['some']}"));
      servers.runOnPrimary(
          doc(
              "{createRole: 'finds', roles: [], privileges: ["
                  + "{resource: {db: 'shop', collection: ''}, actions: ['find', 'changeStream']}]}"));
      servers.runOnPrimary(doc("{createUser: 'finds', pwd: 'p', roles: ['finds']}"));
      try (CopySource some = copyingAs(servers, "some");
          CopySource finds = copyingAs(servers, "finds")) {
        Copying open = Copying.of(some, new Namespace("shop", "open"));
        assertThat(open.facts().rows()).isEqualTo(-1);
        assertThat(open.read(Copying.ALL, some.now(), 10)).isInstanceOf(Outcome.Rows.class);
        Copying secret = Copying.of(some, new Namespace("shop", "secret"));
        assertThat(some.cuts(secret.namespace(), Copying.ALL, 4)).isEmpty();
        Outcome outcome = secret.read(Copying.ALL, some.now(), 10);
        assertThat(outcome).isInstanceOf(Outcome.Refused.class);
        assertThat(((Outcome.Refused) outcome).reason()).contains("code 13", "`read` on shop");
        assertThat(some.oldest()).isEmpty();
        assertThat(finds.now()).isNotZero();
        Failure failure = failureOf(() -> finds.list(0));
        assertThat(failure).isInstanceOf(Failure.Fatal.class);
        assertThat(failure.code()).isEqualTo("MR-SOURCE-PRIVILEGE");
        assertThat(failure.message()).contains("listCollections", "`read` on shop");
      }
    }
  }

  private static CopySource copyingAs(MongoServers servers, String user) {
    return new MongoSourceOpener(
            new MongoSourceOptions(
                servers.uri(user, "p", "shop"),
                new Scope("shop", List.of(), Set.of()),
                Subset.ALL,
                EnumSet.allOf(Operation.class),
                FullDocument.LOOKUP,
                PreImage.OFF,
                0))
        .copying(CopyState.Edits.NONE);
  }

  private static Failure failureOf(Supplier<?> call) {
    try {
      Object came = call.get();
      throw new AssertionError("nothing failed: " + came);
    } catch (MillraceException e) {
      return e.failure();
    }
  }

  @Test
  void thePresentIsBehindWhatWasAcknowledgedAndTheStreamPassesIt() {
    r.collections("quiet");
    try (Source stream = r.now()) {
      for (int i = 0; i < 3; i++) {
        long written;
        try (ClientSession session = r.client().startSession()) {
          r.in("other").insertOne(session, new BsonDocument());
          written = session.getOperationTime().getValue();
        }
        long now = source.now();
        assertThat(ClusterTime.isAfter(written, now)).isFalse();
        long frontier = ClusterTime.NONE;
        long end = System.nanoTime() + 30_000_000_000L;
        while (!ClusterTime.isAfter(frontier, now) && System.nanoTime() - end < 0) {
          var batch = stream.poll(100);
          assertThat(batch.changes().hasNext()).isFalse();
          frontier = ClusterTime.later(frontier, batch.frontier());
        }
        assertThat(ClusterTime.isAfter(frontier, now)).isTrue();
        // And everything of that time is to be had.
        r.in("quiet").insertOne(new BsonDocument());
        assertThat(stream.poll(1_000).changes().hasNext()).isTrue();
        assertThat(copying("other").rows(Copying.ALL, now, 10).count()).isEqualTo(i + 1);
      }
    }
  }

  @Test
  void theOldestTimeIsTheOplogs() {
    assertThat(source.oldest()).isPresent();
    assertThat(ClusterTime.isAfter(source.now(), source.oldest().orElseThrow())).isTrue();
  }

  @Test
  void closingEndsAReadThatIsUnderWay() {
    r.in("a").insertOne(doc("{_id: 1}"));
    Copying copying = copying("a");
    long at = source.now();
    BsonDocument where =
        new BsonDocument("nss", new BsonString(copying.namespace().toString()))
            .append("shouldCheckForInterrupt", BsonBoolean.TRUE);
    r.servers.failPoint("waitInFindBeforeMakingBatch", new BsonString("alwaysOn"), where);
    try {
      CompletableFuture<Outcome> read =
          CompletableFuture.supplyAsync(() -> copying.read(Copying.ALL, at, 10));
      long end = System.nanoTime() + 30_000_000_000L;
      while (!isReading("a") && System.nanoTime() - end < 0) {
        assertThat(read).isNotDone();
      }
      source.close();
      Failure failure =
          failureOf(() -> {
            try {
              return read.join();
            } catch (CompletionException e) {
              throw (MillraceException) e.getCause();
            }
          });
      assertThat(failure).isInstanceOf(Failure.Transient.class);
      assertThat(failure.code()).isEqualTo("MR-SOURCE-CLOSED");
    } finally {
      r.servers.failPointOff("waitInFindBeforeMakingBatch");
    }
    assertThat(failureOf(source::now).code()).isEqualTo("MR-SOURCE-CLOSED");
  }

  private boolean isReading(String collection) {
    return !r.servers
        .runOnPrimary(
            doc("{currentOp: 1, failpointMsg: 'waitInFindBeforeMakingBatch'}")
                .append("ns", new BsonString(r.named(collection).toString())))
        .getArray("inprog")
        .isEmpty();
  }

  @Test
  void aServerThatCannotBeReachedIsTransient() {
    CopySource nowhere =
        new MongoSourceOpener(
                new MongoSourceOptions(
                    "mongodb://127.0.0.1:1/?replicaSet=x&serverSelectionTimeoutMS=300",
                    new Scope("shop", List.of(), Set.of()),
                    Subset.ALL,
                    EnumSet.allOf(Operation.class),
                    FullDocument.LOOKUP,
                    PreImage.OFF,
                    0))
            .copying(CopyState.Edits.NONE);
    try (nowhere) {
      assertThat(failureOf(() -> nowhere.list(0))).isInstanceOf(Failure.Transient.class);
    }
  }

  @Test
  void aServerThatBecomesUnavailableInAReadIsTransient() {
    r.in("a").insertOne(doc("{_id: 1}"));
    Copying copying = copying("a");
    long at = source.now();
    for (int code : new int[] {50, 91, 11602}) {
      r.servers.failPoint(
          "failCommand",
          doc("{times: 1}"),
          doc("{failCommands: ['find'], appName: 'millrace'}")
              .append("errorCode", new BsonInt32(code)));
      assertThat(failureOf(() -> copying.read(new Span(null, null, null), at, 10)))
          .as("code %d", code)
          .isInstanceOf(Failure.Transient.class);
    }
    r.servers.failPointOff("failCommand");
    assertThat(((Outcome.Rows) copying.read(Copying.ALL, at, 10)).count()).isEqualTo(1);
  }
}
