package dev.millrace.copy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.model.Change;
import dev.millrace.model.Position;
import dev.millrace.testing.Gate;
import dev.millrace.testing.Hooks;
import dev.millrace.testing.Moment;
import java.util.List;
import org.bson.BsonArray;
import org.bson.BsonBoolean;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonString;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;

/** A stream of which little, or nothing, is for this pipeline. */
class StreamInterleavingsTest extends Scenario {
  @AfterEach
  void refuseNothing() {
    servers().failPointOff("failCommand");
  }

  @OnTableAndLog
  @DisplayName("23: an idle source: position and commit point advance all the same")
  void anIdleSourceStillMovesThePosition(Pipe.Target target) {
    Origin origin = origin().fill("a", 0, 10);
    Pipe pipe = pipe(target);
    pipe.start().awaitCommit(origin.time());
    writeNothing();
    long idle = Oplog.newest(servers());
    pipe.until("a later position", () -> isPast(delivered(pipe), idle));
    pipe.judge();
    assertThat(isPast(pipe.stored().orElseThrow().position(), idle)).isTrue();
  }

  @OnTableAndLog
  @DisplayName(
      "an idle source, and our own write on top of it: who stops there stores the position")
  void anIdleMoveBehindOurOwnWriteIsStoredAtTheEnd(Pipe.Target target) {
    Origin origin = origin().fill("a", 0, 10);
    Pipe pipe = pipe(target);
    pipe.start().awaitCommit(origin.time());
    long idle;
    try (Gate save = pipe.hooks.hold(Hooks.Point.BEFORE_SAVE, Moment.any())) {
      origin.insert("a", 10, "new");
      save.awaitReached();
      writeNothing();
      idle = Oplog.newest(servers());
    }
    pipe.until("a later position", () -> isPast(delivered(pipe), idle));
    pipe.judge();
    assertThat(isPast(pipe.stored().orElseThrow().position(), idle)).isTrue();
  }

  @OnTableAndLog
  @DisplayName("24: a flood of another database: the position advances, the copy goes on")
  void aFloodOfOthersHoldsUpNothing(Pipe.Target target) {
    Origin origin = origin().fill("a", 0, 500);
    Pipe pipe = pipe(target);
    pipe.hooks.rowsPerChunk(50);
    try (Origin other = new Origin(servers(), database + "_other")) {
      pipe.start();
      for (int i = 0; i < 10; i++) {
        other.fill("flood", i * 1_000, (i + 1) * 1_000);
      }
      pipe.awaitDelivered(Change.Read.class, "a", 500);
      pipe.until("a position behind the flood", () -> isPast(delivered(pipe), other.time()));
      pipe.awaitCommit(origin.time());
      pipe.judge();
      assertThat(isPast(pipe.stored().orElseThrow().position(), other.time())).isTrue();
    }
  }

  @OnTableAndLog
  @DisplayName("25: what moves the stream on breaks on the way: nothing waits for ever")
  void aNudgeThatBreaksIsRepeated(Pipe.Target target) {
    Origin origin = origin().fill("a", 0, 50);
    Pipe pipe = pipe(target);
    pipe.hooks.rowsPerChunk(10);
    servers()
        .failPoint(
            "failCommand",
            new BsonDocument("times", new BsonInt32(2)),
            new BsonDocument("closeConnection", BsonBoolean.TRUE)
                .append("failCommands", new BsonArray(List.of(new BsonString("find"))))
                .append("appName", new BsonString("millrace"))
                .append("namespace", new BsonString(database + ".millrace_now")));
    pipe.start().awaitCommit(origin.time());
    pipe.judge();
    assertThat(pipe.supervisor().metrics().restarts()).isPositive();
  }

  /** As a server of which nothing is asked does every ten seconds. */
  private void writeNothing() {
    servers()
        .runOnPrimary(
            new BsonDocument("appendOplogNote", new BsonInt32(1))
                .append("data", new BsonDocument("idle", BsonBoolean.TRUE)));
  }

  private static @Nullable Position delivered(Pipe pipe) {
    return pipe.supervisor().metrics().deliveredPosition();
  }

  private static boolean isPast(@Nullable Position position, long time) {
    return position != null && Long.compareUnsigned(position.clusterTime(), time) >= 0;
  }
}
