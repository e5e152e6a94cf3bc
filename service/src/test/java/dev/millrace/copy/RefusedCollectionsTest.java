package dev.millrace.copy;

import static org.assertj.core.api.Assertions.assertThat;

import com.mongodb.client.model.CreateCollectionOptions;
import com.mongodb.client.model.TimeSeriesOptions;
import dev.millrace.engine.CopyRequest;
import dev.millrace.engine.CopyView;
import dev.millrace.model.Change;
import dev.millrace.model.CollectionCopy.Status;
import java.util.List;
import org.bson.BsonArray;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonString;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;

/** Collections that may not, or cannot, be copied. */
class RefusedCollectionsTest extends Scenario {
  @AfterEach
  void refuseNothing() {
    servers().failPointOff("failCommand");
  }

  @OnTableAndLog
  @DisplayName(
      "41: a collection may not be read: it shows, the others go on, no commit until it may")
  void aCollectionThatMayNotBeReadWithholdsTheCommit(Pipe.Target target) throws Exception {
    Origin origin = origin().fill("a", 0, 30).fill("secret", 0, 30).fill("z", 0, 30);
    // A stream over a database needs the right to find in all of it, so only a server that is told
    // to can refuse one collection of it.
    servers()
        .failPoint(
            "failCommand",
            new BsonString("alwaysOn"),
            new BsonDocument("errorCode", new BsonInt32(13))
                .append("failCommands", new BsonArray(List.of(new BsonString("find"))))
                .append("namespace", new BsonString(database + ".secret")));
    Pipe pipe = pipe(target);
    pipe.start().await("the refusal", view -> isAs(view, "secret", Status.UNREADABLE));
    pipe.awaitDelivered(Change.Read.class, "a", 30);
    pipe.awaitDelivered(Change.Read.class, "z", 30);
    origin.update("a", 1, "goes on").insert("secret", 100, "its stream too");
    pipe.awaitDelivered(Change.Upsert.class, "secret", 1);
    CopyView view = pipe.supervisor().copy();
    assertThat(view.commit().consistent()).isFalse();
    assertThat(view.waitingFor()).contains("secret").contains("code 13");

    servers().failPointOff("failCommand");
    // It is tried again by itself, twice a minute; asked for, it is tried at once.
    pipe.request(new CopyRequest.Again(List.of("secret")));
    pipe.awaitCommit(origin.time());
    assertThat(pipe.judge().documents()).isEqualTo(91);
  }

  @OnTableAndLog
  @DisplayName(
      "41: a collection that may not be read leaves the pipeline: commits go on without it")
  void aCollectionThatLeavesWithholdsNothing(Pipe.Target target) throws Exception {
    Origin origin = origin().fill("a", 0, 30).fill("secret", 0, 30);
    servers()
        .failPoint(
            "failCommand",
            new BsonString("alwaysOn"),
            new BsonDocument("errorCode", new BsonInt32(13))
                .append("failCommands", new BsonArray(List.of(new BsonString("find"))))
                .append("namespace", new BsonString(database + ".secret")));
    Pipe pipe = pipe(target);
    pipe.start().await("the refusal", view -> isAs(view, "secret", Status.UNREADABLE));
    pipe.request(new CopyRequest.Remove(List.of("secret")));
    pipe.awaitCommit(origin.time());
    assertThat(pipe.supervisor().copy().commit().excluded()).containsExactly("secret");
    servers().failPointOff("failCommand");
    pipe.following("a").judge();
  }

  @OnTableAndLog
  @DisplayName(
      "a view, a time series and a name that is not there, listed: reported, never pending")
  void whatCannotBeCopiedIsReportedAndHoldsUpNothing(Pipe.Target target) {
    Origin origin = origin().fill("a", 0, 30);
    origin.database().createView("view", "a", List.of());
    origin
        .database()
        .createCollection(
            "series", new CreateCollectionOptions().timeSeriesOptions(new TimeSeriesOptions("at")));
    Pipe pipe = pipe(target).following("a", "view", "series", "nothing");
    pipe.start().awaitCommit(origin.time());
    CopyView view = pipe.supervisor().copy();
    assertThat(isAs(view, "view", Status.NOT_COPYABLE)).isTrue();
    assertThat(isAs(view, "series", Status.NOT_COPYABLE)).isTrue();
    assertThat(view.collections())
        .filteredOn(it -> it.status() == Status.NOT_COPYABLE)
        .allSatisfy(it -> assertThat(it.reason()).isNotEmpty());
    assertThat(view.waitingFor()).isEmpty();
    pipe.following("a").judge();
  }

  private static boolean isAs(CopyView view, String collection, Status status) {
    return view.collections().stream()
        .anyMatch(it -> it.namespace().collection().equals(collection) && it.status() == status);
  }
}
