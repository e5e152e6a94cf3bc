package dev.millrace.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import com.mongodb.MongoException;
import com.mongodb.client.MongoClient;
import com.mongodb.client.MongoClients;
import com.mongodb.client.MongoCollection;
import java.nio.file.Files;
import java.nio.file.Path;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.Document;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class MongoServersTest {
  @BeforeAll
  static void needsServers() {
    assumeFalse(Lab.serversSkipped(), "servers=skip");
  }

  @Test
  void oneNodeKeepsItsDataWhenKilledAndRestarted() {
    Path log;
    try (MongoServers servers = MongoServers.replicaSet()) {
      log = servers.logFile(0);
      MongoCollection<Document> collection =
          servers.client().getDatabase("test").getCollection("kept");
      collection.insertOne(new Document("_id", 1));
      long before = servers.pid(0);
      servers.kill(0);
      assertThat(servers.isAlive(0)).isFalse();
      assertThat(servers.primaryIndex()).isEqualTo(-1);
      servers.restart(0);
      assertThat(servers.awaitPrimary()).isEqualTo(0);
      assertThat(servers.pid(0)).isNotEqualTo(before);
      assertThat(collection.countDocuments()).isEqualTo(1);
      servers.pause(0);
      assertThat(servers.primaryIndex()).isEqualTo(-1);
      servers.resume(0);
      servers.awaitHealthy();
    }
    assertThat(Files.exists(log)).isFalse();
  }

  @Test
  void threeNodesElectAnotherPrimaryWhenTheirsIsKilled() {
    try (MongoServers servers = MongoServers.builder().nodes(3).start()) {
      MongoCollection<Document> collection =
          servers.client().getDatabase("test").getCollection("kept");
      collection.insertOne(new Document("_id", 1));
      int first = servers.primaryIndex();
      servers.kill(first);
      int second = servers.awaitPrimary();
      assertThat(second).isNotEqualTo(first);
      collection.insertOne(new Document("_id", 2));
      servers.restart(first);
      servers.awaitHealthy();
      assertThat(collection.countDocuments()).isEqualTo(2);
    }
  }

  @Test
  void failPointsHitTheNamedCommandAndEnd() {
    MongoServers servers = Lab.mongo();
    servers.failPoint(
        "failCommand",
        new BsonDocument("times", new BsonInt32(1)),
        BsonDocument.parse("{failCommands: ['count'], errorCode: 8000}"));
    MongoCollection<Document> collection =
        servers.client().getDatabase(Lab.freshName("fail")).getCollection("c");
    assertThatThrownBy(collection::estimatedDocumentCount)
        .isInstanceOfSatisfying(MongoException.class, e -> assertThat(e.getCode()).isEqualTo(8000));
    servers.failPointOff("failCommand");
    assertThat(collection.estimatedDocumentCount()).isZero();
  }

  @Test
  void authenticationDemandsAUserAndRootMayDoEverything() {
    try (MongoServers servers = MongoServers.builder().auth().start()) {
      servers.client().getDatabase("test").getCollection("c").insertOne(new Document());
      servers.runOnPrimary(
          BsonDocument.parse(
              "{createUser: 'reader', pwd: 'pw', roles: [{role: 'read', db: 'other'}]}"));
      try (MongoClient reader = MongoClients.create(servers.uri("reader", "pw", "test"))) {
        assertThatThrownBy(() -> reader.getDatabase("test").getCollection("c").find().first())
            .isInstanceOfSatisfying(
                MongoException.class, e -> assertThat(e.getCode()).isEqualTo(13));
      }
    }
  }

  @Test
  void standaloneAndUninitiatedServersAreWhatTheySay() {
    try (MongoServers standalone =
            MongoServers.builder().kind(MongoServers.Kind.STANDALONE).start();
        MongoServers uninitiated =
            MongoServers.builder().kind(MongoServers.Kind.UNINITIATED).start()) {
      BsonDocument hello = BsonDocument.parse("{hello: 1}");
      assertThat(standalone.run(0, hello)).doesNotContainKey("setName");
      assertThat(uninitiated.run(0, hello)).containsKey("isreplicaset");
      assertThat(standalone.client().getDatabase("a").getCollection("b").countDocuments()).isZero();
      assertThat(uninitiated.uri("a")).contains("replicaSet=lab");
    }
  }

  @Test
  void aServerThatRefusesItsArgumentsSaysWhy() {
    assertThatThrownBy(() -> MongoServers.builder().arguments("--nonsense").start())
        .isInstanceOfSatisfying(
            ServerUnavailable.class,
            e -> assertThat(e.code()).isEqualTo(ServerUnavailable.NOT_STARTED))
        .hasMessageContaining("nonsense");
  }
}
