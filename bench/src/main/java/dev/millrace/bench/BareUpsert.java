package dev.millrace.bench;

import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import dev.millrace.bench.BareTable.Json;
import dev.millrace.json.BsonJson;
import dev.millrace.json.JsonBuffer;
import dev.millrace.json.JsonMode;
import dev.millrace.model.RawValue;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.bson.BsonDocument;

/**
 * The floor of a SQL sink: ready JSON upserted in batches, a transaction each. Nothing is read and
 * nothing converted.
 */
final class BareUpsert implements Contender {
  private static final int POOL = 20_000;
  private static final int BATCH = 5_000;

  private final BareTable.Opener opener;
  private final List<Json> ready = new ArrayList<>();

  BareUpsert(BareTable.Opener opener) {
    this.opener = opener;
  }

  @Override
  public void run(Course course) throws SQLException {
    if (ready.isEmpty()) {
      prepare(course);
    }
    try (BareTable table = opener.open(course)) {
      for (long done = 0; done < course.events(); done += BATCH) {
        List<String> ids = new ArrayList<>(BATCH);
        List<Json> documents = new ArrayList<>(BATCH);
        for (long i = done; i < Math.min(done + BATCH, course.events()); i++) {
          ids.add(Orders.id(i).getValue().toHexString());
          documents.add(ready.get((int) (i % ready.size())));
        }
        table.upsert(ids, documents);
        table.commit();
      }
    }
  }

  private void prepare(Course course) {
    JsonBuffer json = new JsonBuffer();
    try (MongoClient client = MongoClients.create(course.mongoUri())) {
      for (BsonDocument document :
          client
              .getDatabase(course.database())
              .getCollection(Orders.COLLECTION, BsonDocument.class)
              .find()
              .limit(POOL)) {
        RawValue raw = RawValue.of(document);
        json.clear();
        BsonJson.document(raw.bytes(), raw.offset(), JsonMode.RELAXED, json);
        byte[] utf8 = json.toByteArray();
        ready.add(new Json(utf8, new String(utf8, StandardCharsets.UTF_8)));
      }
    }
  }
}
