package dev.millrace.copy;

import static dev.millrace.copy.Origin.doc;
import static org.assertj.core.api.Assertions.assertThat;

import com.mongodb.client.model.Collation;
import com.mongodb.client.model.CollationStrength;
import com.mongodb.client.model.CreateCollectionOptions;
import dev.millrace.engine.CopyView;
import dev.millrace.lab.EdgeValues;
import dev.millrace.model.Change;
import dev.millrace.source.FullDocument;
import dev.millrace.testing.Gate;
import dev.millrace.testing.Hooks.Point;
import dev.millrace.testing.Moment;
import org.bson.BsonDecimal128;
import org.bson.BsonDocument;
import org.bson.BsonDouble;
import org.bson.BsonInt32;
import org.bson.BsonInt64;
import org.bson.BsonString;
import org.bson.types.Decimal128;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What happens to single documents while their collection is copied, on real servers. */
class DocumentInterleavingsTest extends Scenario {
  @OnTableAndLog
  @DisplayName("1: a row is read, its delete is acknowledged, the chunk is emitted: absent")
  void aRowStaysAwayBehindItsDelete(Pipe.Target target) {
    Origin origin = origin().fill("a", 0, 10);
    Pipe pipe = pipe(target);
    try (Gate read = pipe.hooks.hold(Point.AFTER_CHUNK, Moment.any())) {
      pipe.start();
      read.awaitReached();
      origin.delete("a", 3);
      pipe.awaitDelivered(Change.Delete.class, "a", 1);
    }
    pipe.awaitCommit(origin.time());
    assertThat(pipe.judge().documents()).isEqualTo(9);
    assertThat(times(pipe, Change.Read.class, "a", "3")).isZero();
  }

  @OnTableAndLog
  @DisplayName("2: a row is read, its update is emitted, the chunk is emitted: only the update")
  void aRowStaysAwayBehindItsUpdate(Pipe.Target target) {
    Origin origin = origin().fill("a", 0, 10);
    Pipe pipe = pipe(target);
    try (Gate read = pipe.hooks.hold(Point.AFTER_CHUNK, Moment.any())) {
      pipe.start();
      read.awaitReached();
      origin.update("a", 3, "newer");
      pipe.awaitDelivered(Change.Upsert.class, "a", 1);
    }
    pipe.awaitCommit(origin.time());
    pipe.judge();
    assertThat(times(pipe, Change.Read.class, "a", "3")).isZero();
  }

  @OnTableAndLog
  @DisplayName("3: an update lands behind the read and before the chunk: never the row last")
  void aRowNeverFollowsALaterUpdate(Pipe.Target target) {
    Origin origin = origin().fill("a", 0, 10);
    Pipe pipe = pipe(target);
    Gate read = pipe.hooks.hold(Point.AFTER_CHUNK, Moment.of(pipe.named("a")));
    Gate stream = startBehind(pipe, origin);
    read.awaitReached();
    origin.update("a", 3, "newer");
    read.release();
    pipe.await("the chunk waiting for the stream", view -> isReading(view, "a"));
    stream.release();
    pipe.awaitCommit(origin.time());
    pipe.judge();
    assertThat(times(pipe, Change.Upsert.class, "a", "3")).isEqualTo(1);
  }

  @OnTableAndLog
  @DisplayName("4: a row is read, deleted and inserted again: the new one alone")
  void aRowGivesWayToTheDocumentBornAgain(Pipe.Target target) {
    Origin origin = origin().fill("a", 0, 10);
    Pipe pipe = pipe(target);
    try (Gate read = pipe.hooks.hold(Point.AFTER_CHUNK, Moment.any())) {
      pipe.start();
      read.awaitReached();
      origin.delete("a", 3).insert("a", 3, "born again");
      pipe.awaitDelivered(Change.Upsert.class, "a", 1);
    }
    pipe.awaitCommit(origin.time());
    pipe.judge();
    assertThat(times(pipe, Change.Read.class, "a", "3")).isZero();
  }

  @OnTableAndLog
  @DisplayName("5: insert, update and delete in one transaction: absent")
  void aTransactionIsDeliveredInItsOrder(Pipe.Target target) {
    Origin origin = origin().fill("a", 0, 10);
    Pipe pipe = pipe(target);
    try (Gate read = pipe.hooks.hold(Point.AFTER_CHUNK, Moment.any())) {
      pipe.start();
      read.awaitReached();
      origin.together(() ->
          origin
              .insert("a", 20, "born")
              .update("a", 20, "changed")
              .update("a", 3, "x")
              .delete("a", 20));
      pipe.awaitDelivered(Change.Delete.class, "a", 1);
    }
    pipe.awaitCommit(origin.time());
    pipe.judge();
  }

  @OnTableAndLog
  @DisplayName("6: chunk 1 is done, an insert lands behind the cursor: once, as an event")
  void anInsertBehindTheCursorComesOnce(Pipe.Target target) {
    Origin origin = origin().fill("a", 0, 20);
    Pipe pipe = pipe(target);
    pipe.hooks.rowsPerChunk(5);
    try (Gate second = pipe.hooks.hold(Point.BEFORE_CHUNK, Moment.after(1, Moment.any()))) {
      pipe.start();
      second.awaitReached();
      pipe.awaitDelivered(Change.Read.class, "a", 5);
      origin.insert("a", -1, "behind");
      pipe.awaitDelivered(Change.Upsert.class, "a", 1);
    }
    pipe.awaitCommit(origin.time());
    pipe.judge();
    assertThat(times(pipe, Change.Read.class, "a", "-1")).isZero();
    assertThat(times(pipe, Change.Upsert.class, "a", "-1")).isEqualTo(1);
  }

  @OnTableAndLog
  @DisplayName("7: update, delete and insert ahead of the cursor: exact")
  void whatChangesAheadOfTheCursorIsExact(Pipe.Target target) {
    Origin origin = origin().fill("a", 0, 20);
    Pipe pipe = pipe(target);
    pipe.hooks.rowsPerChunk(5);
    try (Gate second = pipe.hooks.hold(Point.BEFORE_CHUNK, Moment.after(1, Moment.any()))) {
      pipe.start();
      second.awaitReached();
      origin.update("a", 8, "changed").delete("a", 9).insert("a", 30, "new");
      pipe.awaitDelivered(Change.Delete.class, "a", 1);
    }
    pipe.awaitCommit(origin.time());
    pipe.judge();
  }

  @ParameterizedTest(name = "{0}")
  @EnumSource
  @DisplayName("8: _ids of every type: all present")
  void idsOfEveryTypeAreAllThere(Pipe.Target target) {
    Origin origin = origin();
    EdgeValues.ids().forEach(id -> origin.insert("a", doc(id, "of every type")));
    Pipe pipe = pipe(target);
    pipe.hooks.rowsPerChunk(7).seemingBytes(48 << 20);
    pipe.start().awaitCommit(origin.time());
    assertThat(pipe.judge().documents()).isEqualTo(EdgeValues.ids().size());
    assertThat(pipe.delivered(Change.Read.class, "a")).isEqualTo(EdgeValues.ids().size());
  }

  @ParameterizedTest(name = "{0}")
  @EnumSource
  @DisplayName("9: _ids that a collation takes for one: nothing lost, nothing taken for another")
  void aCollationDecidesWhichIdsAreOne(Pipe.Target target) {
    Origin origin = origin();
    origin
        .database()
        .createCollection(
            "a",
            new CreateCollectionOptions()
                .collation(
                    Collation.builder()
                        .locale("en")
                        .collationStrength(CollationStrength.SECONDARY)
                        .build()));
    for (String id : new String[] {"Abc", "abd", "ABE", "b", "C"}) {
      origin.insert("a", doc(new BsonString(id), "as it was"));
    }
    Pipe pipe = pipe(target);
    pipe.hooks.rowsPerChunk(2);
    try (Gate second = pipe.hooks.hold(Point.AFTER_CHUNK, Moment.after(1, Moment.any()))) {
      pipe.start();
      second.awaitReached();
      // Found under another spelling than it is stored with, and born again under a third.
      origin.collection("a").deleteOne(Origin.byId(new BsonString("abe")));
      origin.insert("a", doc(new BsonString("abE"), "born again"));
      origin.collection("a").deleteOne(Origin.byId(new BsonString("aBC")));
      origin.insert("a", doc(new BsonString("aBc"), "born again"));
      pipe.awaitDelivered(Change.Upsert.class, "a", 2);
    }
    pipe.awaitCommit(origin.time());
    assertThat(pipe.judge().documents()).isEqualTo(5);
  }

  @ParameterizedTest(name = "{0}")
  @EnumSource
  @DisplayName("49: _ids that are equal across types: one document, one row")
  void numbersAreOneWhateverTheirType(Pipe.Target target) {
    Origin origin = origin().insert("a", doc(new BsonDouble(1), "one"), doc(2, "two"));
    Pipe pipe = pipe(target);
    try (Gate read = pipe.hooks.hold(Point.AFTER_CHUNK, Moment.any())) {
      pipe.start();
      read.awaitReached();
      origin.replace("a", doc(new BsonInt64(1), "one as a long"));
      origin.delete("a", 2);
      origin.insert("a", doc(new BsonDecimal128(Decimal128.parse("2.0")), "two as a decimal"));
      pipe.awaitDelivered(Change.Upsert.class, "a", 2);
    }
    pipe.awaitCommit(origin.time());
    assertThat(pipe.judge().documents()).isEqualTo(2);
    assertThat(pipe.delivered(Change.Read.class, "a")).isZero();
  }

  @OnTableAndLog
  @DisplayName("26: update then delete, the lookup finds nothing: absent")
  void anUpdateOfADocumentThatIsGoneLeavesNothing(Pipe.Target target) {
    Origin origin = origin().fill("a", 0, 10);
    Pipe pipe = pipe(target);
    pipe.start().awaitCommit(origin.time());
    try (Gate stream = pipe.hooks.hold(Point.BEFORE_POLL, Moment.any())) {
      stream.awaitReached();
      origin.update("a", 3, "changed").delete("a", 3);
    }
    pipe.awaitCommit(origin.time());
    assertThat(pipe.judge().documents()).isEqualTo(9);
  }

  @OnTableAndLog
  @DisplayName("27: a post-image is missing: it stops and says so, and skips nothing")
  void aMissingPostImageIsNeverSkipped(Pipe.Target target) throws Exception {
    Origin origin = origin().fill("a", 0, 10);
    Pipe pipe = pipe(target).fullDocument(FullDocument.POST_IMAGE);
    pipe.start().awaitCommit(origin.time());
    origin.update("a", 3, "without an image");
    assertThat(pipe.awaitStopped()).isEqualTo("MR-SOURCE-IMAGE-MISSING");
    assertThat(times(pipe, Change.Upsert.class, "a", "3")).isZero();
    // Nothing of it was counted as done: with lookups it is still to come.
    pipe.stop();
    pipe.fullDocument(FullDocument.LOOKUP).start().awaitCommit(origin.time());
    pipe.judge();
  }

  @OnTableAndLog
  @DisplayName("38: a transaction over two collections, one being copied: both or neither at T")
  void aTransactionIsWholeAtACommitPoint(Pipe.Target target) {
    Origin origin = origin().fill("a", 0, 10).fill("b", 0, 10);
    Pipe pipe = pipe(target);
    try (Gate read = pipe.hooks.hold(Point.AFTER_CHUNK, Moment.of(pipe.named("b")))) {
      pipe.start();
      read.awaitReached();
      pipe.awaitDelivered(Change.Read.class, "a", 10);
      origin.together(() -> origin.update("a", 1, "both").update("b", 1, "both"));
      pipe.awaitDelivered(Change.Upsert.class, "b", 1);
      assertThat(pipe.supervisor().copy().commit().consistent()).isFalse();
    }
    pipe.awaitCommit(origin.time());
    pipe.judge();
    int whole = first(pipe, Change.Upsert.class, "b");
    assertThat(committedBetween(pipe, 0, whole)).isFalse();
  }

  @OnTableAndLog
  @DisplayName("48: a lookup finds a newer document, then the newer event comes: never back")
  void aLookupThatSeesTheFutureDoesNoHarm(Pipe.Target target) {
    Origin origin = origin().fill("a", 0, 10);
    Pipe pipe = pipe(target);
    Gate read = pipe.hooks.hold(Point.AFTER_CHUNK, Moment.any());
    pipe.start();
    read.awaitReached();
    try (Gate stream = pipe.hooks.hold(Point.BEFORE_POLL, Moment.any())) {
      stream.awaitReached();
      origin.update("a", 3, "older").update("a", 3, "newer");
    }
    pipe.awaitDelivered(Change.Upsert.class, "a", 2);
    origin.update("a", 3, "newest");
    read.release();
    pipe.awaitCommit(origin.time());
    pipe.judge();
    BsonDocument held = origin.collection("a").find(Origin.byId(new BsonInt32(3))).first();
    assertThat(held).isNotNull().containsEntry("text", new BsonString("newest"));
  }

  private static boolean isReading(CopyView view, String collection) {
    return view.collections().stream()
        .anyMatch(it -> it.namespace().collection().equals(collection) && it.reading() > 0);
  }
}
