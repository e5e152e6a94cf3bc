package dev.millrace.bench;

import com.mongodb.client.ClientSession;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import com.mongodb.client.MongoDatabase;
import java.util.List;
import org.bson.BsonArray;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonInt64;
import org.bson.BsonString;
import org.bson.RawBsonDocument;

/** The floor: {@code aggregate} and {@code getMore} with nothing done but counting. */
final class RawLoop implements Contender {
  @Override
  public void run(Course course) {
    try (MongoClient client = MongoClients.create(course.mongoUri());
        ClientSession session = client.startSession()) {
      MongoDatabase database = client.getDatabase(course.database());
      BsonDocument cursor =
          cursor(database.runCommand(session, open(course), RawBsonDocument.class));
      BsonDocument more =
          new BsonDocument("getMore", new BsonInt64(cursor.getNumber("id").longValue()))
              .append("collection", new BsonString("$cmd.aggregate"))
              .append("maxTimeMS", new BsonInt64(1_000));
      long seen = cursor.getArray("firstBatch").size();
      while (seen < course.events()) {
        seen +=
            cursor(database.runCommand(session, more, RawBsonDocument.class))
                .getArray("nextBatch")
                .size();
      }
    }
  }

  private static BsonDocument cursor(RawBsonDocument reply) {
    return reply.getDocument("cursor");
  }

  private static BsonDocument open(Course course) {
    BsonDocument stage = new BsonDocument("startAtOperationTime", course.from());
    if (course.lookup()) {
      stage.append("fullDocument", new BsonString("updateLookup"));
    }
    return new BsonDocument("aggregate", new BsonInt32(1))
        .append("pipeline", new BsonArray(List.of(new BsonDocument("$changeStream", stage))))
        .append("cursor", new BsonDocument())
        .append("readConcern", new BsonDocument("level", new BsonString("majority")));
  }
}
