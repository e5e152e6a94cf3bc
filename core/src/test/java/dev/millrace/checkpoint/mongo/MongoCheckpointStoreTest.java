package dev.millrace.checkpoint.mongo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.mongodb.client.MongoCollection;
import dev.millrace.checkpoint.CheckpointStore;
import dev.millrace.checkpoint.CheckpointStore.Begun;
import dev.millrace.lab.Lab;
import dev.millrace.lab.MongoServers;
import dev.millrace.model.Checkpoint;
import dev.millrace.model.Failure;
import dev.millrace.model.MillraceException;
import dev.millrace.model.Namespace;
import dev.millrace.model.Position;
import dev.millrace.model.Term;
import dev.millrace.testing.CheckpointStoreContractTest;
import dev.millrace.testing.NeedsServers;
import java.util.ArrayList;
import java.util.concurrent.CompletableFuture;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonObjectId;
import org.bson.BsonString;
import org.bson.types.ObjectId;
import org.junit.jupiter.api.Test;

@NeedsServers
class MongoCheckpointStoreTest extends CheckpointStoreContractTest {
  private final Namespace place = new Namespace(Lab.freshName("checkpoints"), "cs_resume_tokens");

  @Override
  protected CheckpointStore openStore(String pipeline) {
    return new MongoCheckpointStore(Lab.mongo().uri(), place, pipeline);
  }

  private MongoCollection<BsonDocument> collection() {
    return Lab.mongo()
        .client()
        .getDatabase(place.database())
        .getCollection(place.collection(), BsonDocument.class);
  }

  @Override
  protected void writeNewerFormat(String pipeline) {
    BsonInt32 newer = new BsonInt32(Checkpoint.FORMAT + 1);
    collection()
        .updateOne(
            new BsonDocument("_id", new BsonString(pipeline)),
            new BsonDocument(
                "$set", new BsonDocument("format", newer).append("checkpoint.format", newer)));
  }

  @Override
  protected boolean isAnythingThere() {
    return Lab.mongo()
        .client()
        .getDatabase(place.database())
        .listCollectionNames()
        .into(new ArrayList<>())
        .contains(place.collection());
  }

  @Test
  void saysWhenItWroteToTheSource() {
    CheckpointStore store = open();
    Term term = store.begin(OWNER).term();
    assertThat(store.save(next(term))).isPresent();
  }

  @Test
  void goesOnFromTheNewestTokenThatTheConnectorLeft() {
    Position older = next(Term.NONE).position();
    Position newer = next(Term.NONE).position();
    leave("ffffffffffffffffffffffff", older);
    leave("000000000000000000000001", newer);
    CheckpointStore store = open();
    assertThat(store.read().orElseThrow().checkpoint().orElseThrow().position()).isEqualTo(newer);
    Begun begun = store.begin(OWNER);
    assertThat(begun.checkpoint().orElseThrow().position()).isEqualTo(newer);

    Checkpoint own = next(begun.term());
    store.save(own);
    assertThat(open().begin(OTHER).checkpoint()).contains(own);
  }

  /** Its own database is dropped, and the drop takes its time. */
  @Test
  void waitsOutADropOfItsOwnDatabase() {
    CheckpointStore store = open();
    Checkpoint checkpoint = next(store.begin(OWNER).term());
    MongoServers servers = Lab.mongo();
    String hang = "dropDatabaseHangAfterAllCollectionsDrop";
    BsonDocument set = BsonDocument.parse("{configureFailPoint: '" + hang + "', mode: 'alwaysOn'}");
    int entered = servers.runOnPrimary(set).getNumber("count").intValue();
    CompletableFuture<Void> drop;
    try {
      drop =
          CompletableFuture.runAsync(() -> servers.client().getDatabase(place.database()).drop());
      servers.runOnPrimary(
          new BsonDocument("waitForFailPoint", new BsonString(hang))
              .append("timesEntered", new BsonInt32(entered + 1))
              .append("maxTimeMS", new BsonInt32(60_000)));
      assertThatThrownBy(() -> store.save(checkpoint))
          .isInstanceOfSatisfying(
              MillraceException.class,
              e -> assertThat(e.failure()).isInstanceOf(Failure.Transient.class));
    } finally {
      servers.failPointOff(hang);
    }
    drop.join();
    store.save(checkpoint);
    assertThat(store.read().orElseThrow().checkpoint()).contains(checkpoint);
  }

  private void leave(String id, Position position) {
    collection()
        .insertOne(
            new BsonDocument("_id", new BsonObjectId(new ObjectId(id)))
                .append("value", new BsonString(position.data())));
  }
}
