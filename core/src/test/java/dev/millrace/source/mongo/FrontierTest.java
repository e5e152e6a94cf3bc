package dev.millrace.source.mongo;

import static dev.millrace.source.mongo.Reading.doc;
import static dev.millrace.source.mongo.Reading.take;
import static org.assertj.core.api.Assertions.assertThat;

import com.mongodb.client.ClientSession;
import dev.millrace.lab.Lab;
import dev.millrace.model.Batch;
import dev.millrace.model.Change;
import dev.millrace.model.ClusterTime;
import dev.millrace.source.CopySource;
import dev.millrace.source.CopySource.Entry;
import dev.millrace.source.Source;
import dev.millrace.testing.NeedsServers;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a real server's stream says beyond its events. */
@NeedsServers
class FrontierTest {
  private static final int TRANSACTIONS = 150;
  private static final int SIZE = 6;

  private final Reading r = new Reading(Lab.mongo(), Lab.freshName("frontier"));

  @AfterEach
  void drop() {
    r.db().drop();
  }

  /** Transactions share one time among their events: where a frontier would err, if it did. */
  @Test
  void nothingComesBeforeTheFrontierAlsoUnderTransactionsAndWhenResumedWithinThem() {
    r.in("a").insertOne(doc("{_id: -1}"));
    List<Change.Streamed> all = new ArrayList<>();
    try (Source source = r.collections("a").now()) {
      AtomicBoolean written = new AtomicBoolean();
      CompletableFuture<Void> writing =
          CompletableFuture.runAsync(this::write).whenComplete((v, e) -> written.set(true));
      follow(source, all, TRANSACTIONS * SIZE);
      writing.join();
      assertThat(written).isTrue();
      for (int at = 0; at < all.size(); at += 71) {
        List<Change.Streamed> rest = new ArrayList<>();
        try (Source again = r.after(source, all.get(at).event().position())) {
          follow(again, rest, Math.min(20, all.size() - at - 1));
        }
      }
    }
  }

  private void write() {
    try (ClientSession session = r.client().startSession()) {
      for (int i = 0; i < TRANSACTIONS; i++) {
        session.startTransaction();
        for (int k = 0; k < SIZE; k++) {
          r.in("a").insertOne(session, new BsonDocument("_id", new BsonInt32(i * SIZE + k)));
          r.in("other").insertOne(session, new BsonDocument());
        }
        session.commitTransaction();
      }
    }
  }

  private static void follow(Source source, List<Change.Streamed> into, int count) {
    long frontier = ClusterTime.NONE;
    long end = System.nanoTime() + 60_000_000_000L;
    while (into.size() < count && System.nanoTime() - end < 0) {
      Batch batch = source.poll(1);
      for (Iterator<Change.Streamed> all = batch.changes(); all.hasNext(); ) {
        Change.Streamed change = all.next();
        assertThat(ClusterTime.isAfter(frontier, change.event().clusterTime())).isFalse();
        into.add(change);
      }
      frontier = ClusterTime.later(frontier, batch.frontier());
    }
    assertThat(into).hasSizeGreaterThanOrEqualTo(count);
  }

  @Test
  void theFrontierPassesTheLastEventOnceNothingFollows() {
    try (Source source = r.now()) {
      r.in("a").insertOne(doc("{_id: 1}"));
      long last = take(source, 2).get(1).event().clusterTime();
      long frontier = ClusterTime.NONE;
      for (int polls = 0; !ClusterTime.isAfter(frontier, last) && polls < 60; polls++) {
        frontier = source.poll(100).frontier();
      }
      assertThat(ClusterTime.isAfter(frontier, last)).isTrue();
    }
  }

  @Test
  void changesOfCollectionsNameTheirUuid() {
    try (Source source = r.now();
        CopySource copies = r.copying()) {
      r.db().createCollection("a");
      UUID uuid =
          ((Entry.Copyable)
                  copies.list(copies.now()).collections().getOrDefault(r.named("a"), nothing()))
              .uuid();
      r.in("a").renameCollection(new com.mongodb.MongoNamespace(r.database, "b"));
      r.in("b").insertOne(doc("{_id: 1}"));
      r.in("b").drop();
      assertThat(take(source, 4))
          .extracting(change -> change.event().collectionUuid())
          .containsOnly(Optional.of(uuid));
      r.db().drop();
      assertThat(take(source, 1).get(0).event().collectionUuid()).isEmpty();
    }
  }

  private static Entry nothing() {
    return new Entry.NotCopyable("not listed");
  }
}
