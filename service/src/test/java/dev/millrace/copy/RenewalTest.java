package dev.millrace.copy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.millrace.engine.CopyRequest;
import dev.millrace.lab.Comparison;
import dev.millrace.model.Change;
import dev.millrace.model.MillraceException;
import dev.millrace.testing.Gate;
import dev.millrace.testing.Hooks.Point;
import dev.millrace.testing.Moment;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.bson.BsonInt32;
import org.bson.BsonString;
import org.bson.BsonValue;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Documents that are told again on request. */
class RenewalTest extends Scenario {
  private CopyRequest.Renew renew(Pipe pipe, BsonValue... ids) {
    return new CopyRequest.Renew(pipe.named("a"), List.of(ids));
  }

  private static BsonValue[] ids(int... ids) {
    return IntStream.of(ids).mapToObj(BsonInt32::new).toArray(BsonValue[]::new);
  }

  private static void tamper(Pipe pipe, String... statements) throws Exception {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + pipe.file());
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  @Test
  @DisplayName("what a person removed, changed and added is mended, and nothing else is told")
  void mendsWhatAPersonDid() throws Exception {
    Origin origin = origin().fill("a", 0, 20);
    Pipe pipe = pipe(Pipe.Target.SQLITE);
    pipe.start().awaitCommit(origin.time());
    tamper(
        pipe,
        "DELETE FROM a WHERE id IN ('1', '2')",
        "UPDATE a SET document = '{\"_id\": 3}', version = 'FFFFFFFFFFFFFFFFFFFFFFFF' WHERE id = '3'",
        "INSERT INTO a VALUES ('99', '{\"_id\": 99}', 'zz'), ('x', '{\"_id\": \"x\"}', '')");
    Comparison found = pipe.compare();
    assertThat(found.missing()).isEqualTo(2);
    assertThat(found.stale()).isEqualTo(1);
    assertThat(found.extra()).isEqualTo(2);
    pipe.request(renew(pipe, ids(1, 2, 3, 99)));
    pipe.request(renew(pipe, new BsonString("x")));
    assertThat(pipe.delivered(Change.Renewed.class, "a")).isEqualTo(5);
    pipe.judge();
  }

  @Test
  @DisplayName("more than one reply of the source holds is told part by part")
  void tellsLargeDocumentsPartByPart() throws Exception {
    Origin origin = origin();
    String text = "x".repeat(1 << 20);
    for (int id = 0; id < 40; id++) {
      origin.insert("a", id, text);
    }
    Pipe pipe = pipe(Pipe.Target.SQLITE);
    pipe.start().awaitCommit(origin.time());
    tamper(pipe, "UPDATE a SET document = '{}'", "INSERT INTO a VALUES ('-1', '{}', '')");
    pipe.request(renew(pipe, ids(IntStream.range(-1, 40).toArray())));
    assertThat(pipe.delivered(Change.Renewed.class, "a")).isEqualTo(41);
    pipe.judge();
  }

  @Test
  @DisplayName("a document that changes while it is looked up: the event speaks for it")
  void givesWayToEvents() throws Exception {
    Origin origin = origin().fill("a", 0, 5);
    Pipe pipe = pipe(Pipe.Target.SQLITE);
    pipe.start().awaitCommit(origin.time());
    CompletableFuture<Void> answer;
    try (Gate found = pipe.hooks.hold(Point.AFTER_FIND, Moment.any())) {
      answer = pipe.supervisor().request(renew(pipe, ids(0, 1, 2, 3)));
      found.awaitReached();
      origin.update("a", 1, "meanwhile").delete("a", 2);
      pipe.awaitDelivered(Change.Delete.class, "a", 1);
    }
    answer.get(30, TimeUnit.SECONDS);
    assertThat(pipe.delivered(Change.Renewed.class, "a")).isEqualTo(2);
    pipe.judge();
  }

  @Test
  @DisplayName("a collection that is dropped meanwhile, or not followed, is told to who asked")
  void saysWhatCannotBe() {
    Origin origin = origin().fill("a", 0, 5);
    Pipe pipe = pipe(Pipe.Target.SQLITE).following("a");
    pipe.start().awaitCommit(origin.time());
    CompletableFuture<Void> answer;
    try (Gate found = pipe.hooks.hold(Point.AFTER_FIND, Moment.any())) {
      answer = pipe.supervisor().request(renew(pipe, ids(0)));
      found.awaitReached();
      origin.drop("a");
      pipe.awaitDelivered(Change.Dropped.class, "a", 1);
    }
    assertFails("MR-RENEW-CHANGED", answer);
    CopyRequest.Renew other = new CopyRequest.Renew(pipe.named("b"), List.of(ids(1)));
    assertFails("MR-COLLECTION-UNKNOWN", pipe.supervisor().request(other));
    pipe.judge();
  }

  private static void assertFails(String code, CompletableFuture<Void> answer) {
    assertThatThrownBy(() -> answer.get(30, TimeUnit.SECONDS))
        .isInstanceOf(ExecutionException.class)
        .cause()
        .isInstanceOfSatisfying(
            MillraceException.class, e -> assertThat(e.failure().code()).isEqualTo(code));
  }
}
