package dev.millrace.source.mongo;

import com.mongodb.ReadConcern;
import com.mongodb.client.MongoClient;
import dev.millrace.model.Namespace;
import org.bson.BsonDocument;
import org.jspecify.annotations.Nullable;

/** Reads single documents from the primary, for events that could not carry theirs. */
final class CurrentDocuments implements ChangeDecoder.DocumentFinder {
  private final MongoClient client;

  CurrentDocuments(MongoClient client) {
    this.client = client;
  }

  @Override
  public @Nullable BsonDocument find(Namespace namespace, BsonDocument documentKey) {
    return client
        .getDatabase(namespace.database())
        .getCollection(namespace.collection(), BsonDocument.class)
        .withReadConcern(ReadConcern.MAJORITY)
        .find(documentKey)
        .first();
  }
}
