package dev.millrace.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import com.mongodb.client.MongoCollection;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonType;
import org.bson.BsonValue;
import org.junit.jupiter.api.Test;

class EdgeValuesTest {
  @Test
  void everyTypeIsThere() {
    Set<BsonType> types = EnumSet.noneOf(BsonType.class);
    EdgeValues.values().forEach(value -> types.add(value.getBsonType()));
    assertThat(types).isEqualTo(EnumSet.complementOf(EnumSet.of(BsonType.END_OF_DOCUMENT)));
  }

  @Test
  void aServerTakesThemAllAndGivesThemBack() {
    assumeFalse(Lab.serversSkipped(), "servers=skip");
    MongoCollection<BsonDocument> collection =
        Lab.mongo()
            .client()
            .getDatabase(Lab.freshName("edges"))
            .getCollection("c", BsonDocument.class);
    List<BsonDocument> documents = new ArrayList<>();
    for (BsonValue value : EdgeValues.values()) {
      documents.add(new BsonDocument("_id", new BsonInt32(documents.size())).append("v", value));
    }
    collection.insertMany(documents);
    assertThat(collection.find().sort(new BsonDocument("_id", new BsonInt32(1))))
        .containsExactlyElementsOf(documents);
    collection.drop();
    List<BsonDocument> ids =
        EdgeValues.ids().stream().map(id -> new BsonDocument("_id", id)).toList();
    collection.insertMany(ids);
    assertThat(collection.find()).containsExactlyInAnyOrderElementsOf(ids);
  }
}
