package dev.millrace.copy;

import static org.assertj.core.api.Assertions.assertThat;

import com.mongodb.client.MongoCollection;
import dev.millrace.lab.Comparison;
import dev.millrace.lab.Lab;
import dev.millrace.lab.Workload;
import dev.millrace.testing.NeedsServers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonString;
import org.junit.jupiter.api.io.TempDir;

/** Copies beside writes, on real servers: nothing missing, stale, extra or twice. */
@NeedsServers
class CopyBesideStreamTest {
  private final String database = Lab.freshName("copy");
  @TempDir Path folder;

  @OnTableAndLog
  void copiesWhatWasThereWhileAllOfItIsWrittenTo(Pipe.Target target) throws Exception {
    for (int i = 0; i < 4; i++) {
      fill("before" + i, 5_000);
    }
    try (Pipe pipe = new Pipe(Lab.mongo(), database, target, folder)) {
      pipe.start();
      Workload workload =
          Workload.builder(Lab.mongo().client(), database).seed(7).documents(3_000).build();
      workload.start().get();
      pipe.awaitCommit();
      pipe.stop();
      Comparison found = pipe.compare();
      assertThat(found.equal()).as("%s", found).isTrue();
      assertThat(found.documents()).isGreaterThan(20_000);
    }
  }

  private void fill(String name, int count) {
    MongoCollection<BsonDocument> collection =
        Lab.mongo().client().getDatabase(database).getCollection(name, BsonDocument.class);
    List<BsonDocument> documents = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      documents.add(
          new BsonDocument("_id", new BsonInt32(i))
              .append("text", new BsonString("before " + i + " " + "x".repeat(200))));
    }
    collection.insertMany(documents);
  }
}
