package dev.millrace.copy;

import com.mongodb.MongoNamespace;
import com.mongodb.client.ClientSession;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoCollection;
import com.mongodb.client.MongoDatabase;
import com.mongodb.client.model.RenameCollectionOptions;
import dev.millrace.lab.MongoServers;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonString;
import org.bson.BsonValue;

/** The source's database, written to as a test wants it; knows the time of its last write. */
final class Origin implements AutoCloseable {
  final String name;
  private final MongoDatabase database;
  private final ClientSession session;

  Origin(MongoServers servers, String name) {
    this(servers.client(), name);
  }

  Origin(MongoClient client, String name) {
    this.name = name;
    this.database = client.getDatabase(name);
    this.session = client.startSession();
  }

  MongoDatabase database() {
    return database;
  }

  MongoCollection<BsonDocument> collection(String collection) {
    return database.getCollection(collection, BsonDocument.class);
  }

  static BsonDocument doc(BsonValue id, String text) {
    return new BsonDocument("_id", id).append("text", new BsonString(text));
  }

  static BsonDocument doc(int id, String text) {
    return doc(new BsonInt32(id), text);
  }

  /** Inserts the ids {@code from} to {@code to - 1}. */
  Origin fill(String collection, int from, int to) {
    List<BsonDocument> documents = new ArrayList<>();
    for (int id = from; id < to; id++) {
      documents.add(doc(id, "as it was " + id));
    }
    collection(collection).insertMany(session, documents);
    return this;
  }

  Origin insert(String collection, BsonDocument... documents) {
    collection(collection).insertMany(session, List.of(documents));
    return this;
  }

  Origin insert(String collection, int id, String text) {
    return insert(collection, doc(id, text));
  }

  Origin update(String collection, int id, String text) {
    collection(collection)
        .updateOne(
            session,
            byId(new BsonInt32(id)),
            new BsonDocument("$set", new BsonDocument("text", new BsonString(text))));
    return this;
  }

  Origin replace(String collection, BsonDocument document) {
    collection(collection)
        .replaceOne(session, byId(Objects.requireNonNull(document.get("_id"))), document);
    return this;
  }

  Origin delete(String collection, int id) {
    collection(collection).deleteOne(session, byId(new BsonInt32(id)));
    return this;
  }

  Origin drop(String collection) {
    collection(collection).drop(session);
    return this;
  }

  Origin create(String collection) {
    database.createCollection(session, collection);
    return this;
  }

  /** Also onto a name that is there already. */
  Origin rename(String from, String to) {
    collection(from)
        .renameCollection(
            session, new MongoNamespace(name, to), new RenameCollectionOptions().dropTarget(true));
    return this;
  }

  /** All of it in one transaction. */
  Origin together(Runnable writes) {
    session.withTransaction(() -> {
      writes.run();
      return true;
    });
    return this;
  }

  static BsonDocument byId(BsonValue id) {
    return new BsonDocument("_id", new BsonDocument("$eq", id));
  }

  /** When the last write happened, as the server's 64 bits. */
  long time() {
    return Objects.requireNonNull(session.getOperationTime()).getValue();
  }

  @Override
  public void close() {
    session.close();
    database.drop();
  }
}
