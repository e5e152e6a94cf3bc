package dev.millrace.tap;

import static dev.millrace.tap.TapStream.Method.FULL_TABLE;
import static dev.millrace.tap.TapStream.Method.INCREMENTAL;
import static dev.millrace.tap.TapStream.Method.LOG_BASED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.mongodb.MongoNamespace;
import com.mongodb.client.model.RenameCollectionOptions;
import com.mongodb.client.model.Updates;
import dev.millrace.lab.Lab;
import dev.millrace.model.MillraceException;
import dev.millrace.source.Subset;
import dev.millrace.source.Tables;
import dev.millrace.wiring.TapWiring;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bson.BsonDocument;
import org.bson.BsonInt32;
import org.bson.BsonString;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Runs of a tap, one after another, over a real MongoDB. */
class TapTest extends TapFixture {
  private void insertMany(String name, int from, int to) {
    insert(
        name,
        IntStream.range(from, to).mapToObj("{_id: %d, n: 1}"::formatted).toArray(String[]::new));
  }

  /** Of types that are not compared with each other: the order is that of the types. */
  private List<String> mixed() {
    return Stream.of(
            "null",
            "1",
            "{$numberLong: '2'}",
            "2.5",
            "{$numberDecimal: '7.5'}",
            "'1'",
            "'two'",
            "{a: 1}",
            "{$binary: {base64: 'AAECAw==', subType: '05'}}",
            "{$uuid: '00000000-0000-0000-0000-000000000007'}",
            "{$oid: '000000000000000000000001'}",
            "false",
            "true",
            "{$date: {$numberLong: '-1'}}",
            "{$timestamp: {t: 1, i: 2}}")
        .toList();
  }

  private static BsonValue value(String json) {
    return Objects.requireNonNull(BsonDocument.parse("{v: %s}".formatted(json)).get("v"));
  }

  @Test
  void aTableIsToldInFullWithAVersionOfItsOwnEachTime() {
    insertMany("a", 0, 2_500);
    TapStream a = stream("a", FULL_TABLE);
    Told first = run(null, a);
    assertThat(first.ids("a")).hasSize(2_500).doesNotHaveDuplicates();
    assertThat(first.types().getFirst()).isEqualTo("SCHEMA");
    assertThat(first.of("ACTIVATE_VERSION", "a")).hasSize(2);
    assertThat(first.bookmark(a).path("initial_full_table_complete").asBoolean()).isTrue();
    assertThat(first.bookmark(a).has("last_id_fetched")).isFalse();

    collection("a").deleteMany(new BsonDocument("_id", new BsonInt32(7)));
    Told second = run(first.state(), a);
    assertThat(second.ids("a")).hasSize(2_499);
    assertThat(second.bookmark(a).path("version").asLong())
        .isGreaterThan(first.bookmark(a).path("version").asLong());
    TargetTable target = new TargetTable();
    target.take(first, "a");
    target.take(second, "a");
    assertThat(target.rows()).hasSize(2_499).doesNotContainKey("7");
  }

  /** Killed behind any message: what came until the last state, and the next run, is all. */
  @Test
  void goesOnBehindTheLastStateWhateverTheTypesOfIds() {
    insert("a", mixed().stream().map("{_id: %s}"::formatted).toArray(String[]::new));
    TapStream a = stream("a", FULL_TABLE);
    List<JsonNode> all = run(null, a).messages();
    int records = mixed().size();
    assertThat(new Told(all).ids("a")).hasSize(records).doesNotHaveDuplicates();
    for (int i = 0; i < records; i++) {
      // The state in the middle of the table, as if one had been written there.
      BsonValue last = value(mixed().get(i));
      TapState state = new TapState(new Told(all).state());
      state.maxId(a, value(mixed().getLast()));
      state.lastId(a, last);
      long version = state.version(a).orElseThrow();
      Told rest = run(MAPPER.readTree(state.toString()), a);
      List<String> behind = new Told(all).ids("a").subList(i + 1, records);
      assertThat(rest.ids("a")).as("behind %s", last).containsExactlyElementsOf(behind);
      assertThat(rest.bookmark(a).path("version").asLong()).isEqualTo(version);
    }
  }

  @Test
  void aRunWhoseReaderGoesAwayLosesNothing() {
    insertMany("a", 0, 5_000);
    TapStream a = stream("a", FULL_TABLE);
    for (int most : new int[] {1, 200_000, 500_000}) {
      Broken pipe = new Broken(most);
      try (Tables tables = TapWiring.tables(config())) {
        Tap tap = tap(tables, new TapState(MAPPER.createObjectNode()), pipe, Tap.Lives.KEPT, a);
        assertThatThrownBy(() -> tap.run(false))
            .isInstanceOfSatisfying(
                MillraceException.class,
                e -> assertThat(e.failure().code()).isEqualTo("MR-STDOUT-CLOSED"));
      }
      Told came = Told.of(pipe.lines());
      boolean any = came.types().contains("STATE");
      TargetTable target = new TargetTable();
      target.take(came, "a");
      target.take(run(any ? came.state() : null, a), "a");
      assertThat(target.rows()).hasSize(5_000);
    }
  }

  private static final class Broken extends OutputStream {
    private final StringBuilder came = new StringBuilder();
    private final int most;

    Broken(int most) {
      this.most = most;
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      int taken = Math.min(length, most - came.length());
      came.append(new String(bytes, offset, taken, StandardCharsets.ISO_8859_1));
      if (taken < length) {
        throw new IOException("Broken pipe");
      }
    }

    /** What a target makes of it: whole lines. */
    String lines() {
      return came.substring(0, came.lastIndexOf("\n") + 1);
    }
  }

  /** Whatever was open at the server when so much had been written is gone then. */
  private final class Killing extends ByteArrayOutputStream {
    private int left;

    Killing(int left) {
      this.left = left;
    }

    @Override
    public synchronized void write(byte[] bytes, int offset, int length) {
      super.write(bytes, offset, length);
      if (left > 0) {
        left -= length;
        if (left <= 0) {
          mongo()
              .client()
              .getDatabase("admin")
              .runCommand(BsonDocument.parse("{killAllSessions: []}"));
        }
      }
    }
  }

  private Told runKilled(@Nullable JsonNode state, TapStream stream) {
    Killing out = new Killing(1 << 20);
    try (Tables tables = TapWiring.tables(config())) {
      TapState from = new TapState(state == null ? MAPPER.createObjectNode() : state);
      tap(tables, from, out, Tap.Lives.KEPT, stream).run(false);
    }
    assertThat(out.left).isNotPositive();
    return Told.of(out.toString(StandardCharsets.UTF_8));
  }

  @Test
  void lostCursorsAndSessionsMakeNeitherGapNorRepeat() {
    TapStream logged = stream("a", LOG_BASED);
    Told first = run(null, logged);
    String text = "x".repeat(3_000);
    for (int from = 0; from < 24_000; from += 1_000) {
      List<BsonDocument> some = new ArrayList<>();
      for (int i = from; i < from + 1_000; i++) {
        // Three of each value, of two types, and some without it.
        BsonDocument document = new BsonDocument("_id", new BsonInt32(i));
        if (i % 7 != 0) {
          document.append("n", i < 12_000 ? new BsonInt32(i / 3) : new BsonString("n" + i / 3));
        }
        some.add(document.append("text", new BsonString(text)));
      }
      collection("a").insertMany(some);
    }
    for (Told told :
        List.of(
            runKilled(null, stream("a", FULL_TABLE)),
            runKilled(null, stream("a", INCREMENTAL, "n", Subset.ALL)),
            runKilled(first.state(), logged))) {
      assertThat(told.ids("a")).hasSize(24_000).doesNotHaveDuplicates();
    }
  }

  @Test
  void anIncrementalOneGoesOnFromItsKey() {
    insert(
        "a",
        "{_id: 1, at: {$date: '2024-01-01T00:00:00Z'}}",
        "{_id: 2, at: {$date: '2024-01-03T00:00:00Z'}}",
        "{_id: 3, at: {$date: '2024-01-02T00:00:00Z'}}",
        "{_id: 4}");
    TapStream a = stream("a", INCREMENTAL, "at", Subset.ALL);
    Told first = run(null, a);
    assertThat(first.ids("a")).containsExactly("4", "1", "3", "2");
    assertThat(first.bookmark(a).path("replication_key_value").asString())
        .isEqualTo("2024-01-03T00:00:00.000000Z");
    assertThat(first.bookmark(a).path("replication_key_type").asString()).isEqualTo("datetime");
    insert(
        "a",
        "{_id: 5, at: {$date: '2024-01-04T00:00:00Z'}}",
        "{_id: 6, at: {$date: '2024-01-01T00:00:00Z'}}");
    Told second = run(first.state(), a);
    assertThat(second.ids("a")).containsExactly("2", "5");
    assertThat(second.bookmark(a).path("version")).isEqualTo(first.bookmark(a).path("version"));
    // By another key everything is read anew.
    Told third = run(second.state(), stream("a", INCREMENTAL, "_id", Subset.ALL));
    assertThat(third.ids("a")).containsExactly("1", "2", "3", "4", "5", "6");
  }

  @Test
  void changesAreToldUntilTheRunsBeginning() {
    insertMany("a", 0, 10);
    insertMany("b", 0, 10);
    TapStream a = stream("a", LOG_BASED);
    TapStream b = stream("b", LOG_BASED);
    Told first = run(null, a, b);
    assertThat(first.ids("a")).hasSize(10);
    collection("a").updateOne(new BsonDocument("_id", new BsonInt32(1)), Updates.set("n", 2));
    collection("a").deleteOne(new BsonDocument("_id", new BsonInt32(2)));
    insertMany("a", 10, 12);
    collection("c").insertOne(new BsonDocument());
    Told second = run(first.state(), a, b);
    assertThat(second.ids("a")).containsExactly("1", "2", "10", "11");
    assertThat(second.records("a").get(0).path("n").asInt()).isEqualTo(2);
    JsonNode deleted = second.records("a").get(1);
    assertThat(deleted.propertyNames()).containsExactly("_id", "_sdc_deleted_at");
    assertThat(deleted.path("_sdc_deleted_at").asString())
        .matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.000000Z");
    assertThat(second.records("b")).isEmpty();
    // The quiet one moved along.
    assertThat(second.bookmark(b).path("resume_token"))
        .isEqualTo(second.bookmark(a).path("resume_token"))
        .isNotEqualTo(first.bookmark(b).path("resume_token"));
    assertThat(run(second.state(), a, b).records("a")).isEmpty();
    // From one state twice the same.
    assertThat(run(first.state(), a, b).records("a")).isEqualTo(second.records("a"));
  }

  @Test
  void goesOnFromTheTimeThatTapMongodbKept() {
    insertMany("a", 0, 3);
    TapStream a = stream("a", LOG_BASED);
    ObjectNode state = (ObjectNode) run(null, a).state().deepCopy();
    ObjectNode bookmark = (ObjectNode) state.path("bookmarks").path(a.id());
    bookmark.remove(List.of("resume_token", "resume_scope", "resume_deployment", "version"));
    insertMany("a", 3, 6);
    assertThat(run(state, a).ids("a")).containsExactly("3", "4", "5");
  }

  @Test
  void oneThatIsNewIsCopiedBesideThoseThatGoOn() {
    insertMany("a", 0, 3);
    insertMany("b", 0, 3);
    TapStream a = stream("a", LOG_BASED);
    TapStream b = stream("b", LOG_BASED);
    Told first = run(null, a);
    insertMany("a", 3, 5);
    Told second = run(first.state(), a, b);
    assertThat(second.ids("a")).containsExactly("3", "4");
    assertThat(second.ids("b")).containsExactly("0", "1", "2");
    insertMany("b", 3, 4);
    assertThat(run(second.state(), a, b).ids("b")).containsExactly("3");
  }

  @Test
  void aCollectionThatIsDroppedIsEmptyForTheTarget() {
    insertMany("a", 0, 3);
    TapStream a = stream("a", LOG_BASED);
    TargetTable target = new TargetTable();
    Told first = run(null, a);
    target.take(first, "a");
    collection("a").drop();
    Told second = run(first.state(), a);
    target.take(second, "a");
    assertThat(target.rows()).isEmpty();
    insertMany("a", 5, 6);
    target.take(run(second.state(), a), "a");
    assertThat(target.rows()).containsOnlyKeys("5");
  }

  @Test
  void oneThatTookTheNameIsCopiedInFull() {
    insertMany("a", 0, 3);
    insertMany("b", 10, 12);
    TapStream a = stream("a", LOG_BASED);
    TargetTable target = new TargetTable();
    Told first = run(null, a);
    target.take(first, "a");
    Lab.mongo()
        .client()
        .getDatabase(database)
        .getCollection("b")
        .renameCollection(
            new MongoNamespace(database, "a"), new RenameCollectionOptions().dropTarget(true));
    Told second = run(first.state(), a);
    target.take(second, "a");
    assertThat(target.rows()).containsOnlyKeys("10", "11");
    insertMany("a", 12, 13);
    target.take(run(second.state(), a), "a");
    assertThat(target.rows()).containsOnlyKeys("10", "11", "12");
  }

  @Test
  void aStateOfAnotherDeploymentIsRefused() {
    insertMany("a", 0, 3);
    TapStream a = stream("a", LOG_BASED);
    ObjectNode state = (ObjectNode) run(null, a).state().deepCopy();
    ((ObjectNode) state.path("bookmarks").path(a.id())).put("resume_deployment", "000");
    assertThatThrownBy(() -> run(state, a))
        .hasMessageStartingWith("MR-POSITION-FOREIGN: the state is of another MongoDB deployment");
  }

  @Test
  void tellsOfEachDocumentWhatItsProjectionKeeps() {
    insert("a", "{_id: 1, keep: 1, drop: 2}");
    insert("b", "{_id: 1, keep: 1, drop: 2}");
    Subset keep = new Subset(new BsonDocument(), BsonDocument.parse("{keep: 1}"));
    Subset without = new Subset(new BsonDocument(), BsonDocument.parse("{drop: 0}"));
    TapStream a = stream("a", LOG_BASED, null, keep);
    TapStream b = stream("b", LOG_BASED, null, without);
    Told first = run(null, a, b);
    insert("a", "{_id: 2, keep: 1, drop: 2}");
    insert("b", "{_id: 2, keep: 1, drop: 2}");
    Told second = run(first.state(), a, b);
    for (Told told : List.of(first, second)) {
      assertThat(told.records("a").getFirst().propertyNames()).containsExactly("_id", "keep");
      assertThat(told.records("b").getFirst().propertyNames()).containsExactly("_id", "keep");
    }
    TapStream key = stream("a", INCREMENTAL, "keep", keep);
    assertThat(run(null, key).records("a").getFirst().has("drop")).isFalse();
  }

  @Test
  void documentsOfSixteenMegabytesComeWhole() {
    String large = "x".repeat((16 << 20) - 100);
    collection("a").insertOne(new BsonDocument("_id", new BsonInt32(1)));
    TapStream a = stream("a", LOG_BASED);
    Told first = run(null, a);
    collection("a")
        .insertOne(new BsonDocument("_id", new BsonInt32(2)).append("text", new BsonString(large)));
    collection("a").insertOne(new BsonDocument("_id", new BsonInt32(3)));
    Told second = run(first.state(), a);
    assertThat(second.ids("a")).containsExactly("2", "3");
    assertThat(second.records("a").getFirst().path("text").asString()).isEqualTo(large);
    assertThat(run(null, stream("a", FULL_TABLE)).ids("a")).containsExactly("1", "2", "3");
  }

  @Test
  void namesThatNoSchemaLikesComeAsTheyAre() {
    insert("a", "{_id: 1, '': 1.5, 'a.b': {'$c': 1.5}, 'é\\n\"': [{'x y': 2.5}]}");
    JsonNode record = run(null, stream("a", FULL_TABLE)).records("a").getFirst();
    assertThat(record.propertyNames()).containsExactly("_id", "", "a.b", "é\n\"");
    assertThat(record.path("a.b").path("$c").asDouble()).isEqualTo(1.5);
  }

  @Test
  void aCollectionThatIsNotThereIsEmpty() {
    TapStream a = stream("a", LOG_BASED);
    Told first = run(null, a);
    assertThat(first.records("a")).isEmpty();
    insertMany("a", 0, 2);
    assertThat(run(first.state(), a).ids("a")).containsExactly("0", "1");
    assertThat(
            run(null, stream("none", FULL_TABLE), stream("no", INCREMENTAL, "x", Subset.ALL))
                .types())
        .doesNotContain("RECORD");
  }

  @Test
  void transactionsComeWithTheirChanges() {
    insertMany("a", 0, 1);
    TapStream a = stream("a", LOG_BASED);
    Told first = run(null, a);
    try (var session = Lab.mongo().client().startSession()) {
      session.withTransaction(() -> {
        List<BsonDocument> some = new ArrayList<>();
        IntStream.range(1, 1_500).forEach(i -> some.add(new BsonDocument("_id", new BsonInt32(i))));
        collection("a").insertMany(session, some);
        return true;
      });
    }
    Told second = run(first.state(), a);
    assertThat(second.ids("a")).hasSize(1_499).doesNotHaveDuplicates();
    // Also from a state in its middle.
    int middle = second.types().indexOf("STATE");
    long told = second.types().subList(0, middle).stream().filter("RECORD"::equals).count();
    assertThat(run(second.messages().get(middle), a).ids("a")).hasSize(1_499 - (int) told);
  }
}
