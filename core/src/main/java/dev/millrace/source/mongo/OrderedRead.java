package dev.millrace.source.mongo;

import com.mongodb.MongoException;
import com.mongodb.client.ClientSession;
import com.mongodb.client.MongoDatabase;
import dev.millrace.model.Namespace;
import dev.millrace.source.CopySource.Row;
import dev.millrace.source.Tables;
import java.util.List;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonInt64;
import org.bson.BsonString;
import org.jspecify.annotations.Nullable;

/**
 * One cursor over a collection, in a session of its own that is kept alive with it. For one thread.
 */
final class OrderedRead implements Tables.Ordered {
  private static final int ROWS = 5_000;

  private final MongoDatabase database;
  private final ClientSession session;
  private final KeepAlive keepAlive;
  private final Namespace namespace;
  private @Nullable BsonDocument next;

  OrderedRead(
      MongoDatabase database,
      ClientSession session,
      KeepAlive keepAlive,
      BsonDocument find,
      Namespace namespace) {
    this.database = database;
    this.session = session;
    this.keepAlive = keepAlive;
    this.namespace = namespace;
    this.next = find.append("batchSize", new BsonInt32(ROWS));
  }

  @Override
  public boolean hasNext() {
    return next != null;
  }

  @Override
  public Iterable<Row> read() {
    BsonDocument command = next;
    if (command == null) {
      return List.of();
    }
    try {
      RawReply reply = RawReply.run(database, session, command);
      keepAlive.used();
      next = reply.cursorId == 0 ? null : more(reply.cursorId);
      return new CopiedRows(reply, ROWS, null);
    } catch (MongoException e) {
      throw MongoFailures.of(e, "reading " + namespace);
    } catch (IllegalStateException e) {
      throw MongoFailures.closed("reading " + namespace, e);
    }
  }

  private BsonDocument more(long cursor) {
    return new BsonDocument("getMore", new BsonInt64(cursor))
        .append("collection", new BsonString(namespace.collection()))
        .append("batchSize", new BsonInt32(ROWS));
  }

  @Override
  public void keepAlive() {
    try {
      keepAlive.whenDue();
    } catch (MongoException e) {
      throw MongoFailures.of(e, "keeping the session alive");
    } catch (IllegalStateException e) {
      throw MongoFailures.closed("keeping the session alive", e);
    }
  }

  /** Gives the session up; what is open in it ends with the client. */
  @Override
  public void close() {
    session.close();
  }
}
