package dev.millrace.source.mongo;

import static dev.millrace.source.mongo.Reading.brief;
import static dev.millrace.source.mongo.Reading.doc;
import static dev.millrace.source.mongo.Reading.take;
import static org.assertj.core.api.Assertions.assertThat;

import com.mongodb.WriteConcern;
import dev.millrace.lab.Lab;
import dev.millrace.lab.MongoServers;
import dev.millrace.model.Change;
import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;
import dev.millrace.source.Source;
import dev.millrace.testing.NeedsServers;
import org.bson.BsonBinary;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonString;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Reading from servers that lose their history, their primary or our session. */
@NeedsServers
class BrokenSourceTest {
  @Test
  void aPositionThatFellOffTheOplogIsLostInWords() {
    try (MongoServers servers =
        MongoServers.builder().oplogMegabytes(1).arguments("--syncdelay", "1").start()) {
      Reading r = new Reading(servers, "shop");
      try (Source source = r.now()) {
        r.in("a").insertOne(doc("{_id: 1}"));
        Change.Streamed first = take(source, 1).get(0);
        Failure failure = null;
        for (int i = 0; failure == null && i < 400; i++) {
          r.in("b").insertOne(new BsonDocument("x", new BsonBinary(new byte[1_000_000])));
          if (i % 20 == 19) {
            failure = opening(r, source, first);
          }
        }
        assertThat(failure).isInstanceOf(Failure.PositionLost.class);
        assertThat(failure.code()).isEqualTo("MR-HISTORY-LOST");
      }
    }
  }

  private static @Nullable Failure opening(Reading r, Source source, Change.Streamed first) {
    try (Source again = r.after(source, first.event().position())) {
      again.poll(1_000);
      return null;
    } catch (MillraceException e) {
      return e.failure();
    }
  }

  @Test
  void aNewPrimaryGoesOnWhereTheOldOneDied() {
    try (MongoServers servers = MongoServers.builder().nodes(3).start()) {
      Reading r = new Reading(servers, "shop");
      Source source = r.now();
      r.in("a").withWriteConcern(WriteConcern.MAJORITY).insertOne(doc("{_id: 1}"));
      Change.Streamed first = take(source, 2).get(1);
      servers.kill(servers.primaryIndex());
      Failure failure = null;
      while (failure == null) {
        try {
          source.poll(1_000);
        } catch (MillraceException e) {
          failure = e.failure();
        }
      }
      assertThat(failure).isInstanceOf(Failure.Transient.class);
      servers.awaitPrimary();
      r.in("a").withWriteConcern(WriteConcern.MAJORITY).insertOne(doc("{_id: 2}"));
      try (Source again = r.after(source, first.event().position())) {
        assertThat(brief(take(again, 1).get(0))).isEqualTo("insert a 2");
      }
      source.close();
    }
  }

  @Test
  void anIdleCursorLivesOnInARefreshedSession() {
    // A minute is the shortest life a server grants; the refresh is then due every twelve seconds.
    assertThat(MongoSource.refreshEvery(java.time.Duration.ofMinutes(1)))
        .isEqualTo(java.time.Duration.ofSeconds(12));
    assertThat(MongoSource.refreshEvery(java.time.Duration.ofMinutes(30)))
        .isEqualTo(java.time.Duration.ofMinutes(6));
    assertThat(MongoSource.refreshEvery(java.time.Duration.ofHours(10)))
        .isEqualTo(java.time.Duration.ofMinutes(10));
  }

  @Test
  void aCursorWhoseSessionTheServerForgotIsTransient() {
    Reading r = new Reading(Lab.mongo(), Lab.freshName("src"));
    try (Source source = r.now()) {
      r.in("a").insertOne(doc("{_id: 1}"));
      Change.Streamed first = take(source, 2).get(1);
      var admin = r.client().getDatabase("admin");
      var sessions = r.client().getDatabase("config").getCollection("system.sessions");
      admin.runCommand(doc("{refreshLogicalSessionCacheNow: 1}"));
      sessions.deleteMany(new BsonDocument());
      admin.runCommand(doc("{refreshLogicalSessionCacheNow: 1}"));
      Failure failure = null;
      while (failure == null) {
        try {
          source.poll(1_000);
        } catch (MillraceException e) {
          failure = e.failure();
        }
      }
      assertThat(failure).isInstanceOf(Failure.Transient.class);
      r.in("a").insertOne(doc("{_id: 2}"));
      try (Source again = r.after(source, first.event().position())) {
        assertThat(brief(take(again, 1).get(0))).isEqualTo("insert a 2");
      }
    }
  }

  @Test
  void aDocumentWhoseKeyCarriesTypeBitsResumesBehindItself() {
    Reading r = new Reading(Lab.mongo(), Lab.freshName("src"));
    try (Source source = r.now()) {
      for (String id : new String[] {"NumberLong(5)", "2.5", "NumberDecimal('7.10')", "-0.0"}) {
        r.in("a").insertOne(doc("{_id: " + id + "}"));
      }
      r.in("a").insertOne(new BsonDocument("_id", new BsonString("last")));
      var changes = take(source, 6);
      for (int i = 1; i < 5; i++) {
        try (Source again = r.after(source, changes.get(i).event().position())) {
          assertThat(take(again, 1).get(0).event().position())
              .isEqualTo(changes.get(i + 1).event().position());
        }
      }
    }
  }

  @Test
  void oneUpdateOfVeryManyDocumentsIsReadInBoundedReplies() {
    Reading r = new Reading(Lab.mongo(), Lab.freshName("src"));
    var documents =
        java.util.stream.IntStream.range(0, 20_000)
            .mapToObj(i -> new BsonDocument("_id", new BsonInt32(i)))
            .toList();
    r.in("a").insertMany(documents);
    try (Source source = r.now()) {
      r.in("a").updateMany(new BsonDocument(), doc("{$set: {n: 1}}"));
      assertThat(take(source, 20_000)).hasSize(20_000);
    }
  }
}
