package dev.millrace.lab;

import com.mongodb.MongoBulkWriteException;
import com.mongodb.MongoException;
import com.mongodb.client.MongoCollection;
import com.mongodb.client.model.BulkWriteOptions;
import com.mongodb.client.model.DeleteOneModel;
import com.mongodb.client.model.InsertOneModel;
import com.mongodb.client.model.ReplaceOneModel;
import com.mongodb.client.model.ReplaceOptions;
import com.mongodb.client.model.UpdateOneModel;
import com.mongodb.client.model.WriteModel;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.bson.BsonDocument;
import org.bson.BsonNull;
import org.bson.BsonValue;

/** A workload's writes, done through failovers. For one thread. */
final class Writes {
  private static final Duration REPAIR_DEADLINE = Duration.ofSeconds(60);

  private final BooleanSupplier abandoned;
  private volatile boolean repairing;

  /**
   * @param abandoned whether writes that fail need not be done any more
   */
  Writes(BooleanSupplier abandoned) {
    this.abandoned = abandoned;
  }

  static BsonDocument byId(BsonValue id) {
    // $eq, because an id may itself be a document.
    return new BsonDocument("_id", new BsonDocument("$eq", id));
  }

  /** Whether the server fails just now; for any thread. */
  boolean isRepairing() {
    return repairing;
  }

  /**
   * Does them in their order: singly one, together many.
   *
   * @throws MongoException when the server fails for longer than a minute or refuses a write
   */
  void execute(
      MongoCollection<BsonDocument> collection, List<? extends WriteModel<BsonDocument>> models) {
    try {
      if (models.size() == 1) {
        single(collection, models.getFirst());
      } else {
        collection.bulkWrite(models, new BulkWriteOptions().ordered(true));
      }
    } catch (MongoBulkWriteException e) {
      if (!e.getWriteErrors().isEmpty()) {
        throw e;
      }
      repair(collection, models, e);
    } catch (MongoException e) {
      if (e.getCode() > 0 && !e.hasErrorLabel("RetryableWriteError")) {
        throw e;
      }
      repair(collection, models, e);
    }
  }

  private static void single(
      MongoCollection<BsonDocument> collection, WriteModel<BsonDocument> model) {
    switch (model) {
      case InsertOneModel<BsonDocument> insert -> collection.insertOne(insert.getDocument());
      case UpdateOneModel<BsonDocument> update ->
          collection.updateOne(update.getFilter(), Objects.requireNonNull(update.getUpdate()));
      case ReplaceOneModel<BsonDocument> replace ->
          collection.replaceOne(replace.getFilter(), replace.getReplacement());
      case DeleteOneModel<BsonDocument> delete -> collection.deleteOne(delete.getFilter());
      default -> throw new IllegalArgumentException("Unplanned: " + model);
    }
  }

  /**
   * After the driver's own retry has failed too nobody knows which writes were done: does all
   * again, one by one, in a way that does not mind repetition. A document's counter may come out
   * higher.
   */
  private void repair(
      MongoCollection<BsonDocument> collection,
      List<? extends WriteModel<BsonDocument>> models,
      MongoException cause) {
    MongoException[] last = {cause};
    repairing = true;
    try {
      for (WriteModel<BsonDocument> model : models) {
        Poll.until(
            REPAIR_DEADLINE,
            () -> {
              if (abandoned.getAsBoolean()) {
                throw last[0];
              }
              try {
                again(collection, model);
                return true;
              } catch (MongoException e) {
                last[0] = e;
                return false;
              }
            },
            () -> last[0]);
      }
    } finally {
      repairing = false;
    }
  }

  private static void again(
      MongoCollection<BsonDocument> collection, WriteModel<BsonDocument> model) {
    if (model instanceof InsertOneModel<BsonDocument> insert) {
      BsonDocument document = insert.getDocument();
      collection.replaceOne(
          byId(document.get("_id", BsonNull.VALUE)), document, new ReplaceOptions().upsert(true));
    } else {
      single(collection, model);
    }
  }
}
