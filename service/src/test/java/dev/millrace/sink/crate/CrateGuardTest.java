package dev.millrace.sink.crate;

import static org.assertj.core.api.Assertions.assertThat;

import dev.millrace.model.Change;
import dev.millrace.model.Generation;
import dev.millrace.sink.Sink;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.bson.BsonArray;
import org.bson.BsonBoolean;
import org.bson.BsonDocument;
import org.bson.BsonDouble;
import org.bson.BsonInt32;
import org.bson.BsonNull;
import org.bson.BsonString;
import org.bson.BsonValue;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** CrateDB stores wrong data without a word where a bulk brings a new key; the sink does not. */
class CrateGuardTest extends CrateFixture {
  private static final int ROWS = 200;

  /** Why there is a guard. Where this fails, a newer CrateDB may do without it. */
  @Test
  void withoutTheGuardABulkLeavesOldDocumentsUnderNewVersions() {
    String table = crate.quoted("bare");
    crate.run(
        "CREATE TABLE %s (oid TEXT PRIMARY KEY, data OBJECT(DYNAMIC), version TEXT) CLUSTERED INTO 1 SHARDS"
            .formatted(table));
    bulk(table, "{\"_id\": %d}", "1");
    Reply reply = bulk(table, "{\"_id\": %1$d, \"n\": %1$d}", "2");
    for (int i = 0; i < ROWS; i++) {
      assertThat(reply.refusalOf(i)).isEmpty();
    }
    crate.run("REFRESH TABLE " + table);
    assertThat(
            crate.query(
                "SELECT count(*) FROM %s WHERE version = '2' AND data['n'] IS NULL"
                    .formatted(table)))
        .containsExactly(List.of(Integer.toString(ROWS - 1)));
  }

  private Reply bulk(String table, String document, String version) {
    List<@Nullable Object[]> rows = new ArrayList<>();
    for (int i = 0; i < ROWS; i++) {
      byte[] json = document.formatted(i).getBytes(java.nio.charset.StandardCharsets.UTF_8);
      rows.add(new @Nullable Object[] {Integer.toString(i), new Request.Json(json), version});
    }
    return crate.bulk(
        "INSERT INTO %s (oid, data, version) VALUES (?, ?, ?) ON CONFLICT (oid) DO UPDATE SET data = excluded.data, version = excluded.version"
            .formatted(table),
        rows);
  }

  @Test
  void withItEveryRowHasItsNewDocument() {
    Sink sink = started();
    List<Change> inserts = new ArrayList<>();
    List<Change> updates = new ArrayList<>();
    List<BsonDocument> documents = new ArrayList<>();
    for (int i = 0; i < ROWS; i++) {
      inserts.add(source.insert(ORDERS, new BsonDocument("_id", id(i))));
    }
    for (int i = 0; i < ROWS; i++) {
      BsonDocument document = new BsonDocument("_id", id(i)).append("n", id(i));
      documents.add(document);
      updates.add(source.update(ORDERS, document));
    }
    deliver(sink, inserts.toArray(Change[]::new));
    deliver(sink, updates.toArray(Change[]::new));
    assertHolds(ORDERS, documents.toArray(BsonDocument[]::new));
  }

  @Test
  void anOlderDocumentWithANewKeyChangesNothing() {
    Sink sink = started();
    Change older = source.update(ORDERS, json("{_id: 1, late: 1}"));
    deliver(sink, source.update(ORDERS, json("{_id: 1, a: 1}")));
    deliver(sink, older);
    assertHolds(ORDERS, json("{_id: 1, a: 1}"));
  }

  /** Keys that come and go, of types that differ, over replays, deletes and older changes. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void holdsWhateverComes(long seed) {
    Random random = new Random(seed);
    Sink sink = started();
    Map<Integer, BsonDocument> expected = new HashMap<>();
    List<Change[]> sent = new ArrayList<>();
    for (int round = 0; round < 12; round++) {
      List<Change> changes = new ArrayList<>();
      for (int i = 0; i < 60; i++) {
        int id = random.nextInt(80);
        if (random.nextInt(5) == 0) {
          expected.remove(id);
          changes.add(source.delete(ORDERS, id(id)));
        } else {
          BsonDocument document = document(id, random, round);
          expected.put(id, document);
          changes.add(
              random.nextBoolean()
                  ? source.update(ORDERS, document)
                  : source.read(ORDERS, document, Generation.NONE));
        }
      }
      sent.add(changes.toArray(Change[]::new));
      deliver(sink, sent.getLast());
      if (random.nextInt(4) == 0) {
        // From a stored position on, as after a crash.
        sink.close();
        sink = open();
        sink.fence(FIRST, java.util.Optional.empty());
        for (Change[] again : sent.subList(random.nextInt(sent.size()), sent.size())) {
          deliver(sink, again);
        }
      }
      assertHolds(ORDERS, expected.values().toArray(BsonDocument[]::new));
    }
    assertThat(crate.query("SELECT count(*) FROM " + table(ORDERS)).getFirst().getFirst())
        .isEqualTo(Integer.toString(expected.size()));
  }

  private static BsonDocument document(int id, Random random, int round) {
    BsonDocument document = new BsonDocument("_id", new BsonInt32(id));
    for (int i = random.nextInt(6); i > 0; i--) {
      document.append("k" + random.nextInt(4 + 2 * round), value(random, 0));
    }
    return document;
  }

  private static BsonValue value(Random random, int depth) {
    return switch (random.nextInt(depth > 2 ? 6 : 9)) {
      case 0, 1, 2 -> new BsonInt32(random.nextInt());
      case 3 -> new BsonDouble(random.nextInt(100) / 8.0);
      case 4 -> random.nextBoolean() ? BsonNull.VALUE : BsonBoolean.TRUE;
      case 5 -> new BsonString("t" + random.nextInt());
      case 6 -> {
        BsonArray array = new BsonArray();
        for (int i = random.nextInt(3); i > 0; i--) {
          array.add(value(random, depth + 1));
        }
        yield array;
      }
      default -> {
        BsonDocument inner = new BsonDocument();
        for (int i = random.nextInt(3); i > 0; i--) {
          inner.append("i" + random.nextInt(3), value(random, depth + 1));
        }
        yield inner;
      }
    };
  }
}
