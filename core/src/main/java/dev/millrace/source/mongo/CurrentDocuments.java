package dev.millrace.source.mongo;

import com.mongodb.ReadConcern;
import com.mongodb.client.MongoClient;
import dev.millrace.model.Namespace;
import dev.millrace.source.Subset;
import org.bson.BsonDocument;
import org.jspecify.annotations.Nullable;

/** Reads single documents from the primary, for events that could not carry theirs. */
final class CurrentDocuments implements ChangeDecoder.DocumentFinder {
  private final MongoClient client;
  private final Subset subset;

  CurrentDocuments(MongoClient client, Subset subset) {
    this.client = client;
    this.subset = subset;
  }

  @Override
  public @Nullable BsonDocument find(Namespace namespace, BsonDocument documentKey) {
    return client
        .getDatabase(namespace.database())
        .getCollection(namespace.collection(), BsonDocument.class)
        .withReadConcern(ReadConcern.MAJORITY)
        .find(SubsetStages.among(subset, documentKey))
        .projection(SubsetStages.fields(subset))
        .first();
  }
}
