package dev.millrace.bench;

import com.mongodb.client.ChangeStreamIterable;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import com.mongodb.client.MongoCursor;
import com.mongodb.client.model.changestream.FullDocument;
import org.bson.RawBsonDocument;

/** The driver's {@code watch}, its events raw, counted. */
final class DriverWatch implements Contender {
  @Override
  public void run(Course course) {
    try (MongoClient client = MongoClients.create(course.mongoUri());
        MongoCursor<RawBsonDocument> events = open(client, course)) {
      for (long seen = 0; seen < course.events(); seen++) {
        events.next();
      }
    }
  }

  /** The whole events of the course, as raw documents. */
  static MongoCursor<RawBsonDocument> open(MongoClient client, Course course) {
    ChangeStreamIterable<RawBsonDocument> stream =
        client
            .getDatabase(course.database())
            .watch(RawBsonDocument.class)
            .startAtOperationTime(course.from());
    if (course.lookup()) {
      stream = stream.fullDocument(FullDocument.UPDATE_LOOKUP);
    }
    return stream.withDocumentClass(RawBsonDocument.class).cursor();
  }
}
