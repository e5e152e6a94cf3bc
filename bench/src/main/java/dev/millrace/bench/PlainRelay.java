package dev.millrace.bench;

import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import com.mongodb.client.MongoCursor;
import io.nats.client.JetStream;
import io.nats.client.PublishOptions;
import java.nio.charset.StandardCharsets;
import org.bson.RawBsonDocument;
import org.bson.json.JsonMode;
import org.bson.json.JsonWriterSettings;

/**
 * What a good engineer writes in an afternoon: the driver's {@code watch}, its JSON, asynchronous
 * publishing with the resume token as message id, {@value Acks#MOST} in flight, every
 * acknowledgement checked. It keeps no position, which only makes it faster.
 */
final class PlainRelay implements Contender {
  static final JsonWriterSettings RELAXED =
      JsonWriterSettings.builder().outputMode(JsonMode.RELAXED).build();

  @Override
  public void run(Course course) throws Exception {
    try (Broker broker = Broker.connect(course.sinkUrl());
        MongoClient client = MongoClients.create(course.mongoUri())) {
      broker.create(course.stream());
      JetStream jetStream = broker.jetStream();
      try (MongoCursor<RawBsonDocument> events = DriverWatch.open(client, course)) {
        Acks acks = new Acks();
        for (long sent = 0; sent < course.events(); sent++) {
          RawBsonDocument event = events.next();
          String token = event.getDocument("_id").getString("_data").getValue();
          String collection = event.getDocument("ns").getString("coll").getValue();
          acks.add(
              jetStream.publishAsync(
                  course.stream() + "." + collection,
                  event.toJson(RELAXED).getBytes(StandardCharsets.UTF_8),
                  PublishOptions.builder().messageId(token).build()));
        }
        acks.awaitAll();
      }
    }
  }
}
