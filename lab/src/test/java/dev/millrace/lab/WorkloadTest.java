package dev.millrace.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import com.mongodb.MongoNamespace;
import com.mongodb.client.MongoChangeStreamCursor;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoCollection;
import com.mongodb.client.MongoDatabase;
import com.mongodb.client.model.changestream.ChangeStreamDocument;
import com.mongodb.client.model.changestream.OperationType;
import java.time.Duration;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.bson.BsonDocument;
import org.bson.Document;
import org.bson.RawBsonDocument;
import org.bson.codecs.BsonDocumentCodec;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class WorkloadTest {
  @BeforeAll
  static void needsServers() {
    assumeFalse(Lab.serversSkipped(), "servers=skip");
  }

  @Test
  void touchesExactlyTheDocumentsAskedForInEveryWay() {
    MongoClient client = Lab.mongo().client();
    String name = Lab.freshName("workload");
    MongoDatabase database = client.getDatabase(name);
    try (MongoChangeStreamCursor<ChangeStreamDocument<BsonDocument>> stream =
        database.watch(BsonDocument.class).cursor()) {
      Workload workload =
          Workload.builder(client, name).documents(2_000).transactionPercent(20).build();
      workload.run();
      assertThat(workload.documentsTouched()).isEqualTo(2_000);
      database.getCollection("end").insertOne(new Document());
      Set<String> touched = new HashSet<>();
      Set<OperationType> types = EnumSet.noneOf(OperationType.class);
      boolean transactions = false;
      long events = 0;
      while (true) {
        ChangeStreamDocument<BsonDocument> event = stream.next();
        String collection = Objects.requireNonNull(event.getNamespace()).getCollectionName();
        if (collection.equals("end")) {
          break;
        }
        events++;
        types.add(event.getOperationType());
        transactions |= event.getTxnNumber() != null;
        touched.add(collection + Objects.requireNonNull(event.getDocumentKey()).toJson());
      }
      assertThat(touched).hasSize(2_000);
      assertThat(transactions).isTrue();
      assertThat(types)
          .contains(
              OperationType.INSERT,
              OperationType.UPDATE,
              OperationType.REPLACE,
              OperationType.DELETE);
      // An update that changes nothing is an operation, but no event.
      assertThat(workload.operations()).isGreaterThanOrEqualTo(events);
    }
  }

  @Test
  void documentsThatAreThereBeforeAreOnlyInsertedAndCount() {
    MongoClient client = Lab.mongo().client();
    String name = Lab.freshName("preload");
    Workload workload = Workload.builder(client, name).documents(1_500).build();
    workload.preload(1_200);
    long there = 0;
    for (String collection : client.getDatabase(name).listCollectionNames()) {
      there += client.getDatabase(name).getCollection(collection).countDocuments();
    }
    assertThat(there).isEqualTo(1_200);
    assertThat(workload.operations()).isEqualTo(1_200);
    assertThat(workload.documentsTouched()).isEqualTo(1_200);
    workload.run();
    assertThat(workload.documentsTouched()).isEqualTo(1_500);
  }

  @Test
  void theSameSeedMakesTheSameDocuments() {
    MongoClient client = Lab.mongo().client();
    String first = run(client, 7);
    String second = run(client, 7);
    String other = run(client, 8);
    SinkImage image = imageOf(client, first, second);
    assertThat(Comparison.compare(client, second, image).equal()).isTrue();
    assertThat(Comparison.compare(client, other, imageOf(client, first, other)).equal()).isFalse();
  }

  private static String run(MongoClient client, long seed) {
    String name = Lab.freshName("seed");
    Workload.builder(client, name).seed(seed).documents(500).collections(2).build().run();
    return name;
  }

  private static SinkImage imageOf(MongoClient client, String database, String as) {
    SinkImage image = new SinkImage();
    for (String collection : new String[] {"c0", "c1"}) {
      client
          .getDatabase(database)
          .getCollection(collection, BsonDocument.class)
          .find()
          .forEach(document -> image.put(new MongoNamespace(as, collection), document));
    }
    return image;
  }

  @Test
  void goesOnAtItsRateUntilItIsStopped() throws Exception {
    Workload workload =
        Workload.builder(Lab.mongo().client(), Lab.freshName("endless"))
            .documents(10)
            .rate(400)
            .endless()
            .build();
    long start = System.nanoTime();
    CompletableFuture<Void> end = workload.start();
    Awaitility.await().until(() -> workload.operations() >= 300);
    workload.stop();
    end.get(10, TimeUnit.SECONDS);
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(600));
    assertThat(workload.documentsTouched()).isEqualTo(10);
  }

  @Test
  void fillsWithDocumentsOfTheSizeAskedFor() {
    MongoCollection<BsonDocument> collection =
        Lab.mongo()
            .client()
            .getDatabase(Lab.freshName("fill"))
            .getCollection("c", BsonDocument.class);
    Workload.fill(collection, 20_001, 500);
    assertThat(collection.countDocuments()).isEqualTo(20_001);
    BsonDocument last = collection.find(BsonDocument.parse("{_id: 20000}")).first();
    int size =
        new RawBsonDocument(Objects.requireNonNull(last), new BsonDocumentCodec())
            .getByteBuffer()
            .remaining();
    assertThat(size).isEqualTo(500);
  }

  @Test
  void goesThroughAFailover() throws Exception {
    try (MongoServers servers = MongoServers.builder().nodes(3).start()) {
      Workload workload =
          Workload.builder(servers.client(), "failover").documents(50).endless().build();
      CompletableFuture<Void> end = workload.start();
      Awaitility.await().until(() -> workload.operations() >= 500);
      int killed = servers.primaryIndex();
      servers.kill(killed);
      servers.awaitPrimary();
      long now = workload.operations();
      Awaitility.await()
          .atMost(Duration.ofMinutes(2))
          .until(() -> workload.operations() >= now + 100);
      workload.stop();
      end.get(30, TimeUnit.SECONDS);
    }
  }
}
