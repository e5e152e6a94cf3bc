package dev.millrace.tap;

import static org.assertj.core.api.Assertions.assertThat;

import com.mongodb.client.ClientSession;
import com.mongodb.client.MongoCollection;
import com.mongodb.client.model.Filters;
import com.mongodb.client.model.Updates;
import dev.millrace.lab.Lab;
import dev.millrace.lab.MongoServers;
import dev.millrace.lab.PythonProgram;
import dev.millrace.testing.NeedsServers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.bson.BsonDateTime;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonString;
import org.bson.Document;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The public tap-mongodb and ours, side by side: config, catalog and state are the ones that the
 * former was given or made, and every record is compared. What may differ is {@link
 * KnownDifference} in records; and beside them
 *
 * <ul>
 *   <li>the first SCHEMA has {@code "properties": {}}, without which targets of Meltano's SDK end
 *   <li>the schema of decimals says {@code number}; tap-mongodb's {@code multipleOf} ends targets
 *       that validate, and goes to and fro where a field has other fractions as well
 *   <li>STATE stands behind more of the records, has the resume token and the deployment besides,
 *       and in LOG_BASED the time that the run read up to
 *   <li>LOG_BASED tells of every change in the order in which they happened; tap-mongodb keeps the
 *       updated documents back and tells of each once, at the end
 *   <li>LOG_BASED goes on behind the last change that was told of; tap-mongodb tells of that again
 *   <li>in a collection whose {@code _id}s are of several types everything is read; tap-mongodb
 *       reads those of the greatest one's type
 * </ul>
 */
@NeedsServers
@Timeout(300)
class TapMongodbTest {
  private static final int SEVERAL_STATES = 2_500;

  private static @Nullable MongoServers mongo;

  private final String database = Lab.freshName("theirs");
  private final Map<KnownDifference, Integer> known = new EnumMap<>(KnownDifference.class);

  @TempDir private Path folder;
  private SingerFolder singer;
  private Path tapMongodb;

  /** With users: its discovery goes by their roles. */
  @BeforeAll
  static void start() {
    Programs.command(PythonProgram.TAP_MONGODB);
    mongo = MongoServers.builder().auth().start();
  }

  @AfterAll
  static void stop() {
    if (mongo != null) {
      mongo.close();
    }
  }

  private static MongoServers mongo() {
    return Objects.requireNonNull(mongo);
  }

  @BeforeEach
  void config() {
    tapMongodb = Programs.command(PythonProgram.TAP_MONGODB);
    singer =
        new SingerFolder(
            folder,
            Written.MAPPER
                .createObjectNode()
                .put("host", "127.0.0.1")
                .put("port", Integer.toString(mongo().port(0)))
                .put("user", MongoServers.ROOT_USER)
                .put("password", MongoServers.ROOT_PASSWORD)
                .put("database", "admin")
                .put("replica_set", MongoServers.SET_NAME)
                .put("ssl", "false"));
  }

  @Test
  void theCatalogIsTheSame() {
    collection().insertMany(kinds(0));
    collection().createIndex(new BsonDocument("updated", new BsonInt32(1)));
    JsonNode theirs = discovered(singer.other(tapMongodb, List.of("--discover")));
    JsonNode ours = discovered(singer.ours(List.of("--discover")));
    assertThat(ours).isEqualTo(theirs);
  }

  @Test
  void recordsOfFullTableAreTheSame() {
    collection().insertMany(kinds(0));
    JsonNode catalog = catalog(TapStream.Method.FULL_TABLE);
    Written theirs = singer.other(tapMongodb, catalog, null);
    Written ours = singer.ours(catalog, null);
    assertSameRecords(theirs, ours, kinds(0).size());
    assertThat(known).containsOnlyKeys(KnownDifference.values());
    assertSameState(theirs, ours);
    Written again = singer.ours(catalog, theirs.state());
    assertSameRecords(theirs, again, kinds(0).size());
  }

  @Test
  void recordsOfIncrementalAreTheSame() {
    collection().insertMany(kinds(0));
    JsonNode catalog = catalog(TapStream.Method.INCREMENTAL);
    Written theirs = singer.other(tapMongodb, catalog, null);
    Written ours = singer.ours(catalog, null);
    assertSameRecords(theirs, ours, kinds(0).size());
    assertSameState(theirs, ours);

    collection().insertMany(kinds(1_000));
    collection()
        .updateOne(
            Filters.eq("_id", 3), Updates.set("updated", new BsonDateTime(1_800_000_000_000L)));
    Written theirSecond = singer.other(tapMongodb, catalog, theirs.state());
    Written ourSecond = singer.ours(catalog, theirs.state());
    // Those of the last value come again, for others may have got it meanwhile.
    assertSameRecords(theirSecond, ourSecond, kinds(0).size() + 1 + 1);
    assertSameState(theirSecond, ourSecond);
    assertSameRecords(theirSecond, singer.ours(catalog, ours.state()), kinds(0).size() + 1 + 1);
  }

  @Test
  void changesOfLogBasedAreTheSame() {
    collection().insertMany(kinds(0));
    // Where the newest entry of the oplog is one of the collection, tap-mongodb tells of it again.
    mongo()
        .client()
        .getDatabase(database + "_other")
        .getCollection("any")
        .insertOne(new Document());
    JsonNode catalog = catalog(TapStream.Method.LOG_BASED);
    Written theirs = singer.other(tapMongodb, catalog, null);
    Written ours = singer.ours(catalog, null);
    assertThat(ours.records()).hasSameSizeAs(kinds(0));
    assertSameChanges(theirs, ours);

    change();
    Written theirSecond = singer.other(tapMongodb, catalog, theirs.state());
    for (JsonNode state : List.of(theirs.state(), ours.state())) {
      Written ourSecond = singer.ours(catalog, state);
      assertSameChanges(theirSecond, ourSecond);
      assertThat(singer.ours(catalog, ourSecond.state()).records()).isEmpty();
    }
  }

  @Test
  void movingOverInTheMidstOfChangesLosesNothing() {
    collection().insertMany(kinds(0));
    JsonNode catalog = catalog(TapStream.Method.LOG_BASED);
    Written copied = singer.other(tapMongodb, catalog, null);
    change();
    Written theirs = singer.other(tapMongodb, catalog, copied.state());
    collection().insertMany(kinds(2_000));
    collection().deleteOne(Filters.eq("_id", 2_005));
    Written ours = singer.ours(catalog, theirs.state());
    assertThat(ours.recordsById().keySet())
        .containsAll(kinds(2_000).stream().map(TapMongodbTest::idOf).toList());
    assertThat(ours.recordsById().getOrDefault("2005", List.of()).getLast().has("_sdc_deleted_at"))
        .isTrue();
    collection().insertOne(new BsonDocument("_id", new BsonInt32(3_000)));
    Written next = singer.ours(catalog, ours.state());
    assertThat(next.recordsById()).containsOnlyKeys("3000");
    // And back.
    collection().insertOne(new BsonDocument("_id", new BsonInt32(3_001)));
    assertThat(singer.other(tapMongodb, catalog, next.state()).recordsById()).containsKey("3001");
  }

  @Test
  void movingOverInTheMidstOfAFirstCopyLosesNothing() {
    List<BsonDocument> documents = new ArrayList<>();
    for (int i = 0; i < SEVERAL_STATES; i++) {
      documents.add(new BsonDocument("_id", new BsonString("key %05d".formatted(i))));
    }
    collection().insertMany(documents);
    JsonNode catalog = catalog(TapStream.Method.LOG_BASED);
    Written theirs = singer.other(tapMongodb, catalog, null);
    JsonNode midway =
        theirs.messages("STATE").stream()
            .map(message -> message.path("value"))
            .filter(state -> state.toString().contains("last_id_fetched"))
            .findFirst()
            .orElseThrow();
    collection().deleteOne(Filters.eq("_id", "key 00000"));
    Written ours = singer.ours(catalog, midway);
    assertThat(ours.recordsById().keySet())
        .hasSize(SEVERAL_STATES - 1_000 + 1)
        .contains("\"key 00000\"", "\"key 01000\"", "\"key 02499\"");
    assertThat(ours.messages("RECORD"))
        .allMatch(record -> record.path("version").equals(version(midway)));
  }

  private JsonNode version(JsonNode state) {
    return state.path("bookmarks").path(database + "-kinds").path("version");
  }

  private static List<BsonDocument> kinds(int first) {
    return Kinds.documents(first, Kinds.REFUSED_BY_TAP_MONGODB);
  }

  private static String idOf(BsonDocument document) {
    return Integer.toString(document.getInt32("_id").getValue());
  }

  /** Every way to write that there is. */
  private void change() {
    MongoCollection<BsonDocument> kinds = collection();
    kinds.insertMany(kinds(1_000));
    kinds.updateMany(Filters.lt("_id", 5), Updates.set("changed", 1.5));
    kinds.updateOne(Filters.eq("_id", 1), Updates.set("changed", "again"));
    kinds.replaceOne(Filters.eq("_id", 6), new BsonDocument("a", new BsonDateTime(0)));
    kinds.deleteMany(Filters.and(Filters.gte("_id", 8), Filters.lt("_id", 12)));
    kinds.updateOne(Filters.eq("_id", 13), Updates.set("changed", 1));
    kinds.deleteOne(Filters.eq("_id", 13));
    kinds.deleteOne(Filters.eq("_id", 1_002));
    kinds.updateOne(Filters.eq("_id", 1_003), Updates.unset("value"));
    try (ClientSession session = mongo().client().startSession()) {
      session.startTransaction();
      kinds.insertOne(session, new BsonDocument("_id", new BsonInt32(1_500)));
      kinds.updateOne(session, Filters.eq("_id", 14), Updates.set("changed", "together"));
      kinds.deleteOne(session, Filters.eq("_id", 15));
      session.commitTransaction();
    }
  }

  private void assertSameRecords(Written theirs, Written ours, int count) {
    List<JsonNode> records = theirs.records();
    assertThat(records).hasSize(count);
    assertThat(ours.records()).hasSameSizeAs(records);
    for (int i = 0; i < records.size(); i++) {
      assertThat(KnownDifference.unknown(records.get(i), ours.records().get(i), known)).isEmpty();
    }
  }

  /** All that theirs tells of a document ours does as well, and both end alike. */
  private void assertSameChanges(Written theirs, Written ours) {
    Map<String, List<JsonNode>> told = ours.recordsById();
    assertThat(told.keySet()).containsExactlyInAnyOrderElementsOf(theirs.recordsById().keySet());
    theirs
        .recordsById()
        .forEach((id, records) -> {
          List<JsonNode> same = told.getOrDefault(id, List.of());
          for (JsonNode each : records) {
            assertThat(same).anyMatch(row -> KnownDifference.unknown(each, row, known).isEmpty());
          }
          assertThat(KnownDifference.unknown(records.getLast(), same.getLast(), known)).isEmpty();
        });
  }

  /** But for the version, which is when a run began. */
  private void assertSameState(Written theirs, Written ours) {
    ObjectNode their = (ObjectNode) theirs.state();
    ObjectNode our = (ObjectNode) ours.state();
    for (ObjectNode state : List.of(their, our)) {
      ((ObjectNode) state.path("bookmarks").path(database + "-kinds")).remove("version");
    }
    assertThat(our).isEqualTo(their);
  }

  /** As tap-mongodb discovers it, with what a person adds to it. */
  private JsonNode catalog(TapStream.Method method) {
    return SingerFolder.selected(
        discovered(singer.other(tapMongodb, List.of("--discover"))), method);
  }

  private JsonNode discovered(Written written) {
    JsonNode catalog = Written.MAPPER.readTree(written.out());
    ((ArrayNode) catalog.path("streams"))
        .removeIf(stream -> !stream.path("tap_stream_id").asString().equals(database + "-kinds"));
    assertThat(catalog.path("streams")).hasSize(1);
    return catalog;
  }

  private MongoCollection<BsonDocument> collection() {
    return mongo().client().getDatabase(database).getCollection("kinds", BsonDocument.class);
  }
}
