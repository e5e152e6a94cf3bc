package dev.millrace.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import com.mongodb.client.MongoChangeStreamCursor;
import com.mongodb.client.MongoCollection;
import com.mongodb.client.model.changestream.ChangeStreamDocument;
import com.mongodb.client.model.changestream.OperationType;
import dev.millrace.lab.CollectionWorkload.Counts;
import dev.millrace.lab.CollectionWorkload.Settings;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.bson.BsonDocument;
import org.bson.BsonNull;
import org.bson.BsonObjectId;
import org.bson.BsonType;
import org.bson.BsonValue;
import org.bson.RawBsonDocument;
import org.bson.codecs.BsonDocumentCodec;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class CollectionWorkloadTest {
  @BeforeAll
  static void needsServers() {
    assumeFalse(Lab.serversSkipped(), "servers=skip");
  }

  private final MongoCollection<BsonDocument> collection = fresh();

  private static MongoCollection<BsonDocument> fresh() {
    return Lab.mongo()
        .client()
        .getDatabase("collection_workload")
        .getCollection(Lab.freshName("data"), BsonDocument.class);
  }

  private static Settings settings(int seed, long documents) {
    return new Settings(seed, 0, documents, 512, 10_000, false);
  }

  private static CollectionWorkload run(
      MongoCollection<BsonDocument> collection, Settings settings) {
    CollectionWorkload workload = CollectionWorkload.open(collection, settings);
    workload.run();
    return workload;
  }

  private static List<BsonDocument> all(MongoCollection<BsonDocument> collection) {
    return collection.find().sort(BsonDocument.parse("{_id: 1}")).into(new ArrayList<>());
  }

  @Test
  void insertsWhatWasAskedForAndChangesItInEveryWay() {
    try (MongoChangeStreamCursor<ChangeStreamDocument<BsonDocument>> stream =
        collection.watch(BsonDocument.class).cursor()) {
      CollectionWorkload workload = run(collection, settings(7, 1_000));
      Counts counts = workload.counts();
      assertThat(counts.inserts()).isEqualTo(1_000);
      assertThat(collection.countDocuments()).isEqualTo(1_000 - counts.deletes());
      collection.insertOne(BsonDocument.parse("{_id: 'end'}"));
      Map<OperationType, Long> events = new EnumMap<>(OperationType.class);
      while (true) {
        ChangeStreamDocument<BsonDocument> event = stream.next();
        if (Objects.requireNonNull(event.getDocumentKey()).isString("_id")) {
          break;
        }
        events.merge(event.getOperationType(), 1L, Long::sum);
      }
      assertThat(events)
          .containsEntry(OperationType.INSERT, counts.inserts())
          .containsEntry(OperationType.DELETE, counts.deletes());
      // An update that changes nothing is a write, but no event.
      assertThat(events.get(OperationType.UPDATE)).isBetween(1L, counts.updates());
      assertThat(events.get(OperationType.REPLACE)).isBetween(1L, counts.replaces());
    }
  }

  @Test
  void theSameSeedMakesTheSameDocuments() {
    MongoCollection<BsonDocument> second = fresh();
    MongoCollection<BsonDocument> other = fresh();
    run(collection, settings(7, 200));
    run(second, settings(7, 200));
    run(other, settings(8, 200));
    assertThat(all(second)).isEqualTo(all(collection));
    assertThat(all(other)).isNotEqualTo(all(collection));
  }

  @Test
  void goesOnWhereARunWithItsSeedEndedAndTouchesNobodyElses() {
    List<BsonDocument> foreign =
        List.of(
            BsonDocument.parse("{_id: 1, temperature: 'warm'}"),
            BsonDocument.parse("{_id: 'sensor'}"),
            BsonDocument.parse("{_id: {$oid: '000000000000000000000000'}}"),
            BsonDocument.parse("{_id: {$oid: '655f0000a1b2c3d4e5f60718'}, id: 0}"));
    collection.insertMany(foreign);
    run(collection, settings(1, 300));
    long others = collection.countDocuments();

    CollectionWorkload again = run(collection, settings(1, 200));
    assertThat(again.first()).isBetween(290L, 300L);
    assertThat(again.counts().inserts()).isEqualTo(200);
    run(collection, settings(-2, 100));
    run(collection, new Settings(1, 0, 100, 512, 10_000, true));

    List<BsonDocument> now = all(collection);
    assertThat(now).containsAll(foreign).hasSizeGreaterThan((int) others);
    assertThat(CollectionWorkload.open(collection, settings(-2, 1)).first())
        .isLessThanOrEqualTo(100);
  }

  @Test
  void plainDocumentsFitATypedTable() {
    run(collection, settings(3, 500));
    Map<String, Set<BsonType>> types = new HashMap<>();
    all(collection).forEach(document -> collect("", document, types));
    assertThat(types).isNotEmpty();
    types.forEach((field, found) -> assertThat(found).as(field).hasSize(1));
    assertThat(types.values()).allSatisfy(found -> assertThat(found).doesNotContain(BsonType.NULL));
  }

  private static void collect(String path, BsonValue value, Map<String, Set<BsonType>> types) {
    types.computeIfAbsent(path, p -> new HashSet<>()).add(value.getBsonType());
    if (value.isDocument()) {
      value.asDocument().forEach((name, inner) -> collect(path + "." + name, inner, types));
    } else if (value.isArray()) {
      value.asArray().forEach(inner -> collect(path + "[]", inner, types));
    }
  }

  @Test
  void edgeCasesHaveEveryType() {
    run(collection, new Settings(3, 0, 500, 512, 10_000, true));
    Set<BsonType> types = new HashSet<>();
    all(collection)
        .forEach(document -> types.add(document.get("edge", BsonNull.VALUE).getBsonType()));
    assertThat(types)
        .contains(
            BsonType.DECIMAL128,
            BsonType.MIN_KEY,
            BsonType.NULL,
            BsonType.TIMESTAMP,
            BsonType.BINARY);
  }

  @Test
  void documentsHaveTheSizeAskedFor() {
    run(collection, new Settings(3, 0, 50, 4_096, 10_000, false));
    for (BsonDocument document : all(collection)) {
      assertThat(new RawBsonDocument(document, new BsonDocumentCodec()).getByteBuffer().remaining())
          .isBetween(3_900, 4_300);
    }
  }

  @Test
  void endlessItKeepsABoundedNumberOfDocuments() throws Exception {
    CollectionWorkload workload =
        CollectionWorkload.open(collection, new Settings(1, 0, 0, 512, 50, false));
    CompletableFuture<Void> end = workload.start();
    Awaitility.await().until(() -> workload.counts().inserts() >= 500);
    workload.stop();
    end.get(10, TimeUnit.SECONDS);
    // The last step may have deleted all of them.
    assertThat(collection.countDocuments()).isLessThanOrEqualTo(50L);
  }

  @Test
  void countsToTheEndOfItsIds() {
    OwnIds ids = new OwnIds((byte) 2, -1);
    for (long count : new long[] {0, 1, 0xFFFF_FFFFL, 0x1_0000_0000L, 0xFFFF_FFFF_FFFFL}) {
      BsonObjectId id = ids.id(count);
      assertThat(ids.count(id.getValue())).isEqualTo(count);
      assertThat(id.getValue().getTimestamp()).isBetween(0, 200 * 24 * 3600);
    }
  }
}
