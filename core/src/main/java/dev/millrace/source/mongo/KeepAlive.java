package dev.millrace.source.mongo;

import com.mongodb.client.ClientSession;
import com.mongodb.client.MongoClient;
import java.time.Duration;
import java.util.List;
import org.bson.BsonArray;
import org.bson.BsonDocument;

/**
 * Refreshes the session in which a cursor lives, while nobody reads from it. A cursor in a session
 * that the server forgets dies with it, whatever its own options; {@code refreshSessions} needs no
 * privilege and keeps both.
 */
final class KeepAlive {
  private final MongoClient client;
  private final ClientSession session;
  private final long everyNanos;
  private long usedAt = System.nanoTime();

  KeepAlive(MongoClient client, ClientSession session, Duration sessionTimeout) {
    this.client = client;
    this.session = session;
    this.everyNanos = MongoSource.refreshEvery(sessionTimeout).toNanos();
  }

  /** Notes that a command ran in the session, which refreshes it as well. */
  void used() {
    usedAt = System.nanoTime();
  }

  void whenDue() {
    if (System.nanoTime() - usedAt < everyNanos) {
      return;
    }
    BsonDocument id = session.getServerSession().getIdentifier();
    client
        .getDatabase("admin")
        .runCommand(session, new BsonDocument("refreshSessions", new BsonArray(List.of(id))));
    used();
  }
}
