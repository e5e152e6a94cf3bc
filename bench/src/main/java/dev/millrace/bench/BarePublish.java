package dev.millrace.bench;

import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import com.mongodb.client.MongoCursor;
import io.nats.client.JetStream;
import io.nats.client.PublishOptions;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.bson.RawBsonDocument;

/**
 * The broker's side alone: the bodies that the plain relay would send, ready made, published as it
 * does. There are {@value #POOL} different ones; each message has an id of its own, as long as a
 * token. Reading the pool is within the time: a few milliseconds.
 */
final class BarePublish implements Contender {
  private static final int POOL = 1_000;

  /** A message to be: its subject, the end of its token, its body. */
  @SuppressWarnings("ArrayRecordComponent") // read, never compared
  private record Ready(String subject, String tail, byte[] body) {}

  @Override
  public void run(Course course) throws Exception {
    List<Ready> pool = pool(course);
    try (Broker broker = Broker.connect(course.sinkUrl())) {
      broker.create(course.stream());
      JetStream jetStream = broker.jetStream();
      Acks acks = new Acks();
      for (long sent = 0; sent < course.events(); sent++) {
        Ready ready = pool.get((int) (sent % pool.size()));
        String id = "82%016X".formatted(sent) + ready.tail;
        acks.add(
            jetStream.publishAsync(
                ready.subject, ready.body, PublishOptions.builder().messageId(id).build()));
      }
      acks.awaitAll();
    }
  }

  private static List<Ready> pool(Course course) {
    List<Ready> pool = new ArrayList<>();
    try (MongoClient client = MongoClients.create(course.mongoUri());
        MongoCursor<RawBsonDocument> events = DriverWatch.open(client, course)) {
      while (pool.size() < Math.min(POOL, course.events())) {
        RawBsonDocument event = events.next();
        String token = event.getDocument("_id").getString("_data").getValue();
        String collection = event.getDocument("ns").getString("coll").getValue();
        byte[] body = event.toJson(PlainRelay.RELAXED).getBytes(StandardCharsets.UTF_8);
        pool.add(new Ready(course.stream() + "." + collection, token.substring(18), body));
      }
    }
    return pool;
  }
}
