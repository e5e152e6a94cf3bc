package dev.millrace.source.mongo;

import static dev.millrace.source.mongo.Reading.brief;
import static dev.millrace.source.mongo.Reading.checkpoint;
import static dev.millrace.source.mongo.Reading.doc;
import static dev.millrace.source.mongo.Reading.take;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.mongodb.client.ClientSession;
import com.mongodb.client.model.RenameCollectionOptions;
import dev.millrace.lab.Lab;
import dev.millrace.model.Change;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.CopyState;
import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;
import dev.millrace.model.Operation;
import dev.millrace.model.Position;
import dev.millrace.model.Term;
import dev.millrace.source.FullDocument;
import dev.millrace.source.PreImage;
import dev.millrace.source.Source;
import dev.millrace.source.StartFrom;
import dev.millrace.testing.NeedsServers;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.bson.BsonBinary;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonString;
import org.bson.BsonTimestamp;
import org.junit.jupiter.api.Test;

/** What comes out of a real server's change stream. */
@NeedsServers
class MongoSourceTest {
  private final Reading r = new Reading(Lab.mongo(), Lab.freshName("src"));

  private static Failure failureOf(ThrowingCallable call) {
    try {
      call.call();
    } catch (MillraceException e) {
      return e.failure();
    } catch (Throwable e) {
      throw new AssertionError("not a failure of ours", e);
    }
    throw new AssertionError("nothing failed");
  }

  @Test
  void deliversEveryKindOfChangeInOrderWithItsDocument() {
    try (Source source = r.now()) {
      r.in("a").insertOne(doc("{_id: 1, n: 1}"));
      r.in("a").updateOne(doc("{_id: 1}"), doc("{$set: {n: 2}}"));
      r.in("a").replaceOne(doc("{_id: 1}"), doc("{n: 3}"));
      List<Change.Streamed> changes = take(source, 4);
      assertThat(changes.stream().map(Reading::brief))
          .containsExactly("create a", "insert a 1", "update a 1", "replace a 1");
      assertThat(((Change.Upsert) changes.get(3)).document().toDocument())
          .isEqualTo(doc("{_id: 1, n: 3}"));
      r.in("a").deleteOne(doc("{_id: 1}"));
      Change.Delete delete = (Change.Delete) take(source, 1).get(0);
      assertThat(delete.id().type()).isEqualTo((byte) 0x10);
      assertThat(changes.get(1).event().position()).isLessThan(changes.get(2).event().position());
    }
  }

  @Test
  void anUpdateWhoseDocumentIsGoneArrivesAsDeleteAtItsOwnPosition() {
    try (Source source = r.now()) {
      r.in("a").insertOne(doc("{_id: 1}"));
      r.in("a").updateOne(doc("{_id: 1}"), doc("{$set: {n: 2}}"));
      r.in("a").deleteOne(doc("{_id: 1}"));
      r.in("a").insertOne(doc("{_id: 2}"));
      List<Change.Streamed> changes = take(source, 4);
      assertThat(changes.stream().limit(4).map(Reading::brief))
          .containsExactly("create a", "insert a 1", "delete a 1", "delete a 1");
      BsonDocument raw = changes.get(2).event().raw().toDocument();
      assertThat(raw.getString("operationType").getValue()).isEqualTo("delete");
      assertThat(raw).doesNotContainKeys("fullDocument", "updateDescription");
      assertThat(changes.get(2).event().position()).isLessThan(changes.get(3).event().position());
    }
  }

  @Test
  void followsPatternsAndWhatAppearsLaterAndRenamesIntoAndOutOfScope() {
    r.collections("orders_*", "users").own("orders_own");
    try (Source source = r.now()) {
      r.in("orders_1").insertOne(doc("{_id: 1}"));
      r.in("other").insertOne(doc("{_id: 2}"));
      r.in("xorders_1").insertOne(doc("{_id: 3}"));
      r.in("orders_own").insertOne(doc("{_id: 4}"));
      r.in("other").renameCollection(new com.mongodb.MongoNamespace(r.database, "users"));
      r.in("users").insertOne(doc("{_id: 5}"));
      r.in("orders_1").renameCollection(new com.mongodb.MongoNamespace(r.database, "gone"));
      r.in("gone").insertOne(doc("{_id: 6}"));
      r.in("users").drop();
      assertThat(take(source, 6).stream().map(Reading::brief))
          .containsExactly(
              "create orders_1",
              "insert orders_1 1",
              "rename other to users",
              "insert users 5",
              "rename orders_1 to gone",
              "drop users");
    }
  }

  @Test
  void goesOnBehindADroppedDatabase() {
    r.collections("a", "b");
    r.in("a").insertOne(doc("{_id: 0}"));
    try (Source source = r.now()) {
      r.in("a").insertOne(doc("{_id: 1}"));
      r.db().drop();
      r.in("b").insertOne(doc("{_id: 2}"));
      List<Change.Streamed> changes = take(source, 5);
      assertThat(changes.stream().map(Reading::brief))
          .containsExactly("insert a 1", "drop a", "dropDatabase", "create b", "insert b 2");
      // A position at the last event before it is as good as any.
      try (Source again = r.after(source, changes.get(0).event().position())) {
        assertThat(take(again, 4).stream().map(Reading::brief))
            .containsExactly("drop a", "dropDatabase", "create b", "insert b 2");
      }
    }
  }

  @Test
  void resumesAfterAnyEventsPosition() {
    try (Source source = r.now()) {
      for (int i = 0; i < 20; i++) {
        r.in("a").insertOne(new BsonDocument("_id", new BsonInt32(i)));
      }
      List<Change.Streamed> all = take(source, 21);
      for (int at : new int[] {0, 7, 19}) {
        try (Source again = r.after(source, all.get(at).event().position())) {
          assertThat(take(again, 20 - at).stream().map(Reading::brief))
              .isEqualTo(all.subList(at + 1, 21).stream().map(Reading::brief).toList());
        }
      }
    }
  }

  @Test
  void aPositionTakenUnderAnotherScopeIsOpenedByItsTimeAndLosesNothing() {
    try (Source source = r.collections("a").now()) {
      r.in("a").insertOne(doc("{_id: 1}"));
      r.in("b").insertOne(doc("{_id: 2}"));
      r.in("a").insertOne(doc("{_id: 3}"));
      Change.Streamed first = take(source, 2).get(1);
      assertThat(brief(first)).isEqualTo("insert a 1");
      Checkpoint stored = checkpoint(source, first.event().position());
      try (Source wider =
          r.collections("b")
              .opener()
              .open(Optional.of(stored), new StartFrom.Now(), CopyState.Edits.NONE)) {
        assertThat(take(wider, 2).stream().map(Reading::brief))
            .containsExactly("create b", "insert b 2");
      }
    }
  }

  @Test
  void aTransactionResumedInItsMiddleGivesItsRest() {
    r.in("a").insertOne(doc("{_id: 0}"));
    try (Source source = r.now();
        ClientSession session = r.client().startSession()) {
      session.startTransaction();
      for (int i = 1; i <= 8; i++) {
        r.in("a").insertOne(session, new BsonDocument("_id", new BsonInt32(i)));
      }
      session.commitTransaction();
      List<Change.Streamed> all = take(source, 8);
      assertThat(all.stream().map(c -> c.event().clusterTime()).distinct()).hasSize(1);
      try (Source again = r.after(source, all.get(2).event().position())) {
        assertThat(take(again, 5).stream().map(Reading::brief))
            .containsExactly("insert a 4", "insert a 5", "insert a 6", "insert a 7", "insert a 8");
      }
    }
  }

  @Test
  void anUpdateOver16MegabytesWithItsImagesPassesWithItsDocument() {
    r.in("a").insertOne(doc("{_id: 1}"));
    r.in("a").insertOne(doc("{_id: 2}"));
    try (Source source = r.now()) {
      String large = "x".repeat(9_000_000);
      r.in("a").updateOne(doc("{_id: 2}"), doc("{$set: {n: 1}}"));
      r.in("a")
          .updateOne(
              doc("{_id: 1}"),
              new BsonDocument("$set", new BsonDocument("large", new BsonString(large))));
      r.in("a").updateOne(doc("{_id: 2}"), doc("{$set: {n: 2}}"));
      List<Change.Streamed> changes = take(source, 3);
      assertThat(changes.stream().map(Reading::brief))
          .containsExactly("update a 2", "update a 1", "update a 2");
      Change.Upsert upsert = (Change.Upsert) changes.get(1);
      assertThat(upsert.document().toDocument().getString("large").getValue()).isEqualTo(large);
      assertThat(upsert.event().raw().toDocument())
          .doesNotContainKeys("updateDescription", StreamCommands.SLIMMED);
      assertThat(changes.get(2).event().raw().toDocument()).containsKey("updateDescription");
    }
  }

  @Test
  void aPreImageIsLeftOutOnlyWhereItWouldNotFit() {
    r.before(PreImage.WHEN_AVAILABLE);
    r.db().runCommand(doc("{create: 'a', changeStreamPreAndPostImages: {enabled: true}}"));
    byte[] large = new byte[9_000_000];
    Arrays.fill(large, (byte) 'y');
    r.in("a").insertOne(doc("{_id: 1}").append("large", new BsonBinary(large)));
    r.in("a").insertOne(doc("{_id: 2}"));
    try (Source source = r.now()) {
      r.in("a").updateOne(doc("{_id: 1}"), doc("{$set: {n: 1}}"));
      r.in("a").updateOne(doc("{_id: 2}"), doc("{$set: {n: 1}}"));
      List<Change.Streamed> changes = take(source, 2);
      assertThat(changes.get(0).event().raw().toDocument())
          .doesNotContainKey("fullDocumentBeforeChange")
          .containsKey("fullDocument");
      assertThat(changes.get(1).event().raw().toDocument().getDocument("fullDocumentBeforeChange"))
          .isEqualTo(doc("{_id: 2}"));
    }
  }

  @Test
  void aDocumentOf16MegabytesPassesWhole() {
    try (Source source = r.now()) {
      byte[] large = new byte[16 * 1024 * 1024 - 64];
      r.in("a").insertOne(doc("{_id: 1}").append("large", new BsonBinary(large)));
      Change.Upsert insert = (Change.Upsert) take(source, 2).get(1);
      assertThat(insert.document().length()).isGreaterThan(large.length);
    }
  }

  @Test
  void deltasArriveAsPatches() {
    r.full(FullDocument.DELTA);
    r.in("a").insertOne(doc("{_id: 1}"));
    try (Source source = r.now()) {
      r.in("a").updateOne(doc("{_id: 1}"), doc("{$set: {n: 1}}"));
      assertThat(take(source, 1).get(0)).isInstanceOf(Change.Patch.class);
    }
  }

  @Test
  void aMissingPostImageIsFatalInWordsOrLookedUp() {
    r.in("a").insertOne(doc("{_id: 1}"));
    try (Source required = r.full(FullDocument.POST_IMAGE).now();
        Source available = r.full(FullDocument.POST_IMAGE_WHEN_AVAILABLE).now()) {
      r.in("a").updateOne(doc("{_id: 1}"), doc("{$set: {n: 1}}"));
      assertThat(failureOf(() -> take(required, 1)))
          .isInstanceOf(Failure.Fatal.class)
          .extracting(Failure::code)
          .isEqualTo("MR-SOURCE-IMAGE-MISSING");
      Change.Upsert found = (Change.Upsert) take(available, 1).get(0);
      assertThat(found.document().toDocument()).isEqualTo(doc("{_id: 1, n: 1}"));
    }
  }

  /** The server looks for an image before anybody here could leave the event out. */
  @Test
  void ourOwnWritesNeedNoImages() {
    r.in("mine").insertOne(doc("{_id: 1}"));
    r.own("mine");
    try (Source after = r.full(FullDocument.POST_IMAGE).now();
        Source before = r.full(FullDocument.LOOKUP).before(PreImage.REQUIRED).now()) {
      r.in("mine").updateOne(doc("{_id: 1}"), doc("{$set: {n: 1}}"));
      r.in("a").insertOne(doc("{_id: 1}"));
      assertThat(brief(take(after, 2).get(1))).isEqualTo("insert a 1");
      assertThat(brief(take(before, 2).get(1))).isEqualTo("insert a 1");
    }
  }

  @Test
  void aDeploymentStreamNamesItsDatabases() {
    r.deployment(r.database + ".a*", r.database + "_2.*");
    try (Source source = r.now()) {
      r.in("a1").insertOne(doc("{_id: 1}"));
      r.in("b").insertOne(doc("{_id: 2}"));
      r.client()
          .getDatabase(r.database + "_2")
          .getCollection("c", BsonDocument.class)
          .insertOne(doc("{_id: 3}"));
      List<Change.Streamed> changes = take(source, 4);
      assertThat(changes.stream().map(c -> c.event().namespace().toString()))
          .containsExactly(
              r.database + ".a1", r.database + ".a1", r.database + "_2.c", r.database + "_2.c");
    }
  }

  @Test
  void onlyTheOperationsAskedForAreDelivered() {
    try (Source source = r.only(Operation.INSERT, Operation.DROP).now()) {
      r.in("a").insertOne(doc("{_id: 1}"));
      r.in("a").updateOne(doc("{_id: 1}"), doc("{$set: {n: 1}}"));
      r.in("a").deleteOne(doc("{_id: 1}"));
      r.in("a").drop();
      assertThat(take(source, 2).stream().map(Reading::brief))
          .containsExactly("insert a 1", "drop a");
    }
  }

  @Test
  void refusesPositionsOfAnotherDeploymentAndOfTheFutureAndGarbage() {
    try (Source source = r.now()) {
      Checkpoint here = checkpoint(source, source.opened());
      Checkpoint foreign =
          new Checkpoint(
              here.position(), new Term(1), "0123456789abcdef01234567", here.scope(), "");
      assertThat(codeOfOpening(foreign)).isEqualTo("MR-POSITION-FOREIGN");
      String hex = "%016X".formatted(here.position().clusterTime() + (1000L << 32));
      Position future = Position.of("82" + hex + here.position().data().substring(18));
      assertThat(codeOfOpening(here.at(future))).isEqualTo("MR-POSITION-FUTURE");
      // What is followed was changed as well, so that it would be opened by its time.
      Checkpoint elsewhere = new Checkpoint(future, new Term(1), here.deployment(), "other", "");
      assertThat(codeOfOpening(elsewhere)).isEqualTo("MR-POSITION-FUTURE");
      Position garbage =
          Position.of("82" + "%016X".formatted(here.position().clusterTime()) + "2B022C0100FFFF");
      assertThat(codeOfOpening(here.at(garbage))).isEqualTo("MR-POSITION-INVALID");
      assertThat(
              failureOf(() ->
                      r.opener()
                          .open(
                              Optional.empty(),
                              new StartFrom.At(new BsonTimestamp(Integer.MAX_VALUE, 1)),
                              CopyState.Edits.NONE))
                  .code())
          .isEqualTo("MR-POSITION-FUTURE");
    }
  }

  private String codeOfOpening(Checkpoint checkpoint) {
    return failureOf(() ->
            r.opener()
                .open(Optional.of(checkpoint), new StartFrom.Now(), CopyState.Edits.NONE)
                .close())
        .code();
  }

  @Test
  void startsAtAClusterTime() {
    r.in("a").insertOne(doc("{_id: 1}"));
    BsonTimestamp time;
    try (ClientSession session = r.client().startSession()) {
      r.in("a").insertOne(session, doc("{_id: 2}"));
      time = session.getOperationTime();
    }
    r.in("a").insertOne(doc("{_id: 3}"));
    try (Source source =
        r.opener().open(Optional.empty(), new StartFrom.At(time), CopyState.Edits.NONE)) {
      assertThat(source.opened().clusterTime()).isLessThanOrEqualTo(time.getValue());
      assertThat(source.opened().isHighWater()).isTrue();
      assertThat(take(source, 2).stream().map(Reading::brief))
          .containsExactly("insert a 2", "insert a 3");
    }
  }

  @Test
  void aKilledCursorIsTransientAndAClosedSourceFailsItsPoll() {
    Source source = r.now();
    source.poll(1_000);
    r.client().getDatabase("admin").runCommand(doc("{killAllSessions: []}"));
    assertThat(
            failureOf(() -> {
              while (true) {
                source.poll(1_000);
              }
            }))
        .isInstanceOf(Failure.Transient.class);
    source.close();
    assertThatThrownBy(() -> source.poll(1_000)).isInstanceOf(MillraceException.class);
  }

  @Test
  void anEventInFragmentsIsJoinedAndHasNoPositionInside() {
    ChangeDecoder decoder =
        new ChangeDecoder(
            new Scope("d", List.of(), java.util.Set.of()),
            java.util.EnumSet.allOf(Operation.class),
            FullDocument.LOOKUP,
            (namespace, key) -> null);
    String head = "8269200000000000012B022C0100296E5A10040000000000000000000000000000000046";
    byte[] one =
        dev.millrace.model.RawValue.of(
                doc(
                    "{_id: {_data: '"
                        + head
                        + "01'}, operationType: 'update', clusterTime: {$timestamp: {t: 1, i: 1}},"
                        + " ns: {db: 'd', coll: 'c'}, documentKey: {_id: 7}, splitEvent: {fragment: 1, of: 2}}"))
            .bytes();
    byte[] two =
        dev.millrace.model.RawValue.of(
                doc(
                    "{_id: {_data: '"
                        + head
                        + "02'}, fullDocument: {_id: 7, n: 1}, splitEvent: {fragment: 2, of: 2}}"))
            .bytes();
    assertThat(decoder.decode(one, 0)).isNull();
    assertThat(decoder.isInsideEvent()).isTrue();
    Change.Upsert whole = (Change.Upsert) java.util.Objects.requireNonNull(decoder.decode(two, 0));
    assertThat(decoder.isInsideEvent()).isFalse();
    assertThat(brief(whole)).isEqualTo("update c 7");
    assertThat(whole.document().toDocument()).isEqualTo(doc("{_id: 7, n: 1}"));
    assertThat(whole.event().position().data()).endsWith("02");
    assertThatThrownBy(() -> decoder.decode(two, 0)).hasMessageContaining("MR-SOURCE-FRAGMENT");
  }

  @Test
  void aRenameOntoAnExistingNameIsOneRename() {
    r.collections("a", "b");
    r.in("a").insertOne(doc("{_id: 1}"));
    r.in("b").insertOne(doc("{_id: 2}"));
    try (Source source = r.now()) {
      r.in("a")
          .renameCollection(
              new com.mongodb.MongoNamespace(r.database, "b"),
              new RenameCollectionOptions().dropTarget(true));
      r.in("b").insertOne(doc("{_id: 3}"));
      assertThat(take(source, 2).stream().map(Reading::brief))
          .containsExactly("rename a to b", "insert b 3");
    }
  }
}
