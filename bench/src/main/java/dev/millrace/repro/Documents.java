package dev.millrace.repro;

import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoCollection;
import com.mongodb.client.model.UpdateOneModel;
import java.util.ArrayList;
import java.util.List;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonString;

/**
 * The documents of {@code shop.orders}: {@code {_id: 17, version: 0, padding: "…"}}. Some are there
 * before the tap's first run; more are inserted behind it, and then each is updated once, to
 * version 1. Of 8 kB each, so that a change stream needs several replies of 16 MB.
 */
final class Documents {
  static final String DATABASE = "shop";
  static final String COLLECTION = "orders";
  static final int EARLIER = 1_000;
  static final int INSERTED = 6_000;
  static final int ALL = EARLIER + INSERTED;

  private static final String PADDING = "Slow and steady. ".repeat(480);
  private static final int AT_ONCE = 500;

  private final MongoCollection<BsonDocument> collection;

  Documents(MongoClient client) {
    collection = client.getDatabase(DATABASE).getCollection(COLLECTION, BsonDocument.class);
  }

  void insertEarlier() {
    insert(0, EARLIER);
  }

  void insertMore() {
    insert(EARLIER, ALL);
  }

  private void insert(int from, int to) {
    for (int start = from; start < to; start += AT_ONCE) {
      List<BsonDocument> documents = new ArrayList<>();
      for (int i = start; i < Math.min(start + AT_ONCE, to); i++) {
        documents.add(
            new BsonDocument("_id", new BsonInt32(i))
                .append("version", new BsonInt32(0))
                .append("padding", new BsonString(PADDING)));
      }
      collection.insertMany(documents);
    }
  }

  void updateAll() {
    BsonDocument update = new BsonDocument("$set", new BsonDocument("version", new BsonInt32(1)));
    for (int start = 0; start < ALL; start += AT_ONCE) {
      List<UpdateOneModel<BsonDocument>> updates = new ArrayList<>();
      for (int i = start; i < Math.min(start + AT_ONCE, ALL); i++) {
        updates.add(new UpdateOneModel<>(new BsonDocument("_id", new BsonInt32(i)), update));
      }
      collection.bulkWrite(updates);
    }
  }
}
